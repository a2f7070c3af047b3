"""Open a family by its name: a registered one, one of reasoning-gym, or a user's file."""

import difflib
from collections.abc import Callable
from pathlib import Path

from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks.families.arithmetic import Arithmetic
from cogitate.tasks.families.calendar import Calendar
from cogitate.tasks.families.code.bugfix import Bugfix
from cogitate.tasks.families.code.family import Code
from cogitate.tasks.families.code.humaneval import HumanEval
from cogitate.tasks.families.code.turns import MOST, TellsFailures, Turns
from cogitate.tasks.families.code.turns import OPTION as TURNS
from cogitate.tasks.families.code.verdicts import LEVEL
from cogitate.tasks.families.countdown import Countdown
from cogitate.tasks.families.letter_counting import LetterCounting
from cogitate.tasks.families.letter_finding import LetterFinding
from cogitate.tasks.families.logic import Logic
from cogitate.tasks.families.outside.replies import Replies
from cogitate.tasks.families.outside.unknown import Outside
from cogitate.tasks.families.schedule import Schedule
from cogitate.tasks.families.shortest_path import ShortestPath
from cogitate.tasks.families.sorting import Sorting
from cogitate.tasks.families.spelling import Spelling
from cogitate.tasks.families.word_problems.family import WordProblems
from cogitate.tasks.families.wordings import OPTION as WORDINGS
from cogitate.tasks.families.wordings import SETS, Worded
from cogitate.tasks.files.problems import Problems
from cogitate.tasks.files.python_file import open_python_file
from cogitate.tasks.files.rows import Row, Rows, read_rows
from cogitate.tasks.gym import PREFIX, ReasoningGym
from cogitate.tasks.isolated import Isolated

_MODULES = Path(__file__).resolve().parent.parent / "shipped" / "modules"


def modules(sandbox_level: str = LEVEL) -> Problems:
    """Return the 160 small modules with their tests that come with the package, to train on."""
    return Problems("modules", _MODULES, sandbox_level, admitted=True)


PROGRAMS: dict[str, Callable[[str], Family]] = {
    "code": Code,
    "bugfix": Bugfix,
    "humaneval": HumanEval,
    "modules": modules,
}
"""Families whose verifiers run programs, made with a minimum level of the sandbox."""

FAMILIES: dict[str, Callable[..., Family]] = {
    "letter_counting": LetterCounting,
    "spelling": Spelling,
    "arithmetic": Arithmetic,
    "countdown": Countdown,
    "sorting": Sorting,
    "shortest_path": ShortestPath,
    "logic": Logic,
    "calendar": Calendar,
    "word_problems": WordProblems,
    "schedule": Schedule,
    "letter_finding": LetterFinding,
    "outside": Outside,
    "replies": Replies,
    **PROGRAMS,
}
"""To add a family, add its file and its entry here."""


def open_family(name: str, sandbox_level: str = LEVEL) -> Family:
    """Return a family without probing it; untrusted code runs in a child process.

    Args:
        name: of the family.
        sandbox_level: minimum level of the sandbox, for families that run programs.

    Raises:
        UsageError: there is no such family, or its file is not usable.
    """
    if name in FAMILIES and not Path(name).is_file():
        return PROGRAMS[name](sandbox_level) if name in PROGRAMS else FAMILIES[name]()
    if _has_option(name):
        return _open_with_option(name, sandbox_level)
    if _is_gym(name):
        return Isolated(name)
    if given(name).is_dir():
        return Problems(name, given(name), sandbox_level)
    path = _need_file(name)
    if is_python(path):
        return Isolated(name)
    rows = Rows(name, read_rows(path))
    return Isolated(name) if rows.needs_maths else rows


def open_here(name: str) -> Family:
    """Return a user's or reasoning-gym's family in this process; the child process calls it."""
    if _is_gym(name):
        return ReasoningGym(name)
    path = _need_file(name)
    return open_python_file(path) if is_python(path) else Rows(name, read_rows(path))


def rows_of(name: str) -> list[Row]:
    """Return the rows of a file of questions; an empty list for any other family."""
    if given(name).is_dir():
        return []
    if name in FAMILIES or _has_option(name) or _is_gym(name) or is_python(Path(name)):
        return []
    return read_rows(_need_file(name))


def is_python(path: Path) -> bool:
    """Return whether a file is a Python file, by its name."""
    return path.suffix.lower() == ".py"


def _has_option(name: str) -> bool:
    has = TURNS in name or WORDINGS in name or name.partition(":")[0] in FAMILIES
    return has and ":" in name and not _is_gym(name) and not Path(name).exists()


def _open_with_option(name: str, sandbox_level: str) -> Family:
    """Return the family that a name such as code:turns=3 or countdown:wordings=seen means."""
    family_name, _, option = name.rpartition(":")
    family = open_family(family_name, sandbox_level)
    turns = [f"turns={number}" for number in range(2, MOST + 1)]
    if option in turns and isinstance(family, TellsFailures):
        return Turns(family, int(option[-1]))
    wordings = [f"wordings={words}" for words in SETS]
    if option in wordings and family_name in FAMILIES and family_name != HumanEval.name:
        return Worded(family, option.partition("=")[2])
    raise UsageError(
        f"{name}: families of ours but humaneval take :{' or :'.join(wordings)}; those of programs"
        f" and folders of tests take :{' or :'.join(turns)}"
    )


def _is_gym(name: str) -> bool:
    return name.startswith(PREFIX) and not Path(name).is_file()


def _need_file(name: str) -> Path:
    path = given(name)
    if path.suffix.lower() not in (".jsonl", ".csv", ".py"):
        if path.is_file() and name in FAMILIES:
            raise UsageError(f"{name} is both a family of ours and a file here: rename the file")
        if path.is_file():
            raise UsageError(f"{name}: a family's file is .jsonl, .csv or .py; save it as one")
        near = difflib.get_close_matches(name, FAMILIES, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise UsageError(
            f"there is no family {name!r}{meant}; a family is one of {', '.join(FAMILIES)},"
            f" {PREFIX}NAME, or a path to a .jsonl, .csv or .py file or a folder of tests"
        )
    if not path.is_file():
        raise UsageError(f"{name} does not exist; a family's file is .jsonl, .csv or .py")
    return path
