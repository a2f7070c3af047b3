"""A user's own tests, run on candidates that they import: the sandbox's second tier.

    with collect(find_project([tests]), [tests], target) as suite:
        suite.red           # Report(passed=False, ...): what the present file does
        suite.run(text)     # Report(passed=True, num_passed=7, ...)

The candidate shares a process with the tests, so that its result is never a reward. What it can
forge is bounded: the identities of the tests are fixed before, all of them have to pass in the
order of the file and in a random one, each time in a fresh process, and tests that must fail are
among them under random names. Tests and configuration are read-only, and compared afterwards.

Commands run in threads, which Ctrl-C does not interrupt: `close` ends them and removes the copy.
"""

import json
import os
import secrets
import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from cogitate.errors import SandboxError, UsageError
from cogitate.sandbox.copies import put
from cogitate.sandbox.suites.command import LEVELS, Command, Ended, make_folder, run, withheld
from cogitate.sandbox.suites.project import Project, copy_project, fingerprint, python_path
from cogitate.sandbox.suites.reports import (
    Failure,
    Heard,
    Report,
    complaint,
    hear,
    one_line,
    summary_line,
)
from cogitate.sandbox.suites.traps import is_changed_test, new_word, trapped, traps_in

WALL_S = 20
"""Seconds for one run of the tests."""
_AT_ONCE = 2
_RUNNER = Path(__file__).with_name("in_project.py")
_STUB = """
from unittest.mock import MagicMock

def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name.endswith(("Error", "Exception", "Warning")):
        return type(name, (Exception,), {})
    return MagicMock(name=name)
"""
"""Has whatever a test file imports, so that its tests can be collected before there is anything."""
_EXPECTED = ("xskipped", "xpassed")
"""What a test comes to that is marked to fail, and does or not."""
_PASSES = ("passed", "skipped", *_EXPECTED)


