"""`cogitate tdd`: you write the tests, a model writes the module, and the tests decide."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import tyro

from cogitate.cli.arguments import parse
from cogitate.cli.coders import CoderOptions, coder, need_at_least, show_diff
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.sandbox import Sandbox
from cogitate.sandbox.suites.project import Project, find_project
from cogitate.sandbox.suites.suite import Report, Suite, collect
from cogitate.work.behaviour import clusters, varied
from cogitate.work.changes import apply, diff, present
from cogitate.work.prompts import Work, signature
from cogitate.work.solving import Solved, Try, most_common, solve
from cogitate.work.targets import Target, find_target

_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(CoderOptions):
    """Write the module that tests import, by a model, until the tests pass."""

    tests: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="TESTS")] = ()
    """Test files of pytest or unittest, or folders of them."""
    target: Path | None = None
    """The file to write; unset: the module that the tests import."""
    repair: int = 1
    """Number of later rounds, with what failed."""
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
    need_at_least(options, repair=0)


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
    model = coder(options, "the tests, the target and the messages of failures")
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
    show_diff(diff(work.target.path, work.current, new))
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
