"""Of several candidates that pass, the one to take: by what they do on other inputs, and by asking.

choose(work, solved, ask, 3)  ->  Choice(chosen=Try(...), decided=(Decided(...),), ...)
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from cogitate.errors import SandboxError
from cogitate.notices import say
from cogitate.sandbox import Call, Sandbox
from cogitate.sandbox.suites.suite import Report
from cogitate.work.behaviour import Behaviour, behaviours, clusters, varied
from cogitate.work.prompts import Work
from cogitate.work.questions import Ask, Decided, Question, best_question, settle
from cogitate.work.solving import Solved, Try, most_common


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A candidate that was taken, and how.

    Example: Choice(solved=Solved(...), chosen=Try(...), groups=(5, 2), open=Question(...))
    """

    solved: Solved
    chosen: Try | None
    """None if none passed, or none does what the user wants."""
    decided: tuple[Decided, ...] = ()
    """By the user."""
    groups: tuple[int, ...] = ()
    """Sizes of the groups of the same behaviour that are left, the one of the chosen first."""
    open: Question | None = None
    """What would tell these groups apart."""

    @property
    def text(self) -> str:
        """The text of the chosen candidate."""
        assert self.chosen is not None
        assert self.chosen.text is not None
        return self.chosen.text

    @property
    def report(self) -> Report:
        """The report of the chosen candidate."""
        assert self.chosen is not None
        assert self.chosen.report is not None
        return self.chosen.report


def choose(
    work: Work, solved: Solved, ask: Ask | None, most: int, sandbox: Sandbox | None = None
) -> Choice:
    """Return one of the largest group of the same behaviour, after up to `most` questions.

    Candidates that run only in their project are left out, if they are not the greater part.

    Args:
        work: its tests have the inputs that are varied.
        solved: the tries.
        ask: asks the user; None if nobody is there to ask.
        most: the maximum number of questions.
        sandbox: where candidates are compared; None makes one.
    """
    passed = solved.passed
    calls = varied(list(work.tests.values()), work.names)
    found = _behaviours(passed, calls, sandbox)
    rest, decided = [number for number, one in enumerate(found) if one.known], list[Decided]()
    if 2 * len(rest) < max(2, len(found)):
        return Choice(solved=solved, chosen=solved.chosen)
    if ask is not None:
        rest, decided = settle(calls, found, rest, ask, most)
    groups = clusters([found[number] for number in rest])
    return Choice(
        solved=solved,
        chosen=most_common([passed[rest[number]] for number in groups[0]]) if groups else None,
        decided=tuple(decided),
        groups=tuple(map(len, groups)),
        open=best_question(calls, found, rest),
    )


def _behaviours(
    passed: Sequence[Try], calls: Sequence[Call], sandbox: Sandbox | None
) -> tuple[Behaviour, ...]:
    """Return what candidates do on calls; nothing if there is nothing to compare."""
    texts = [one.text or "" for one in passed]
    if not calls or len(set(texts)) < 2:
        return ()
    try:
        with nullcontext(sandbox) if sandbox else Sandbox(workers=1) as box:
            return behaviours(texts, calls, box.run)
    except SandboxError as error:
        say(f"candidates that pass were not compared: {error}")
        return ()