class Suite:
    """Tests of a project, seen failing, with which candidates are run."""

    def __init__(
        self,
        project: Project,
        tests: Sequence[str],
        target: str,
        levels: Sequence[str] = LEVELS,
        wall_s: int = WALL_S,
    ) -> None:
        """Copy the project; see `collect`."""
        self._project, self._tests, self._target = project, tuple(tests), target
        self._levels, self._wall_s = levels, wall_s
        self._threads = ThreadPoolExecutor(_AT_ONCE)
        self._folder = Path(tempfile.gettempdir(), f"cogitate-{secrets.token_hex(8)}")
        self._copy = self._folder / "copy"
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._stop, self._stopped = os.pipe()
        weakref.finalize(self, os.close, self._stop)
        self._end = weakref.finalize(self, os.close, self._stopped)
        try:
            make_folder(self._folder)
            copy_project(project, self._copy)
            self._hash = fingerprint(self._copy, self._tests)
            self.red = self._threads.submit(self._seen_red).result()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Suite":
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End what runs, and remove the copy."""
        self._end()
        self._threads.shutdown(cancel_futures=True)
        removing = threading.Thread(target=self._remove)  # it ends, whatever interrupts this one
        removing.start()
        removing.join()

    @property
    def tests(self) -> tuple[str, ...]:
        """The identities of the tests, which are fixed."""
        return tuple(self._allowed)

    def run(self, text: str, wall_s: int | None = None) -> Report:
        """Run all tests on a candidate, twice if they pass.

        Raises:
            SandboxError: the sandbox failed, or the copy was changed, and not the candidate.
        """
        return self._threads.submit(self._run, text, wall_s or self._wall_s).result()

    def _run(self, text: str, wall_s: int) -> Report:
        first = self._report(*self._once(text, None, wall_s)[:3])
        if not first.passed:
            return first
        seed = secrets.randbits(32)
        second = self._report(*self._once(text, seed, wall_s)[:3])
        seconds = first.seconds + second.seconds
        return replace(second, seconds=seconds, in_order=not second.passed)

    # ------------------------------------------------------------ the tests, before any candidate

    def _seen_red(self) -> Report:
        """Fix the identities of the tests, and what each may come to beside passing."""
        present = self._copy / self._target
        text = present.read_text(encoding="utf-8") if present.is_file() else None
        ended, heard, word, traps = self._once(text, None, self._wall_s)
        found = heard
        if heard.errors or not heard.done or not heard.names:
            stub, found, word, traps = self._once(_STUB, None, self._wall_s, only_ids=True)
            self._refuse(found, word, stub)
        self._allowed = {
            test: {"passed", *(_EXPECTED if outcome in _EXPECTED else {outcome} & {"skipped"})}
            for test, outcome in found.outcomes.items()
            if word not in test
        }
        if not self._allowed:
            raise UsageError(f"no tests were collected from {self._names}{self._lack}")
        if all(self._allowed[test] != {"passed"} for test in self._allowed):
            raise UsageError(f"all tests of {self._names} are skipped")
        self._traps = traps & found.caught(word)
        outcomes = found.traps(word)
        if not all(
            is_changed_test(trap[1]) and "passed" not in outcomes.get(trap, ())
            for trap in traps - self._traps
        ):
            raise UsageError(
                f"the project's configuration runs only some tests of {self._names},"
                " or lets tests pass that fail"
            )
        return self._report(ended, heard, word)

    def _refuse(self, found: Heard, word: str, ended: Ended) -> None:
        """Say why tests cannot be collected even where all that they import is there."""
        if found.errors:
            error = found.errors[0]
            lack = self._lack if "pytest" in error.message else ""
            raise UsageError(
                f"{self._names} cannot be collected: {error.kind}: {one_line(error.message)}{lack}"
            )
        if not found.done:
            last = one_line(ended.printed)[-300:]
            raise UsageError(f"the tests do not run: {ended.fault or ''} {last}".strip())
        if not any(word not in name for name in found.names):
            said = "" if found.names else complaint(ended.printed)
            if said:
                raise UsageError(f"{self._names} cannot be collected: {said}")
            raise UsageError(f"no tests were collected from {self._names}{self._lack}")

    @property
    def _names(self) -> str:
        return ", ".join(self._tests)

    @property
    def _lack(self) -> str:
        """What to say where tests may need pytest."""
        python = self._project.python
        return "" if self._project.has_pytest else f"; {python} has no pytest: install it there"

    # ------------------------------------------------------------ one run

    def _once(
        self, text: str | None, seed: int | None, wall_s: int, *, only_ids: bool = False
    ) -> tuple[Ended, Heard, str, set[tuple[str, str]]]:
        """Run the tests with traps once; return what was reported, and the traps' word and names.

        Raises:
            SandboxError: see `run`.
        """
        word, traps = new_word(), set[tuple[str, str]]()
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            scratch = Path(name)
            scratch.chmod(0o755)
            shutil.copytree(self._copy, scratch / "copy", copy_function=os.link, symlinks=True)
            for test in self._tests:
                original = (self._copy / test).read_text(encoding="utf-8-sig")
                with_traps = trapped(original, word, pytest=self._project.has_pytest)
                traps |= {(test, name) for name in traps_in(with_traps, word)}
                put(scratch / "copy" / test, with_traps)
            put(scratch / "copy" / self._target, text)
            (scratch / "root").mkdir()
            (scratch / "write").mkdir(mode=0o777)
            job: dict[str, Any] = {
                "project": str(self._project.root),
                "target": self._target,
                "tests": self._tests,
                "seed": seed,
                "only_ids": only_ids,
            }
            ended = run(self._command(scratch, job, wall_s), self._stop)
        if fingerprint(self._copy, self._tests) != self._hash:
            raise SandboxError("the copy of the tests was changed: nothing that ran is believed")
        return ended, hear(ended.report), word, traps

    def _command(self, scratch: Path, job: Mapping[str, Any], wall_s: int) -> Command:
        project, write = self._project, str(scratch / "write")
        runner = _RUNNER.read_text(encoding="utf-8")
        bin_folder = str(Path(project.python).parent)
        return Command(
            argv=[project.python, "-B", "-c", runner, json.dumps(job)],
            project=project.root,
            copy=scratch / "copy",
            scratch=scratch,
            read=project.read,
            listed=project.listed,
            environment=_environment(bin_folder, write),
            wall_s=wall_s,
            cpu_s=wall_s,
            levels=self._levels,
        )

    def _report(self, ended: Ended, heard: Heard, word: str) -> Report:
        """Hold what was reported against what is known; only this makes a report pass."""
        failures = {k: v for k, v in heard.failures.items() if word not in k}
        passing = {test for test, outcome in heard.outcomes.items() if outcome in _PASSES}
        for test, allowed in self._allowed.items():
            outcome = heard.outcomes.get(test)
            if test in failures or outcome in allowed:
                continue
            kind, message = ("Missing", "it did not run to its end")
            if outcome is not None:
                kind, message = ("Skipped", f"it came to {outcome}, and not to passed")
            failures[test] = Failure(test=test, kind=kind, message=message)
        error = heard.errors[0] if heard.errors else None
        if error is None and (ended.fault or not heard.done):
            last = one_line(ended.printed)[-300:]
            reason = ended.fault or "the tests ended early"
            error = Failure(test="", kind="Stopped", message=f"{reason} {last}".strip())
        elif error is None and not self._traps <= heard.caught(word):
            message = "tests that must fail have passed, or did not run"
            error = Failure(test="", kind="Cheat", message=message)
        good = [test for test in self._allowed if test in passing and test not in failures]
        passed = error is None and not failures and len(good) == len(self._allowed)
        return Report(
            passed=passed,
            num_passed=len(good) if error is None else 0,
            num_tests=len(self._allowed),
            failed=tuple(failures.values()),
            error=error,
            seconds=ended.seconds,
            level=ended.level,
            summary=summary_line(ended.printed) if passed else "",
        )


def _environment(bin_folder: str, write: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("TZ", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | python_path() | {
        "PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin",
        "HOME": write,
        "TMPDIR": write,
        "COVERAGE_FILE": f"{write}/coverage",
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def lacks(report: Report) -> str | None:
    """Return a variable of this environment that tests fail without; None if they name none."""
    failures = [*report.failed, *([report.error] if report.error else [])]
    told = " ".join(f"{one.message} {one.source}" for one in failures)
    return withheld(told, _environment("", ""), told)


def collect(
    project: Project,
    tests: Sequence[Path],
    target: Path,
    levels: Sequence[str] = LEVELS,
    wall_s: int = WALL_S,
) -> Suite:
    """Return tests that were seen to run on the present target, or on a stub, and their report.

    Args:
        project: see `find_project`.
        tests: test files in the project.
        target: the module to write, in the project; it may be missing.
        levels: what may hold the tests.
        wall_s: seconds for one run of the tests.

    Raises:
        UsageError: no tests are collected, all are skipped, or their text is no Python.
        SandboxError: nothing here can hold them.
    """
    names = [test.resolve().relative_to(project.root).as_posix() for test in tests]
    for name in names:
        try:
            trapped((project.root / name).read_text(encoding="utf-8-sig"), "w", pytest=True)
        except (SyntaxError, ValueError) as error:
            raise UsageError(f"{name} is no Python: {error}") from error
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    name = target.resolve().relative_to(project.root).as_posix()
    return Suite(project, names, name, levels, wall_s)
