"""`cogitate tdd`: you write the tests, a model writes the module, and the tests decide."""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import tyro

from cogitate.cli.arguments import parse, starting
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.sandbox import Sandbox
from cogitate.sandbox.suites.project import Project, find_project
from cogitate.sandbox.suites.suite import Report, Suite, collect
from cogitate.work.behaviour import clusters, varied
from cogitate.work.changes import apply, diff, present
from cogitate.work.prompts import Work, signature
from cogitate.work.solving import Model, Solved, Try, most_common, solve
from cogitate.work.targets import Target, find_target

GREEN, RED, NORMAL = "\x1b[32m", "\x1b[31m", "\x1b[0m"
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Write the module that tests import, by a model, until the tests pass."""

    tests: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="TESTS")] = ()
    """Test files of pytest or unittest, or folders of them."""
    target: Path | None = None
    """The file to write; unset: the module that the tests import."""
    model: str | None = None
    """A run, a checkpoint, a Hugging Face folder or name, a GGUF file or an alias; with --url,
    the server's name for it."""
    url: str | None = None
    """Ask a server with OpenAI's API instead; it is sent the tests and the target. Its key is in
    the environment variable OPENAI_API_KEY."""
    samples: int = 8
    """Number of answers that are tried at first, and the maximum of each later round."""
    repair: int = 1
    """Number of later rounds, with what failed."""
    answer: int = 1024
    """Most tokens of an answer."""
    think: str = "none"
    """Most thought tokens: a number, or none, minimal, low, medium, high, xhigh, max."""
    timeout: int = 20
    """Seconds for the tests to run once."""
    apply: bool = False
    """Write the target if the tests pass; the old file is kept beside it."""
    json: bool = False
    """Print one JSON object instead of text."""


def run(args: list[str]) -> int:
    """See the tests fail, ask, run, and show what passes."""
    options = parse(Options, args, "tdd")
    _check(options)
    tests = _files(options.tests)
    project = find_project(tests)
    target = find_target(project, tests, options.target)
    old = present(target.path)
    with collect(project, tests, target.path) as suite:
        if suite.red.passed:
            say(f"the tests pass already ({suite.red.num_tests}): there is nothing to write")
            return 0
        _say_red(options, project, target, suite)
        work = Work(
            target=target,
            tests={test.name: test.read_text(encoding="utf-8") for test in tests},
            current=old,
        )
        return _work(options, work, suite)


def _check(options: Options) -> None:
    if not options.tests:
        raise UsageError("name a test file, as in cogitate tdd test_shop.py --model MODEL")
    if options.model is None:
        raise UsageError("name a model by --model, or one of a server by --url and --model")
    for name, least in (("samples", 1), ("repair", 0), ("answer", 1), ("timeout", 1)):
        if getattr(options, name) < least:
            raise UsageError(f"--{name} is {least} or more, not {getattr(options, name)}")


def _files(names: Sequence[str]) -> list[Path]:
    """Return the test files, those of a folder by their names."""
    files: list[Path] = []
    for path in map(given, names):
        if path.is_dir():
            found = sorted({*path.rglob("test_*.py"), *path.rglob("*_test.py")})
            files += [file for file in found if not (path / "pyvenv.cfg").exists()]
        elif path.is_file():
            files.append(path)
        else:
            raise UsageError(f"there is no test file {path}")
    if not files:
        raise UsageError(f"there are no test files in {', '.join(names)}")
    return [file.resolve() for file in files]


def _say_red(options: Options, project: Project, target: Target, suite: Suite) -> None:
    if options.json:
        return
    how = "pytest" if project.has_pytest else "unittest"
    first = _short(suite.red)
    print(f"red: {len(suite.tests)} tests by {how}, {suite.red.num_passed} pass; {first}")
    print(f"target: {target.path.relative_to(project.root)} (in-process, {suite.red.level})")


