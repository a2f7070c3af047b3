"""Samples, runs, repairs: from a prompt to a candidate that passes, or to the best that does not.

    solve(work, model, suite.run)  ->  Solved(chosen=Try(...), tries=(Try(...), ...))

A model is anything that answers prompts; what runs a candidate is a function from text to report.
"""

import ast
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from cogitate.sandbox.suites.suite import Report
from cogitate.work.candidates import RefusedError, candidate
from cogitate.work.prompts import Work, first_prompt, repair_prompt, signature

FIRST, OTHERS = 0.2, 0.8
"""Temperatures: of the first sample, and of all others."""
REPAIRED = frozenset(
    {"SyntaxError", "IndentationError", "TabError", "NameError", "UnboundLocalError", "TypeError",
     "ImportError", "ModuleNotFoundError", "IndexError"}
)  # fmt: skip
"""Small models mend these; a wrong value is sampled anew instead."""
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One answer that is asked for.

    Example: Sample(prompt="Write ...", temperature=0.8, seed=3)
    """

    prompt: str
    temperature: float
    seed: int


class Model(Protocol):
    """What answers prompts."""

    def ask(self, samples: Sequence[Sample]) -> list[str]:
        """Return the texts of the answers, without thoughts, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One answer, and what came of it.

    Example: Try(number=3, round=0, text="def f ...", refused=None, report=Report(...))
    """

    number: int
    """From 1, over all rounds."""
    round: int
    """0 for the first samples, then that of the repair."""
    text: str | None
    """The candidate; None if the answer was refused."""
    refused: str | None
    report: Report | None
    failures: frozenset[tuple[str, str]] = frozenset()
    """Of the candidates that it is a repair of, and its own."""
    ended: bool = False
    """Whether a failure came back after its repair, so that it is not repaired again."""

    @property
    def passed(self) -> bool:
        """Whether all tests passed."""
        return self.report is not None and self.report.passed

    @property
    def num_passed(self) -> int:
        """Number of tests that passed."""
        return self.report.num_passed if self.report else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What came of all tries.

    Example: Solved(chosen=None, tries=(Try(...), Try(...)))
    """

    chosen: Try | None
    """The one to take; None if none passed."""
    tries: tuple[Try, ...]

    @property
    def passed(self) -> tuple[Try, ...]:
        """All that passed."""
        return tuple(one for one in self.tries if one.passed)

    @property
    def best(self) -> Try | None:
        """The chosen one, or that with the most tests passed."""
        ran = [one for one in self.tries if one.report]
        return self.chosen or max(ran, key=lambda one: one.num_passed, default=None)


Run = Callable[[str], Report]
Seen = Callable[[Try], None]


def solve(
    work: Work,
    model: Model,
    run: Run,
    *,
    samples: int = 8,
    repair: int = 1,
    seen: Seen = lambda _try: None,
) -> Solved:
    """Ask for candidates until one round has some that pass.

    Args:
        work: what is to be written.
        model: answers the prompts.
        run: runs the tests on a candidate; it is called from several threads.
        samples: number of answers in the first round, and the maximum of each later one.
        repair: number of later rounds.
        seen: is called with each try once it has run.
    """
    rounds = _Rounds(work, run)
    prompt = first_prompt(work)
    asked = [_Asked(sample) for sample in _fresh(prompt, 0, samples)]
    for number in range(repair + 1):
        latest = rounds.play(number, asked, model.ask([one.sample for one in asked]), seen)
        passed = [one for one in latest if one.passed]
        if passed:
            return Solved(chosen=most_common(passed), tries=tuple(rounds.tries))
        asked = _next(work, prompt, latest, len(rounds.tries))
        if not asked:
            break
    return Solved(chosen=None, tries=tuple(rounds.tries))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sample, and the failures that led to it."""

    sample: Sample
    seen: frozenset[tuple[str, str]] = frozenset()


class _Rounds:
    """All tries so far; a text that was run is not run again."""

    def __init__(self, work: Work, run: Run) -> None:
        self._work, self._run = work, run
        self._reports: dict[str, Report] = {}
        self.tries: list[Try] = []

    def play(
        self, number: int, asked: Sequence[_Asked], answers: Sequence[str], seen: Seen
    ) -> list[Try]:
        """Run the candidates of one round, and return its tries."""
        read = [self._read(answer) for answer in answers]
        with ThreadPoolExecutor(_WORKERS) as threads:
            new = {text for text, _ in read if text is not None} - set(self._reports)
            running = {text: threads.submit(self._run, text) for text in new}
            latest: list[Try] = []
            for (text, refused), one in zip(read, asked, strict=True):
                if text in running:
                    self._reports[text] = running[text].result()
                report = None if text is None else self._reports[text]
                failed = frozenset() if not report or report.passed else {signature(report)}
                latest.append(
                    Try(
                        number=len(self.tries) + 1,
                        round=number,
                        text=text,
                        refused=refused,
                        report=report,
                        ended=bool(failed & one.seen),
                        failures=one.seen | failed,
                    )
                )
                self.tries.append(latest[-1])
                seen(latest[-1])
        return latest

    def _read(self, answer: str) -> tuple[str | None, str | None]:
        try:
            work = self._work
            return candidate(answer, work.names, work.current, work.target.module), None
        except RefusedError as error:
            return None, str(error)


def _fresh(prompt: str, first: int, num: int) -> list[Sample]:
    """Return samples of one prompt; the first of all is nearly greedy."""
    return [
        Sample(prompt=prompt, temperature=OTHERS if seed else FIRST, seed=seed)
        for seed in range(first, first + num)
    ]


def _next(work: Work, prompt: str, latest: Sequence[Try], num_asked: int) -> list[_Asked]:
    """Return a repair for each distinct failure that can be mended, and new samples for others."""
    repairs: dict[tuple[str, str], Try] = {}
    others = 0
    for one in latest:
        failure = None if one.report is None else signature(one.report)
        if one.ended:
            continue
        if failure is None or failure[0] not in REPAIRED:
            others += 1
        else:
            repairs.setdefault(failure, one)
    mended = [
        _Asked(
            Sample(
                prompt=repair_prompt(work, one.text or "", one.report),
                temperature=FIRST,
                seed=num_asked + index,
            ),
            one.failures,
        )
        for index, one in enumerate(repairs.values())
        if one.report is not None
    ]
    return mended + [_Asked(sample) for sample in _fresh(prompt, num_asked + len(mended), others)]


def most_common(passed: Sequence[Try]) -> Try:
    """Return the first of the most frequent program, however it is laid out."""
    forms = [ast.dump(ast.parse(one.text or "")) for one in passed]
    return passed[forms.index(Counter(forms).most_common(1)[0][0])]
