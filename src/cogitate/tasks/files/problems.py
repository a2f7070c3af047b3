r"""A user's folder of problems, each with its tests.

    mine/clamp/test_clamp.py, hidden_clamp.py, reference.py, question.md   ->   one task

A problem is asked by its question, or without one as `cogitate tdd` asks: tests in, a module out.
Tests become scenarios (see `cogitate.coding.scenarios`), which run beside a program in the sandbox.
Failures on hidden_*.py are never told. A task is trained on only if it has a reference, which has
to pass all tests; one without is for evaluation alone. A program that does nothing has to fail.
"""

import ast
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from random import SystemRandom
from typing import Literal

from cogitate.coding.asked import Asked, asked_by, foreign_modules
from cogitate.coding.candidates import code_of
from cogitate.coding.demonstrations import without_demonstration
from cogitate.coding.imports import with_imports
from cogitate.coding.prompts import module_prompt
from cogitate.coding.scenarios import Scenario, program_with, read_scenarios
from cogitate.coding.splicing import RefusedError
from cogitate.coding.stubs import stub
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.sandbox import Limits, Sandbox
from cogitate.tasks.families.code import verdicts
from cogitate.tasks.families.code.answers import NoProgram, without_thought
from cogitate.tasks.families.code.drawing import fenced
from cogitate.tasks.families.code.verdicts import Judged
from cogitate.tasks.splits import content_share, need_level, need_split, train_or_test
from cogitate.types import Task, Verdict
from cogitate.verify.judge import TIMEOUT_S, no_verdict
from cogitate.verify.pool import after

QUESTION = "question.md"
SPLITS = ("train", "test")
TestText = tuple[str, str, str]
"""A test file's text, the module that it is about, and its path."""
_CPU_S, _MOST_S = 1, 4.0
"""Maximum processor and wall time of one test, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One question with its tests.

    Example: Problem(name="clamp", question="These are the tests ...", shown=(...), hidden=(),
    stub="def clamp ...", module="clamp", names=("clamp",), reference="def clamp ...",
    digest="9c1f20d7ab34")
    """

    name: str
    """Its folder, below the one that is the family."""
    question: str
    shown: tuple[TestText, ...]
    hidden: tuple[TestText, ...]
    stub: str
    """A program that defines what the tests need, and does nothing."""
    module: str
    """What is written."""
    names: tuple[str, ...]
    """What it has to define."""
    reference: str
    """Text of the correct program; empty without one."""
    digest: str
    """Hash of all its files."""

    def program(self, answer: str) -> str:
        """Return the program in an answer, as `cogitate tdd` reads it.

        Raises:
            NoProgram: there is none.
        """
        try:
            code = code_of(without_thought(answer), self.names, self.module)
            tests = [text for text, _, _ in self.shown]
            return with_imports(without_demonstration(code, self.names), tests)
        except RefusedError as error:
            raise NoProgram(str(error)) from error

    def judge_later(
        self, program: Callable[[], str], timeout_s: float, level: str
    ) -> Future[Judged]:
        """Begin to hold a program against all tests."""
        return verdicts.begin(level, lambda sandbox: self._judged(sandbox, program(), timeout_s))

    def _judged(self, sandbox: Sandbox, program: str, timeout_s: float) -> Judged:
        """Run all tests twice, each time in a new order, and each test in a process of its own."""
        visible = _scenarios(self.shown)
        every = [*visible, *_scenarios(self.hidden)]
        until = time.monotonic() + timeout_s
        try:
            for _ in range(2):
                SystemRandom().shuffle(every)
                if next(_faults(sandbox, program, every, until), None):
                    faults = dict.fromkeys(_faults(sandbox, program, visible, until))
                    return verdicts.wrong(*faults, hidden="a hidden test fails")
        except TimeoutError as error:
            return Judged(verdict=no_verdict(str(error)))
        return Judged(verdict=Verdict(reward=1.0, why="all tests pass"))


