"""From a failing command to a patch that makes it pass, or to questions.

    mend(case, model, workspace.run, samples=8)
      ->  Mended(chosen=Attempt(...), attempts=(Attempt(...), ...), questions=())

Each distinct patch is tried in a fresh copy. Where those that pass do different things and no group
of them is the majority, or where most answers ask, nothing is chosen and questions are returned.
"""

import ast
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from cogitate.sandbox.commands import Ran
from cogitate.work.debugging import questions
from cogitate.work.debugging.agreement import agreement, changed
from cogitate.work.debugging.cases import Case
from cogitate.work.debugging.failures import counts, read, stopped
from cogitate.work.debugging.inventions import invented
from cogitate.work.debugging.objections import objection
from cogitate.work.debugging.patches import Proposal, proposal
from cogitate.work.solving import FIRST, OTHERS, Model, Sample

_WORKERS = 2


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


Rerun = Callable[[Mapping[str, str]], Ran]
Seen = Callable[[Attempt], None]


def mend(
    case: Case,
    model: Model,
    rerun: Rerun | None,
    *,
    samples: int = 8,
    seen: Seen = lambda _attempt: None,
) -> Mended:
    """Ask for patches, try them, and return the one to show, or questions.

    Args:
        case: the failure.
        model: answers the prompt.
        rerun: runs the command with other texts of files; None if there is no command.
        samples: number of answers.
        seen: is called with each attempt once it was tried.
    """
    asked = [
        Sample(prompt=case.prompt, temperature=OTHERS if seed else FIRST, seed=seed)
        for seed in range(samples)
    ]
    attempts = _tried(case, model.ask(asked), rerun, seen)
    return _chosen(case, attempts)


def _tried(
    case: Case, answers: Sequence[str], rerun: Rerun | None, seen: Seen
) -> tuple[Attempt, ...]:
    known = questions.words(
        [*case.sources.programs.values(), *case.sources.tests.values(), case.failure.text]
    )
    attempts: list[Attempt] = []
    runs: dict[tuple[str, str], Future[Ran]] = {}
    threads = ThreadPoolExecutor(_WORKERS)
    try:
        for number, answer in enumerate(answers, 1):
            attempt = _read(case, number, answer, known)
            attempts.append(attempt)
            path, text = attempt.proposal.path, attempt.proposal.text
            if rerun and path and text and not attempt.fault and (path, text) not in runs:
                runs[path, text] = threads.submit(rerun, {path: text})
        for index, attempt in enumerate(attempts):
            key = (attempt.proposal.path or "", attempt.proposal.text or "")
            if key in runs and attempt.fault is None:
                attempts[index] = _judged(case, attempt, runs[key].result())
            seen(attempts[index])
    finally:
        threads.shutdown(wait=False, cancel_futures=True)  # an interrupt does not wait for runs
    return tuple(attempts)


def _read(case: Case, number: int, answer: str, known: frozenset[str]) -> Attempt:
    if not case.can_be_patched:
        offer = Proposal(diagnosis=proposal(answer, case.sources).diagnosis, refused="no patch")
    else:
        offer = proposal(answer, case.sources)
    fault, invents = offer.refused, None
    if offer.path and offer.text:
        old = case.sources.texts[offer.path]
        invents = invented(old, offer.text, case.failure)
        fault = objection(old, offer.text, case.failure, offer.path)
        if invents and fault is None:
            fault = f"it makes up {invents[1]} for {invents[0]}"
    has_code = offer.text is not None
    return Attempt(
        number=number,
        answer=answer,
        proposal=offer,
        asked=() if has_code else tuple(questions.asked(answer, known)),
        invents=invents,
        fault=fault,
    )


def _judged(case: Case, attempt: Attempt, ran: Ran) -> Attempt:
    return Attempt(
        number=attempt.number,
        answer=attempt.answer,
        proposal=attempt.proposal,
        fault=fault_of(case, ran),
        ran=ran,
    )