def _work(options: Options, work: Work, suite: Suite) -> int:
    began = time.monotonic()
    model = _model(options)
    solved = solve(
        work,
        model,
        lambda text: suite.run(text, options.timeout),
        samples=options.samples,
        repair=options.repair,
        seen=(lambda _: None) if options.json else _say_try,
    )
    if len({one.text for one in solved.passed}) > 1:
        solved = replace(solved, chosen=_choose(work, solved.passed))
    new = solved.chosen.text if solved.chosen else None
    kept = None
    if new is not None and options.apply:
        kept = apply(work.target.path, work.current, new)
    if options.json:
        seconds = time.monotonic() - began
        print(json.dumps(_values(work, suite, solved, seconds, new is not None and options.apply)))
    elif new is None:
        _say_failed(solved)
    else:
        _show(options, work, new, kept)
    return 0 if new is not None else 1


def _choose(work: Work, passed: Sequence[Try]) -> Try:
    """Return one of the largest group that does the same on inputs near those of the tests."""
    calls = varied(list(work.tests.values()), work.names)
    if not calls:
        return most_common(passed)
    with Sandbox(workers=1) as sandbox:
        groups = clusters([one.text or "" for one in passed], calls, sandbox.run)
    if len(groups) > 1:
        sizes = ", ".join(str(len(group)) for group in groups)
        say(f"candidates that pass differ on other inputs (groups of {sizes}): add a test")
    return most_common([passed[number] for number in groups[0]])


def _model(options: Options) -> Model:
    """Return the model that is asked: a local one, or one of a server."""
    from cogitate.work.asking import LocalModel, RemoteModel

    assert options.model is not None
    if options.url is not None:
        from cogitate.cli.remote import answerer

        say(f"{options.url} is sent the tests, the target and the messages of failures")
        answer = answerer(
            options.url,
            model=options.model,
            think=None if options.think == "none" else options.think,
            deadline_s=None,
            temperature=0.0,
            answer=None,
        )
        return RemoteModel(answer)
    with starting():
        from cogitate.runs.opening import load

        model = load(options.model, sealed=True)
    budget = model.budget(options.think, min(options.answer, model.context))
    engine = model.engine(options.samples)
    return LocalModel(engine, model.tokenizer, model.stated(budget, engine))


def _say_try(one: Try) -> None:
    if one.report is None:
        came = f"refused: {one.refused}"
    elif one.passed:
        came = f"passes all {one.report.num_tests} tests ({one.report.seconds:.1f} s)"
    else:
        came = f"{one.report.num_passed} of {one.report.num_tests} pass; {_short(one.report)}"
    kind = "repair" if one.round else "sample"
    print(f"{kind} {one.number}: {came}", flush=True)


def _short(report: Report) -> str:
    """Return the first failure in a few words."""
    kind, message = signature(report)
    return f"{kind}: {message}"[:_SHOWN]


def _say_failed(solved: Solved) -> None:
    best = solved.best
    if best is None or best.report is None:
        print(f"no candidate in {len(solved.tries)} answers; nothing was changed")
        return
    print(
        f"none of {len(solved.tries)} candidates passes; the best, number {best.number}, passes"
        f" {best.report.num_passed} of {best.report.num_tests}; nothing was changed"
    )


def _show(options: Options, work: Work, new: str, kept: Path | None) -> None:
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in diff(work.target.path, work.current, new):
        paint = {"+": GREEN, "-": RED}.get(line[:1], "") if colour else ""
        print(f"{paint}{line}{NORMAL if paint else ''}")
    if not options.apply:
        print("nothing was written: --apply writes it")
    else:
        where = "" if kept is None else f"; the old file is {kept.name}"
        print(f"{work.target.path.name} was written{where}")


def _values(
    work: Work,
    suite: Suite,
    solved: Solved,
    seconds: float,
    written: bool,  # noqa: FBT001
) -> dict[str, Any]:
    chosen = solved.chosen
    return {
        "target": str(work.target.path),
        "tests": list(suite.tests),
        "level": f"in-process, {suite.red.level}",
        "passed": chosen is not None,
        "chosen": chosen.number if chosen else None,
        "text": chosen.text if chosen else None,
        "written": written,
        "seconds": round(seconds, 2),
        "tries": [_try_values(one) for one in solved.tries],
    }


def _try_values(one: Try) -> dict[str, Any]:
    values = {"number": one.number, "round": one.round, "text": one.text, "refused": one.refused}
    return values | {"report": None if one.report is None else asdict(one.report)}
