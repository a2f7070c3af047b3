"""Samples, runs, repairs: from a prompt to a candidate that passes, or to the best that does not.

    solve(work, model, suite.run)  ->  Solved(chosen=Try(...), tries=(Try(...), ...))

A model is anything that answers prompts; what runs a candidate is a function from text to report.
A candidate runs as soon as its answer has ended, while others are still decoded.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Protocol

from cogitate.coding.candidates import candidate, form
from cogitate.coding.splicing import RefusedError
from cogitate.sandbox.suites.suite import Report
from cogitate.work.prompts import Work, first_prompt, repair_prompt, signature

FIRST, OTHERS = 0.2, 0.8
"""Temperatures: of the first sample, and of all others."""
REPAIRED = frozenset(
    {"SyntaxError", "IndentationError", "TabError", "NameError", "UnboundLocalError", "TypeError",
     "ImportError", "ModuleNotFoundError", "IndexError"}
)  # fmt: skip
"""Small models mend these; a wrong value is sampled anew instead."""
SAMPLES, ANSWER = 8, 1024
"""Number of answers of the first round, and most tokens of each, where the user says nothing."""
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One answer that is asked for.

    Example: Sample(prompt="Write ...", temperature=0.8, seed=3)
    """

    prompt: str
    temperature: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer.

    Example: Answered(index=2, text="def f ...", tokens=61, prompt_tokens=240, seconds=1.8)
    """

    index: int
    """Of its sample."""
    text: str
    """Without the thought."""
    tokens: int
    """With the thought; of a server, the number of pieces that it streamed."""
    prompt_tokens: int | None
    """None of a server."""
    seconds: float


Told = Callable[[int, int], None]
"""Is called with a sample's index and its number of tokens so far, from any thread."""


def untold(_index: int, _tokens: int) -> None:
    """Do nothing."""


class Model(Protocol):
    """What answers prompts."""

    def ask(self, samples: Sequence[Sample], told: Told = ...) -> Iterator[Answered]:
        """Yield the answers as they end."""
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
    sample: Sample
    answered: Answered
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
    def num_tokens(self) -> tuple[int, int]:
        """Tokens of prompts, each once, and of answers."""
        prompts = {one.sample.prompt: one.answered.prompt_tokens or 0 for one in self.tries}
        return sum(prompts.values()), sum(one.answered.tokens for one in self.tries)

    @property
    def best(self) -> Try | None:
        """The chosen one, or that with the most tests passed."""
        ran = [one for one in self.tries if one.report]
        return self.chosen or max(ran, key=lambda one: one.num_passed, default=None)


class View:
    """Is told what happens, from several threads; this one shows nothing."""

    def asked(self, number: int) -> None:
        """Begin to wait for an answer."""

    def decoded(self, number: int, tokens: int) -> None:
        """Note how many tokens an answer has so far."""

    def runs(self, number: int) -> None:
        """Note that an answer has ended, and its candidate waits or runs."""

    def tried(self, one: Try) -> None:
        """Take what came of an answer."""


Run = Callable[[str], Report]


def solve(
    work: Work,
    model: Model,
    run: Run,
    *,
    samples: int = SAMPLES,
    repair: int = 1,
    view: View | None = None,
) -> Solved:
    """Ask for candidates until one round has some that pass.

    Args:
        work: what is to be written.
        model: answers the prompts.
        run: runs the tests on a candidate; it is called from several threads.
        samples: number of answers in the first round, and the maximum of each later one.
        repair: number of later rounds.
        view: is told of answers and tries.
    """
    rounds = _Rounds(work, run, view or View())
    prompt = first_prompt(work)
    asked = [_Asked(sample) for sample in _fresh(prompt, 0, samples)]
    try:
        for number in range(repair + 1):
            latest = rounds.play(number, asked, model)
            passed = [one for one in latest if one.passed]
            if passed:
                return Solved(chosen=most_common(passed), tries=tuple(rounds.tries))
            asked = _next(work, prompt, latest, len(rounds.tries))
            if not asked:
                break
    finally:
        rounds.close()
    return Solved(chosen=None, tries=tuple(rounds.tries))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sample, and the failures that led to it."""

    sample: Sample
    seen: frozenset[tuple[str, str]] = frozenset()


class _Rounds:
    """All tries so far; a text that was run is not run again."""

    def __init__(self, work: Work, run: Run, view: View) -> None:
        self._work, self._run, self._view = work, run, view
        self._threads = ThreadPoolExecutor(_WORKERS)
        self._runs: dict[str, Future[Report]] = {}
        self._showing, self._shown = Lock(), set[int]()
        self.tries: list[Try] = []

    def close(self) -> None:
        """Begin no more runs, and wait for none: their owner ends them."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def play(self, number: int, asked: Sequence[_Asked], model: Model) -> list[Try]:
        """Run the candidates of one round, and return its tries in the order of the samples."""
        first = len(self.tries) + 1
        for index in range(len(asked)):
            self._view.asked(first + index)
        ended: dict[int, Callable[[], Try]] = {}

        def told(index: int, tokens: int) -> None:
            self._view.decoded(first + index, tokens)

        for answered in model.ask([one.sample for one in asked], told):
            text, refused = self._read(answered.text)
            one = Try(
                number=first + answered.index,
                round=number,
                text=text,
                refused=refused,
                report=None,
                sample=asked[answered.index].sample,
                answered=answered,
            )
            ended[answered.index] = self._begin(one, asked[answered.index].seen)
        latest = [ended[index]() for index in range(len(asked))]
        self.tries += latest
        return latest

    def _begin(self, one: Try, seen: frozenset[tuple[str, str]]) -> Callable[[], Try]:
        """Begin to run a candidate; return what waits for its end."""
        if one.text is None:
            self._view.tried(one)
            return lambda: replace(one, failures=seen)
        self._view.runs(one.number)
        if one.text not in self._runs:
            self._runs[one.text] = self._threads.submit(self._run, one.text)
        run = self._runs[one.text]
        run.add_done_callback(partial(self._show, one))
        return partial(self._end, one, run, seen)

    def _end(self, one: Try, run: "Future[Report]", seen: frozenset[tuple[str, str]]) -> Try:
        report = run.result()
        self._show(one, run)  # a future wakes who waits for it before it calls back
        return _ended(one, report, seen)

    def _show(self, one: Try, run: "Future[Report]") -> None:
        """Show what came of a candidate, once."""
        with self._showing:
            if one.number in self._shown or run.cancelled() or run.exception() is not None:
                return
            self._shown.add(one.number)
            self._view.tried(replace(one, report=run.result()))

    def _read(self, answer: str) -> tuple[str | None, str | None]:
        try:
            work = self._work
            tests = work.tests.values()
            return candidate(answer, work.names, work.current, work.target.module, tests), None
        except RefusedError as error:
            return None, str(error)


def _ended(one: Try, report: Report, seen: frozenset[tuple[str, str]]) -> Try:
    failed = frozenset() if report.passed else {signature(report)}
    return replace(one, report=report, failures=seen | failed, ended=bool(failed & seen))


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
    forms = [form(one.text or "") for one in passed]
    return passed[forms.index(Counter(forms).most_common(1)[0][0])]
