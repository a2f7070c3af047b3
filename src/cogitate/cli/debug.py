"""`cogitate debug`: a failing command in; a patch with which it passes, or questions, out."""

import json
import shlex
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cogitate.cli.arguments import parse
from cogitate.cli.asking.coders import CoderOptions, coder, need_at_least, show, show_diff
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.sandbox.commands import Ran, Workspace
from cogitate.work.changes import apply, diff
from cogitate.work.debugging.cases import Case, case_of, case_of_text, more, no_program
from cogitate.work.debugging.choice import Attempt, Mended
from cogitate.work.debugging.failures import Failure
from cogitate.work.debugging.mending import Rerun, mend
from cogitate.work.stopping import finish, stoppable, typed

_MAX_INPUT = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(CoderOptions):
    """Find out why a command fails: `cogitate debug --model MODEL -- python shop.py`.

    Without a command, an error is read from standard input: `python shop.py 2>&1 | cogitate debug`.
    """

    apply: bool = False
    """Write the patch if the command passes with it; the old file is kept beside it."""
    json: bool = False
    """Print one JSON object instead of text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A failure, and what came before the first question to a model."""

    case: Case
    rerun: Rerun | None
    ran: Ran | None


def run(args: list[str]) -> int:
    """Run the command, read its failure, ask, try, and show what came of it."""
    with stoppable():
        return _run(args)


def _run(args: list[str]) -> int:
    cut = args.index("--") if "--" in args else len(args)
    options, argv = parse(Options, args[:cut], "debug"), args[cut + 1 :]
    need_at_least(options)
    if options.apply and not argv:
        raise UsageError("--apply needs a command that shows what passes: cogitate debug -- CMD")
    with ExitStack() as stack:
        seen = _by_command(options, argv, stack) if argv else _from_input()
        if seen is None:
            return 0
        return _work(options, seen)


def _by_command(options: Options, argv: list[str], stack: ExitStack) -> _Seen | None:
    """Run the command in a copy; None if it passes."""
    workspace = stack.enter_context(Workspace(Path.cwd(), argv))
    case, ran = case_of(workspace, argv, options.timeout)
    if case is None:
        command = shlex.join(argv)
        say(f"{command} passes ({ran.seconds:.1f} s, {ran.level}): there is nothing to mend")
        if options.json:
            print(json.dumps(_values(None, ran, None, ran.seconds)))
        return None
    if not case.failure.frames and (why := no_program(argv, ran)):
        raise UsageError(f"{shlex.join(argv)} cannot be run: {why}")
    if what := workspace.lacks(case.failure.message, ran):
        raise UsageError(
            f"the sandbox takes {what} away, without which the command fails: pipe its error to"
            " cogitate debug"
        )
    wall_s, arguments = options.timeout, more(argv)
    return _Seen(case=case, rerun=lambda texts: workspace.run(texts, wall_s, arguments), ran=ran)


def _from_input() -> _Seen:
    """Read an error that some command has printed."""
    if sys.stdin.isatty():
        raise UsageError("name a command after --, or pipe its error to cogitate debug")
    text = _end_of(sys.stdin.buffer)
    if not text.strip():
        raise UsageError("standard input is empty: 2>&1 before the pipe passes errors on")
    return _Seen(case=case_of_text(text, Path.cwd().resolve()), rerun=None, ran=None)


def _end_of(stream: BinaryIO) -> str:
    """Return the end of a stream, where errors are."""
    end = b""
    while piece := stream.read(_MAX_INPUT):
        end = (end + piece)[-_MAX_INPUT:]
    return end.decode(errors="replace")


def _work(options: Options, seen: _Seen) -> int:
    case = seen.case
    began = time.monotonic()
    if not options.json:
        _say_failure(case.failure, seen.ran)
    sent = "the command, the error and the source that it came through: " + (
        ", ".join([*case.sources.programs, *case.sources.tests]) or "none"
    )
    mended = mend(
        case,
        coder(options, sent),
        seen.rerun,
        samples=options.samples,
        seen=(lambda _: None) if options.json else _say_attempt,
    )
    passes = mended.chosen is not None and mended.chosen.passed
    if options.json:
        written = passes and options.apply and _write(case, mended.chosen)
        values = _values(case, seen.ran, mended, time.monotonic() - began)
        print(json.dumps(values | {"written": bool(written)}))
    else:
        _show(options, seen, mended)
    return 0 if passes else 1