def fault_of(case: Case, ran: Ran) -> str | None:
    """Return why a run does not show that the failure is mended, in a few words."""
    output = f"{ran.stdout}\n{ran.stderr}"
    if ran.stopped is not None:
        failure = stopped(ran.stopped, case.tree.root, output)
    else:
        failure = read(output, case.tree)
    is_same = failure.signature == case.failure.signature
    if ran.passed:
        return "the failure is still printed" if failure.frames and is_same else _loss(case, ran)
    if new := sorted(failure.tests - case.failure.tests):
        return f"{new[0]} fails now"
    return "the same failure" if is_same else f"another failure: {failure.title}"


def _loss(case: Case, ran: Ran) -> str | None:
    """Return what a command that passes no longer does."""
    if case.before:
        num_before = case.before.get("passed", 0) + case.before.get("failed", 0)
        num_now = counts(f"{ran.stdout}\n{ran.stderr}").get("passed", 0)
        return "fewer tests pass than ran before" if num_now < max(1, num_before) else None
    return "it prints nothing any more" if case.printed and not ran.stdout.strip() else None


# ---------------------------------------------------------------- the choice


def _chosen(case: Case, attempts: Sequence[Attempt]) -> Mended:
    asking = [one for one in attempts if one.asked]
    patches = [one for one in attempts if one.proposal.text is not None and one.fault is None]
    unsure = len(asking) + sum(one.invents is not None for one in attempts)
    if patches and 2 * unsure < len(attempts):
        best, question = _largest(case, patches)
        if best is not None:
            diagnosis = best.proposal.diagnosis or _own_diagnosis(case)
            return Mended(chosen=best, attempts=tuple(attempts), diagnosis=diagnosis, questions=())
        own = [question] if question else []
    else:
        own = _missing(case, attempts)
    said = [one.proposal.diagnosis for one in [*asking, *attempts] if one.proposal.diagnosis]
    theirs = [text for one in asking for text in one.asked]
    common = [text for text, _ in Counter(theirs).most_common()]
    every = dict.fromkeys([*own, *common, *questions.built(case.failure, case.tree)])
    return Mended(
        chosen=None,
        attempts=tuple(attempts),
        diagnosis=said[0] if said else _own_diagnosis(case),
        questions=tuple(every)[: questions.MOST],
        asked=bool(own or common),
    )


def _missing(case: Case, attempts: Sequence[Attempt]) -> list[str]:
    """Return the question for a value that patches make up; none if they hardly do."""
    made_up = [one.invents for one in attempts if one.invents]
    if not made_up:
        return []
    name = Counter(name for name, _ in made_up).most_common(1)[0][0]
    values = list(dict.fromkeys(value for other, value in made_up if other == name))
    frames = case.failure.frames
    where = f" at {frames[-1].path}:{frames[-1].line}" if frames else ""
    guesses = " or ".join(values[:2])
    return [f"What is the value of `{name}`{where}, which nothing states ({guesses} are guesses)?"]


def _largest(case: Case, patches: Sequence[Attempt]) -> tuple[Attempt | None, str | None]:
    """Return a patch of the majority that does the same; without one, what tells them apart."""
    texts = list(dict.fromkeys((one.proposal.path, one.proposal.text) for one in patches))
    path = texts[0][0] or ""
    same_file = [text for place, text in texts if place == path and text]
    names = [name for text in same_file for name in changed(case.sources.texts[path], text)]
    known = [*case.sources.texts.values(), *map(case.tree.text, case.sources.tests)]
    found = agreement(same_file, sorted(set(names)), known)
    votes = [
        [one for one in patches if one.proposal.text in {same_file[i] for i in group}]
        for group in found.groups
    ]
    largest = max(votes, key=len)
    if 2 * len(largest) <= len(patches) and len(found.groups) > 1:
        return None, found.question
    forms = [ast.dump(ast.parse(one.proposal.text or "")) for one in largest]
    common = Counter(forms).most_common(1)[0][0]
    return largest[forms.index(common)], None


def _own_diagnosis(case: Case) -> str:
    """Return what the error says by itself."""
    frames = case.failure.frames
    where = f" at {frames[-1].path}:{frames[-1].line}, in {frames[-1].function}" if frames else ""
    return f"{case.failure.title}{where}."
