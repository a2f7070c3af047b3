"""From a failing command to a patch that makes it pass, or to questions.

    mend(case, model, workspace.run, samples=8)
      ->  Mended(chosen=Attempt(...), attempts=(Attempt(...), ...), questions=())

Each distinct patch is tried in a fresh copy; `choice` says which one is shown.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from cogitate.sandbox.commands import Ran
from cogitate.work.debugging import questions
from cogitate.work.debugging.cases import Case
from cogitate.work.debugging.choice import Attempt, Mended, choose
from cogitate.work.debugging.failures import counts, read, stopped
from cogitate.work.debugging.inventions import invented
from cogitate.work.debugging.objections import objection
from cogitate.work.debugging.patches import Proposal, proposal
from cogitate.work.solving import FIRST, OTHERS, Answered, Model, Sample

_WORKERS = 2


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
    return choose(case, attempts)


def _tried(
    case: Case, answers: Iterable[Answered], rerun: Rerun | None, seen: Seen
) -> tuple[Attempt, ...]:
    """Run each patch once, while other answers are still written."""
    known = questions.words(
        [*case.sources.programs.values(), *case.sources.tests.values(), case.failure.text]
    )
    attempts: dict[int, Attempt] = {}
    runs: dict[tuple[str, str], Future[Ran]] = {}
    threads = ThreadPoolExecutor(_WORKERS)
    try:
        for answer in answers:
            attempt = _read(case, answer.index + 1, answer.text, known)
            attempts[attempt.number] = attempt
            path, text = attempt.proposal.path, attempt.proposal.text
            if rerun and path and text and not attempt.fault and (path, text) not in runs:
                runs[path, text] = threads.submit(rerun, {path: text})
        for number, attempt in sorted(attempts.items()):
            key = (attempt.proposal.path or "", attempt.proposal.text or "")
            if key in runs and attempt.fault is None:
                attempts[number] = _judged(case, attempt, runs[key].result())
            seen(attempts[number])
    finally:
        threads.shutdown(wait=False, cancel_futures=True)  # an interrupt does not wait for runs
    return tuple(attempts[number] for number in sorted(attempts))


def _read(case: Case, number: int, answer: str, known: frozenset[str]) -> Attempt:
    if not case.can_be_patched:
        offer = Proposal(diagnosis=proposal(answer, case.sources).diagnosis, refused="no patch")
    else:
        offer = proposal(answer, case.sources)
    fault, invents = offer.refused, None
    if offer.path and offer.text:
        old = case.sources.texts[offer.path]
        try:
            invents = invented(old, offer.text, case.failure)
            fault = objection(old, offer.text, case.failure, offer.path)
        except RecursionError:
            fault = "it is nested too deeply to be judged"
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
    if failure.tests and (gone := sorted(case.failure.tests - failure.tests)):
        return f"it mends {gone[0]}, and {sorted(failure.tests)[0]} still fails"
    return "the same failure" if is_same else f"another failure: {failure.title}"


def _loss(case: Case, ran: Ran) -> str | None:
    """Return what a command that passes no longer does."""
    if case.before:
        num_before = case.before.get("passed", 0) + case.before.get("failed", 0)
        num_now = counts(f"{ran.stdout}\n{ran.stderr}").get("passed", 0)
        return "fewer tests pass than ran before" if num_now < max(1, num_before) else None
    return "it prints nothing any more" if case.printed and not ran.stdout.strip() else None