def _say_failure(failure: Failure, ran: Ran | None) -> None:
    how = f" ({ran.seconds:.1f} s in a copy, {ran.level})" if ran else ""
    frames = failure.frames
    where = f" at {frames[-1].path}:{frames[-1].line}" if frames else ""
    show(f"fails: {failure.title}{where}{how}")


def _say_attempt(attempt: Attempt) -> None:
    if attempt.asked:
        came = f"asks: {attempt.asked[0]}"
    elif attempt.passed and attempt.ran:
        came = f"the command passes ({attempt.ran.seconds:.1f} s)"
    elif attempt.fault:
        came = attempt.fault
    else:
        came = "not tried"
    show(f"answer {attempt.number}: {came}")


def _show(options: Options, seen: _Seen, mended: Mended) -> None:
    """Print the diagnosis, the patch or the questions; write what is to be written."""
    case, chosen = seen.case, mended.chosen
    show(f"\n{mended.diagnosis}\n")
    if chosen is None:
        passing = sum(one.passed for one in mended.attempts)
        of = f"{passing} of {len(mended.attempts)} answers make the command pass"
        show(
            f"{of}, but too few agree." if passing else f"No answer is taken{_unrun(seen, mended)}."
        )
        if (num := len(case.failure.tests)) > 1:
            name = sorted(case.failure.tests)[0]
            show(f"{num} tests fail: a command that runs one of them, as {name}, is mended sooner.")
        if mended.questions:
            show("What would tell the causes apart:")
        for number, question in enumerate(mended.questions, 1):
            show(f"{number}. {question}")
        show("nothing was changed")
        return
    path = chosen.proposal.path or ""
    show_diff(diff(case.tree.root / path, case.sources.texts[path], chosen.proposal.text or ""))
    if chosen.ran is None:
        show("this patch was not tried: only a command after -- can show that it works")
        return
    same = sum(one.passed for one in mended.attempts)
    show(
        f"the command now passes: {case.command} ran in a fresh copy with the patch, exit status 0"
        f" in {chosen.ran.seconds:.1f} s ({chosen.ran.level}; {same} of {len(mended.attempts)}"
        " answers pass)"
    )
    if options.apply or _agreed(path):
        _write(case, chosen, say_so=True)
    else:
        show("nothing was written: --apply writes it")


def _unrun(seen: _Seen, mended: Mended) -> str:
    """Say how many patches were refused as they stand, where there is a command to run."""
    num = sum(bool(one.proposal.text) and one.ran is None for one in mended.attempts)
    of = f"{num} of {len(mended.attempts)}"
    return f" ({of} were not even run, for the reasons above)" if num and seen.ran else ""


def _agreed(path: str) -> bool:
    """Ask at a terminal whether to write."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return typed(f"write {path}? [y/N] ") in ("y", "yes")


def _write(case: Case, chosen: Attempt | None, *, say_so: bool = False) -> bool:
    assert chosen is not None
    path, text = chosen.proposal.path, chosen.proposal.text
    assert path is not None
    assert text is not None
    finish()
    kept = apply(case.tree.root / path, case.sources.texts[path], text)
    if say_so:
        show(f"{path} was written" + (f"; the old file is {kept.name}" if kept else ""))
    return True


def _values(
    case: Case | None, ran: Ran | None, mended: Mended | None, seconds: float
) -> dict[str, Any]:
    """Return what is printed as JSON; there is no case if the command passes already."""
    chosen = mended.chosen if mended else None
    failure = case.failure if case else None
    return {
        "command": case.command if case else None,
        "failure": {"kind": failure.kind, "message": failure.message} if failure else None,
        "frames": [f"{f.path}:{f.line}:{f.function}" for f in failure.frames] if failure else [],
        "level": ran.level if ran else None,
        "diagnosis": mended.diagnosis if mended else None,
        "passes": case is None or (chosen is not None and chosen.passed),
        "path": chosen.proposal.path if chosen else None,
        "text": chosen.proposal.text if chosen else None,
        "questions": list(mended.questions) if mended else [],
        "asked": mended.asked if mended else False,
        "seconds": round(seconds, 2),
        "attempts": [_attempt_values(one) for one in mended.attempts] if mended else [],
        "written": False,
    }


def _attempt_values(one: Attempt) -> dict[str, Any]:
    return {
        "number": one.number,
        "path": one.proposal.path,
        "text": one.proposal.text,
        "passes": one.passed,
        "fault": one.fault,
        "asked": list(one.asked),
    }
