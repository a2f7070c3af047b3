"""`cogitate tdd`: you write the tests, a model writes the module, and the tests decide."""

import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.console import Console

from cogitate.cli.arguments import parse
from cogitate.cli.asking.coders import CoderOptions, coder, need_at_least, show, show_diff
from cogitate.coding.candidates import form
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.sandbox.copies import walked
from cogitate.sandbox.suites.command import LEVELS, NONE
from cogitate.sandbox.suites.project import Project, find_project
from cogitate.sandbox.suites.suite import Report, Suite, collect, lacks
from cogitate.work.behaviour import calls_of
from cogitate.work.changes import apply, diff, need_writable, present
from cogitate.work.choosing import Choice, choose
from cogitate.work.lookups import looks_up
from cogitate.work.prompts import Work
from cogitate.work.questions import NEITHER, SKIP, Question, as_tests
from cogitate.work.solving import Solved, Try, solve
from cogitate.work.stopping import finish, stoppable, typed
from cogitate.work.targets import Target, find_target
from cogitate.work.view import first_failure, open_view

_TEST = re.compile(r"test_.*\.py|.*_test\.py")
"""Names of test files in a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(CoderOptions):
    """Write the module that tests import, by a model, until the tests pass."""

    tests: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="TESTS")] = ()
    """Test files of pytest or unittest, or folders of them."""
    target: Path | None = None
    """The file to write; unset: the module that the tests import."""
    python: str | None = None
    """The interpreter that runs the tests; unset: that of the project's .venv or venv, or of the
    active environment (venv or conda), or this one."""
    repair: int = 1
    """Number of later rounds, with what failed."""
    ask: Literal["auto", "never"] = "auto"
    """Where candidates that pass differ on other inputs, auto asks what is right, on a terminal;
    never takes the largest group of the same behaviour."""
    questions: int = 3
    """Most questions."""
    save_tests: Path | None = None
    """A new file for your answers as tests."""
    apply: bool = False
    """Write the target if the tests pass; the old file is kept beside it."""
    unsafe: bool = False
    """Run where no sandbox can be had, without one; not with --apply."""
    json: bool = False
    """Print one JSON object instead of text."""


def run(args: list[str]) -> int:
    """See the tests fail, ask, run, and show what passes."""
    with stoppable():
        return _run(parse(Options, args, "tdd"))


def _run(options: Options) -> int:
    _check(options)
    tests = _files(options.tests)
    project = find_project(tests, options.python)
    target = find_target(project, tests, options.target)
    old = present(target.path)
    if options.apply:
        need_writable(target.path)
    levels = (*LEVELS, NONE) if options.unsafe else LEVELS
    with collect(project, tests, target.path, levels, options.timeout) as suite:
        if suite.red.passed:
            say(f"the tests pass already ({suite.red.num_tests}): there is nothing to write")
            if options.json:
                none = Choice(solved=Solved(chosen=None, tries=()), chosen=None)
                print(json.dumps(_values(target, suite, none, suite.red.seconds)))
            return 0
        _say_red(options, project, target, suite)
        texts = {
            test.relative_to(project.root).as_posix(): test.read_text(encoding="utf-8-sig")
            for test in tests
        }
        return _work(options, Work(target=target, tests=texts, current=old), suite)


def _check(options: Options) -> None:
    if not options.tests:
        raise UsageError("name a test file, as in cogitate tdd test_shop.py")
    if options.unsafe and options.apply:
        raise UsageError(
            "--unsafe is never together with --apply: read what it shows, then copy it"
        )
    need_at_least(options, repair=0, questions=0)
    if options.save_tests is not None:
        _check_new(options, options.save_tests)


def _check_new(options: Options, path: Path) -> None:
    """Refuse a file for tests that exists, or that nothing would be written to."""
    if os.path.lexists(path):
        raise UsageError(f"--save-tests {path} exists: name a new file")
    if not _TEST.fullmatch(path.name):
        raise UsageError(f"--save-tests {path}: name it test_NAME.py, as tests are found")
    if not path.resolve().parent.is_dir():
        raise UsageError(f"--save-tests: there is no folder {path.resolve().parent}")
    if not _asks(options):
        raise UsageError("--save-tests holds your answers: it needs a terminal, and no --ask never")


def _asks(options: Options) -> bool:
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return options.ask == "auto" and options.questions > 0 and is_terminal and not options.json


def _files(names: Sequence[str]) -> list[Path]:
    """Return the test files, those of a folder by their names."""
    files: list[Path] = []
    for path in map(given, names):
        if path.is_dir():
            found = (path / name for name in walked(path, path) if _TEST.fullmatch(name.name))
            files += sorted(file for file in found if file.is_file())
        elif path.is_file():
            files.append(path)
        else:
            raise UsageError(f"there is no test file {path}")
    if not files:
        raise UsageError(f"there are no test files in {', '.join(names)}")
    return list(dict.fromkeys(file.resolve() for file in files))


def _say_red(options: Options, project: Project, target: Target, suite: Suite) -> None:
    if suite.red.level == NONE:
        say(
            "there is no sandbox here: what the model writes runs as you, with your files and your"
            " network"
        )
    if options.json:
        return
    how = "pytest" if project.has_pytest else "unittest"
    first = first_failure(suite.red)
    show(f"red: {len(suite.tests)} tests by {how}, {suite.red.num_passed} pass; {first}")
    show(f"target: {target.path.relative_to(project.root)} (in-process, {suite.red.level})")


def _work(options: Options, work: Work, suite: Suite) -> int:
    began = time.monotonic()
    model = coder(options, "the tests, the target and the messages of failures", one_block=True)
    console = Console(quiet=options.json)
    with open_view(console) as view:
        solved = solve(
            work, model, suite.run, samples=options.samples, repair=options.repair, view=view
        )
    choice = choose(work, solved, _ask if _asks(options) else None, options.questions)
    _say_doubts(work, choice)
    if choice.chosen is None and solved.best and solved.best.report:
        _say_causes(solved.best.report)
    seconds = time.monotonic() - began
    if options.json:
        written = _written(options, work, choice)
        print(json.dumps(_values(work.target, suite, choice, seconds) | {"written": written}))
    else:
        show(_spent(solved, seconds))
        if choice.chosen is None:
            _say_failed(solved)
            finish()
            _keep_answers(options, work, choice)
        else:
            _show(options, work, choice)
    return 0 if choice.chosen else 1


# ---------------------------------------------------------------- what tests cannot tell


def _say_doubts(work: Work, choice: Choice) -> None:
    """Warn where candidates differ beyond the tests, or the chosen one may know these alone."""
    if choice.groups[1:]:
        _say_differ(choice)
    if choice.chosen and looks_up(choice.text, calls_of([*work.tests.values()], work.names)):
        say("the candidate compares with the very inputs of the tests: read it, and add a test")
    elif choice.chosen and _is_alone(choice.solved):
        say("one program alone passes: beyond the tests it was compared with no other")


def _is_alone(solved: Solved) -> bool:
    """Return whether one program passes, be it of one answer or of many."""
    return len({form(one.text or "") for one in solved.passed}) == 1


def _say_differ(choice: Choice) -> None:
    sizes = ", ".join(str(size) for size in choice.groups)
    call = f", as in {choice.open.text}" if choice.open else "."
    say(f"candidates that pass differ (groups of {sizes}){call} The largest is taken; add a test")


def _ask(question: Question) -> str:
    """Ask the user which of the outcomes is right."""
    options = dict(enumerate(question.options, 1))
    shown = "".join(f"\n  {number}: {outcome}" for number, outcome in options.items())
    show(f"Candidates that pass differ. What is right?\n{question.text}{shown}")
    known = {str(number): outcome for number, outcome in options.items()}
    known |= {"n": NEITHER, NEITHER: NEITHER, "s": SKIP, SKIP: SKIP}
    while True:
        answer = typed(f"{'/'.join(map(str, options))}/neither/skip: ")
        if answer is None:
            return SKIP
        if answer in known:
            return known[answer]


# ---------------------------------------------------------------- what came of it


def _say_failed(solved: Solved) -> None:
    best = solved.best
    if solved.passed:
        show("no candidate does what you want; nothing was changed")
    elif best is None or best.report is None:
        show(f"no candidate in {len(solved.tries)} answers; nothing was changed")
    else:
        show(
            f"none of {len(solved.tries)} candidates passes; the best, number {best.number}, passes"
            f" {best.report.num_passed} of {best.report.num_tests}; nothing was changed"
        )


def _say_causes(report: Report) -> None:
    """Say what may be to blame instead of the candidates."""
    if report.in_order:
        say("the tests pass in the order of their file and not in another: they depend on it")
    if name := lacks(report):
        say(f"{name} is set here and withheld from the tests: let them set what they need")


def _spent(solved: Solved, seconds: float) -> str:
    """Return what it took.

    Example: "8 answers: 412 tokens in 9.1 s, after prompts of 310"
    """
    prompt, tokens = solved.num_tokens
    after = f", after prompts of {prompt}" if prompt else ""
    return f"{len(solved.tries)} answers: {tokens} tokens in {seconds:.1f} s{after}"


def _show(options: Options, work: Work, choice: Choice) -> None:
    """Show the diff and the summary of the tests; write what is to be written."""
    report, name = choice.report, work.target.path.name
    show_diff(diff(work.target.path, work.current, choice.text))
    show(report.summary or f"{report.num_tests} passed")
    writes = options.apply or _agrees(options, name)
    finish()
    _keep_answers(options, work, choice)
    if not writes:
        how = "copy it from above" if options.unsafe else "--apply writes it"
        show(f"{name} was not written: {how}")
        return
    kept = apply(work.target.path, work.current, choice.text)
    show(f"{name} was written" + (f"; the old file is {kept.name}" if kept else ""))


def _keep_answers(options: Options, work: Work, choice: Choice) -> None:
    """Show what the user has answered as tests, and write them where that was asked for."""
    if not choice.decided:
        return
    tests = as_tests(choice.decided, work.tests, work.target)
    show(f"\nYour answers as tests:\n\n{tests}")
    if options.save_tests is not None:
        with options.save_tests.open("x", encoding="utf-8") as file:
            file.write(tests)
        show(f"your answers are in {options.save_tests}")


def _agrees(options: Options, name: str) -> bool:
    """Ask whether to write the target, on a terminal, and never what may run without walls."""
    if options.unsafe or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return typed(f"write {name}? [y/N] ") in ("y", "yes")


def _written(options: Options, work: Work, choice: Choice) -> bool:
    if not options.apply or choice.chosen is None:
        return False
    finish()
    apply(work.target.path, work.current, choice.text)
    return True


def _values(target: Target, suite: Suite, choice: Choice, seconds: float) -> dict[str, Any]:
    solved, chosen = choice.solved, choice.chosen
    prompt, tokens = solved.num_tokens
    return {
        "target": str(target.path),
        "tests": list(suite.tests),
        "level": f"in-process, {suite.red.level}",
        "passed": chosen is not None or suite.red.passed,
        "chosen": chosen.number if chosen else None,
        "text": chosen.text if chosen else None,
        "seconds": round(seconds, 2),
        "tokens": {"prompts": prompt, "answers": tokens},
        "differ": None if choice.open is None else _differ_values(choice.open, solved.passed),
        "tries": [_try_values(one) for one in solved.tries],
        "written": False,
    }


def _differ_values(differ: Question, passed: Sequence[Try]) -> dict[str, Any]:
    numbers = {
        outcome: [passed[index].number for index in group]
        for outcome, group in differ.options.items()
    }
    return {"call": str(differ.call), "candidates": numbers}


def _try_values(one: Try) -> dict[str, Any]:
    values = {"number": one.number, "round": one.round, "text": one.text, "refused": one.refused}
    spent = {"tokens": one.answered.tokens, "seconds": round(one.answered.seconds, 2)}
    return values | spent | {"report": None if one.report is None else asdict(one.report)}