def _scenarios(files: Sequence[TestText]) -> tuple[Scenario, ...]:
    return tuple(scenario for file in files for scenario in _read(*file))


_read = lru_cache(maxsize=1024)(read_scenarios)


def _faults(
    sandbox: Sandbox, program: str, scenarios: Sequence[Scenario], until: float
) -> Iterator[str]:
    """Yield what is wrong with a program, or with each scenario that fails.

    Raises:
        TimeoutError: it is later than `until`.
    """
    for scenario in scenarios:
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("its tests take too long")
        limits = Limits(cpu_s=_CPU_S, wall_s=min(_MOST_S, left_s))
        execution = sandbox.run(program_with(program, scenario), [scenario.call], limits)
        if execution.error:
            yield f"the program raises {verdicts.raised(execution.error)}"
            return
        for outcome in execution.outcomes:
            if fault := scenario.fault(outcome):
                yield fault
        if execution.stopped:
            yield execution.stopped
            return


class Problems:
    """The family of a folder of problems."""

    without_thoughts: Literal[True] = True
    one_block: Literal[True] = True

    def __init__(
        self, name: str, path: Path, sandbox_level: str = verdicts.LEVEL, *, admitted: bool = False
    ) -> None:
        """Read all problems and admit them, unless they are known to be admitted.

        Raises:
            UsageError: a file cannot be read, a reference fails its tests, or nothing passes them.
        """
        self.name, self.sandbox_level = name, sandbox_level
        folders = {at.parent for at in (*path.rglob("test_*.py"), *path.rglob(QUESTION))}
        problems = [_problem(path, folder) for folder in sorted(folders)]
        if not problems:
            raise UsageError(f"{name} has no test_*.py; a folder of tasks has one for each task")
        if not admitted:
            _admit(name, problems, sandbox_level)
        problems.sort(key=lambda problem: content_share(f"order/{problem.question}"))
        self._pools: dict[str, list[Problem]] = {split: [] for split in SPLITS}
        for problem in problems:
            split = train_or_test(problem.question) if problem.reference else "test"
            self._pools[split].append(problem)
        self._problems = {problem.name: problem for problem in problems}
        if alone := [problem.name for problem in problems if not problem.reference]:
            say(
                f"{name}: {len(alone)} of {len(problems)} tasks have no reference.py and are for"
                f" evaluation alone; the first is {alone[0]}"
            )

    def size(self, split: str, level: int | None = None) -> int:
        """Return the number of tasks of a split; all have level 1."""
        need_split(self.name, split, SPLITS)
        return len(self._pools[split]) if level in (None, 1) else 0

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return a task of a split: train repeats in rounds, test ends after the last one.

        Raises:
            UsageError: the split has no tasks, or no more.
        """
        num = self.size(split)
        need_level(self.name, level, 1)
        if num == 0 or (split == "test" and seed >= num):
            raise UsageError(f"{self.name} has {num} {split} tasks")
        problem = self._pools[split][seed % num]
        suffix = f"/level{level}" if level is not None else ""
        return Task(
            key=f"{self.name.rstrip('/')}/{split}/{seed}{suffix}",
            family=self.name,
            level=1,
            question=problem.question,
            target=problem.reference,
            metadata={
                "cluster": problem.name,
                "several": True,
                "problem": problem.name,
                "files": problem.digest,
            },
        )

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the reference alone, without a thought; every task to train on has one."""
        return "", fenced(task.target.rstrip())

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 if the program in the answer passes all tests, else 0."""
        return self.verify_later(task, answer, TIMEOUT_S).result()

    def verify_later(self, task: Task, answer: str, timeout_s: float) -> Future[Verdict]:
        """Begin to judge; a failure of the sandbox gives a verdict without a reward.

        Raises:
            UsageError: the sandbox does not hold programs well enough on this machine.
        """
        return after(self.judge_later(task, answer, timeout_s), attrgetter("verdict"))

    def judge_later(self, task: Task, answer: str, timeout_s: float) -> Future[Judged]:
        """Begin to judge, and tell which tests that were shown fail."""
        problem = self._problems[task.metadata["problem"]]
        program = partial(problem.program, answer)
        return problem.judge_later(program, timeout_s, self.sandbox_level)


def _problem(path: Path, folder: Path) -> Problem:
    files = {kind: sorted(folder.glob(f"{kind}_*.py")) for kind in ("test", "hidden", "reference")}
    references = [*folder.glob("reference.py"), *files["reference"]]
    questions = list(folder.glob(QUESTION))
    if not files["test"]:
        raise UsageError(f"{folder} has a {QUESTION} and no test_*.py")
    if len(references) > 1:
        raise UsageError(f"{folder} has {len(references)} references; one is needed")
    tests = {file: _text(file) for file in (*files["test"], *files["hidden"])}
    modules = {file: _module(file, text) for file, text in tests.items()}
    asked = {file: list(asked_by(ast.parse(tests[file]), modules[file])) for file in tests}
    shown = {file.name: tests[file] for file in files["test"]}
    module, needed = modules[files["test"][0]], _each(asked[file] for file in files["test"])
    read = [*questions, *tests, *references]
    return Problem(
        name=folder.relative_to(path).as_posix(),
        question=_question(questions) or module_prompt(f"{module}.py", shown, needed),
        shown=tuple((tests[file], modules[file], str(file)) for file in files["test"]),
        hidden=tuple((tests[file], modules[file], str(file)) for file in files["hidden"]),
        stub=stub(_each(asked.values())),
        module=module,
        names=tuple(one.name for one in needed),
        reference="".join(map(_text, references)),
        digest=_digest(read),
    )


def _each(asked: Iterable[Sequence[Asked]]) -> list[Asked]:
    """Return each name that some test files ask for once."""
    return list({one.name: one for its in asked for one in its}.values())


def _digest(files: Sequence[Path]) -> str:
    parts = [part for file in files for part in (file.name.encode(), file.read_bytes())]
    return blake2b(b"\0".join(parts), digest_size=6).hexdigest()


def _question(questions: Sequence[Path]) -> str:
    """Return the text of a question; empty if there is none."""
    for file in questions:
        if text := _text(file).strip():
            return text
        raise UsageError(f"{file} is empty")
    return ""


def _module(file: Path, text: str) -> str:
    """Return the module that a test file is about: test_clamp.py imports clamp."""
    try:
        imported = foreign_modules(ast.parse(text))
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{file} is no Python: {error}") from error
    named = file.stem.partition("_")[2]
    if named in imported or not imported:
        return named
    if len(imported) > 1:
        raise UsageError(f"{file} imports {', '.join(sorted(imported))}; one module is asked for")
    return imported[0]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error


def _admit(name: str, problems: Sequence[Problem], level: str) -> None:
    """Refuse a reference that fails its tests, and tests that a program without content passes."""
    tried = [(problem, _trials(problem, level)) for problem in problems]
    for problem, trials in tried:
        for what, (trial, due) in trials.items():
            verdict = trial.result().verdict
            if verdict.reward != due:
                said = f"fails: {verdict.why}" if due else "passes its tests"
                raise UsageError(f"{name} is refused: {problem.name}: {what} {said}")


_KNOWN: dict[str, dict[str, tuple[Future[Judged], float]]] = {}
"""Digest -> what was tried, so that a folder that is opened again is not tried again."""


def _trials(problem: Problem, level: str) -> dict[str, tuple[Future[Judged], float]]:
    tried = _KNOWN.get(problem.digest, {})
    if not tried or any(judged.result().verdict.reward is None for judged, _ in tried.values()):
        programs = {
            "a program that is empty": ("pass", 0.0),
            "a program that returns None": (problem.stub, 0.0),
        }
        if problem.reference:
            programs["its reference"] = (problem.reference, 1.0)
        _KNOWN[problem.digest] = {
            what: (problem.judge_later(partial(str, text), TIMEOUT_S, level), due)
            for what, (text, due) in programs.items()
        }
    return _KNOWN[problem.digest]
