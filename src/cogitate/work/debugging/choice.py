"""Which patch is shown, if any: one that most of those that pass agree with.

    choose(case, attempts)  ->  Mended(chosen=Attempt(...), ...), or Mended(questions=(...), ...)

Patches agree if they do the same on inputs near the known ones, and print the same. Of those that
agree the one that changes the fewest lines is shown. Nothing is chosen where at least half of the
answers ask or make up a value, where no group is the majority, or where no test decides and fewer
than half of the answers agree: that a program ends without an error says little of its values.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

from cogitate.sandbox.commands import Ran
from cogitate.work.debugging import questions
from cogitate.work.debugging.agreement import agreement, changed
from cogitate.work.debugging.cases import Case
from cogitate.work.debugging.patches import Proposal

_MAX_LINE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One answer, and what came of it.

    Example: Attempt(number=2, answer="The key ...", proposal=Proposal(...), fault=None, ran=Ran())
    """

    number: int
    """From 1."""
    answer: str
    proposal: Proposal
    asked: tuple[str, ...] = ()
    """Its questions, if it has no code."""
    invents: tuple[str, str] | None = None
    """What it makes up a value for, and the value."""
    fault: str | None = None
    """Why it is no correction; None if it is one as far as can be seen."""
    ran: Ran | None = None
    """The command with its patch; None if it was not run."""

    @property
    def passed(self) -> bool:
        """Whether the command passes with it."""
        return self.ran is not None and self.fault is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What came of all answers.

    Example: Mended(chosen=None, attempts=(Attempt(...),), diagnosis="...", questions=("...?",))
    """

    chosen: Attempt | None
    """The patch to show; not tried if there is no command."""
    attempts: tuple[Attempt, ...]
    diagnosis: str
    questions: tuple[str, ...]
    """Where nothing was chosen."""
    asked: bool = False
    """Whether they are the model's, or of patches that differ; else they follow from the error."""


def choose(case: Case, attempts: Sequence[Attempt]) -> Mended:
    """Return the patch to show, or questions."""
    patches = [one for one in attempts if one.proposal.text is not None and one.fault is None]
    asking = [one for one in attempts if one.asked]
    unsure = len(asking) + sum(one.invents is not None for one in attempts)
    if 2 * unsure >= len(attempts):
        return _ask(case, attempts, _made_up(case, attempts))
    groups, question = _groups(case, patches)
    largest = groups[0] if groups else []
    least = 1 if case.before else (len(attempts) + 1) // 2
    if len(largest) < least or (2 * len(largest) <= len(patches) and len(groups) > 1):
        return _ask(case, attempts, [question] if question else _made_up(case, attempts))
    best = min(largest, key=lambda one: _num_changed(case, one))
    return Mended(
        chosen=best,
        attempts=tuple(attempts),
        diagnosis=best.proposal.diagnosis or _own_diagnosis(case),
        questions=(),
    )


def _num_changed(case: Case, attempt: Attempt) -> int:
    """Return how many lines a patch takes out and puts in."""
    old = case.sources.texts[attempt.proposal.path or ""].splitlines()
    new = (attempt.proposal.text or "").splitlines()
    return sum(line[0] in "+-" for line in unified_diff(old, new, n=0))


def _ask(case: Case, attempts: Sequence[Attempt], own: Sequence[str]) -> Mended:
    """Return questions: of patches, then the model's most frequent, then of the error itself."""
    asking = [one for one in attempts if one.asked]
    theirs = [text for text, _ in Counter(t for one in asking for t in one.asked).most_common()]
    said = [one.proposal.diagnosis for one in [*asking, *attempts] if one.proposal.diagnosis]
    every = dict.fromkeys([*own, *theirs, *questions.built(case.failure, case.tree)])
    return Mended(
        chosen=None,
        attempts=tuple(attempts),
        diagnosis=said[0] if said else _own_diagnosis(case),
        questions=tuple(every)[: questions.MOST],
        asked=bool(own or theirs),
    )


def _made_up(case: Case, attempts: Sequence[Attempt]) -> list[str]:
    """Return the question for a value that patches make up; none if they make up none."""
    made_up = [one.invents for one in attempts if one.invents]
    if not made_up:
        return []
    name = Counter(name for name, _ in made_up).most_common(1)[0][0]
    values = list(dict.fromkeys(value for other, value in made_up if other == name))
    frames = case.failure.frames
    where = f" at {frames[-1].path}:{frames[-1].line}" if frames else ""
    guesses = " or ".join(values[:2])
    return [f"What is the value of `{name}`{where}, which nothing states (guessed: {guesses})?"]


def _groups(case: Case, patches: Sequence[Attempt]) -> tuple[list[list[Attempt]], str | None]:
    """Return patches that do the same, the largest group first, and what tells two groups apart."""
    texts = list(dict.fromkeys((one.proposal.path, one.proposal.text) for one in patches))
    if not texts:
        return [], None
    path = texts[0][0] or ""
    same_file = [text for place, text in texts if place == path and text]
    names = {name for text in same_file for name in changed(case.sources.texts[path], text)}
    known = [*case.sources.texts.values(), *map(case.tree.text, case.sources.tests)]
    found = agreement(same_file, sorted(names), known)
    kinds = {same_file[index]: kind for kind, group in enumerate(found.groups) for index in group}
    groups: dict[tuple[object, ...], list[Attempt]] = {}
    for one in patches:
        kind = kinds.get(one.proposal.text or "") if one.proposal.path == path else None
        printed = one.ran.stdout if one.ran and not case.before else ""
        groups.setdefault((one.proposal.path, kind, printed), []).append(one)
    ordered = sorted(groups.values(), key=len, reverse=True)
    return ordered, found.question or _of_output(case, ordered)


def _of_output(case: Case, groups: Sequence[Sequence[Attempt]]) -> str | None:
    """Return the question for the first line that two groups print differently."""
    outputs = [group[0].ran.stdout.splitlines() for group in groups[:2] if group[0].ran]
    if len(outputs) < 2:
        return None
    for one, other in itertools.zip_longest(*outputs, fillvalue=""):
        if one != other and max(len(one), len(other)) <= _MAX_LINE:
            return f"Should `{case.command}` print {one!r} or {other!r}?"
    return None


def _own_diagnosis(case: Case) -> str:
    """Return what the error says by itself."""
    frames = case.failure.frames
    where = f" at {frames[-1].path}:{frames[-1].line}, in {frames[-1].function}" if frames else ""
    return f"{case.failure.title}{where}."
