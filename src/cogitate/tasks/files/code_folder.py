"""A user's folder of questions about code, each with its tests.

    mine/clamp/question.md, test_clamp.py, hidden_clamp.py, reference.py   -> one task

Tests are read, never run (see cogitate.tasks.files.asserts), and programs are held against them in
the sandbox. Failures on hidden_*.py are never told. A task is trained on only if it has a
reference, which has to pass all tests; one without is for evaluation alone. A program that does
nothing has to fail.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path

from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.sandbox import Limits
from cogitate.tasks.families.code import verdicts
from cogitate.tasks.families.code.answers import program_of
from cogitate.tasks.families.code.verdicts import Judged
from cogitate.tasks.files.asserts import read_tests
from cogitate.tasks.files.expected import Expected
from cogitate.tasks.splits import content_share, need_level, need_split, train_or_test
from cogitate.types import Task, Verdict
from cogitate.verify.judge import TIMEOUT_S
from cogitate.verify.pool import after

QUESTION = "question.md"
SPLITS = ("train", "test")
_NUM_EXECUTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One question with its tests.

    Example: Problem(name="clamp", question="Write clamp ...", visible=(...), hidden=(),
    reference="def clamp ...", digest="9c1f20d7ab34")
    """

    name: str
    """Its folder, below the one that is the family."""
    question: str
    visible: tuple[Expected, ...]
    hidden: tuple[Expected, ...]
    reference: str
    """Text of the correct program; empty without one."""
    digest: str
    """Hash of all its files."""

    def judge_later(
        self, program: Callable[[], str], timeout_s: float, level: str
    ) -> Future[Judged]:
        """Begin to hold a program against all tests."""
        limits = Limits(wall_s=timeout_s / _NUM_EXECUTIONS)
        return verdicts.begin(
            level,
            lambda sandbox: verdicts.judged(sandbox, program(), self.visible, self.hidden, limits),
        )


class Folder:
    """The family of a folder."""

    def __init__(self, name: str, path: Path, sandbox_level: str = verdicts.LEVEL) -> None:
        """Read all questions and admit them.

        Raises:
            UsageError: a file cannot be read, a reference fails its tests, or nothing passes them.
        """
        self.name, self.sandbox_level = name, sandbox_level
        problems = [_problem(path, at.parent) for at in sorted(path.rglob(QUESTION))]
        if not problems:
            raise UsageError(f"{name} has no {QUESTION}; a folder of tasks has one for each task")
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

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 if the program in the answer passes all tests, else 0."""
        return self.verify_later(task, answer, TIMEOUT_S).result()

    def verify_later(self, task: Task, answer: str, timeout_s: float) -> Future[Verdict]:
        """Begin to judge; a failure of the sandbox gives a verdict without a reward.

        Raises:
            UsageError: the sandbox does not hold programs well enough on this machine.
        """
        problem = self._problems[task.metadata["problem"]]
        program = partial(program_of, answer, may_elide=True)
        judged = problem.judge_later(program, timeout_s, self.sandbox_level)
        return after(judged, attrgetter("verdict"))


def _problem(path: Path, folder: Path) -> Problem:
    files = {kind: sorted(folder.glob(f"{kind}_*.py")) for kind in ("test", "hidden", "reference")}
    references = [*folder.glob("reference.py"), *files["reference"]]
    if not files["test"]:
        raise UsageError(f"{folder} has a {QUESTION} and no test_*.py")
    if len(references) > 1:
        raise UsageError(f"{folder} has {len(references)} references; one is needed")
    texts = {file: _text(file) for file in [folder / QUESTION, *references]}
    read = [folder / QUESTION, *files["test"], *files["hidden"], *references]
    if not texts[folder / QUESTION].strip():
        raise UsageError(f"{folder / QUESTION} is empty")
    return Problem(
        name=folder.relative_to(path).as_posix(),
        question=texts[folder / QUESTION].strip(),
        visible=tuple(case for file in files["test"] for case in read_tests(file)),
        hidden=tuple(case for file in files["hidden"] for case in read_tests(file)),
        reference="".join(texts[file] for file in references),
        digest=blake2b(b"\0".join(map(Path.read_bytes, read)), digest_size=6).hexdigest(),
    )


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
    if problem.digest not in _KNOWN:
        names = {case.call.function for case in (*problem.visible, *problem.hidden)}
        stub = "\n".join(f"def {function}(*_, **__): return None" for function in sorted(names))
        programs = {
            "a program that is empty": ("pass", 0.0),
            "a program that returns None": (stub, 0.0),
        }
        if problem.reference:
            programs["its reference"] = (problem.reference, 1.0)
        _KNOWN[problem.digest] = {
            what: (problem.judge_later(partial(str, text), TIMEOUT_S, level), due)
            for what, (text, due) in programs.items()
        }
    return _KNOWN[problem.digest]
