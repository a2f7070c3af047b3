"""A pasted test file, held against candidates in the sandbox's reward tier.

    suite = ScenarioSuite(sandbox, scenarios, ["shop", "math"])
    suite.tests         # ("test_total", "test_none"), which fail where there is no code yet
    suite.run(text)     # Report(passed=False, num_passed=1, num_tests=2, ...)

As `sandbox.suites` has it for a user's project, but each scenario runs in a process of its own, and
what it expects stays in this one.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cogitate.coding.scenarios import Scenario, program_with
from cogitate.errors import SandboxError, UsageError
from cogitate.sandbox import Limits, Raised, Sandbox
from cogitate.sandbox.suites.reports import Failure, Report

WALL_S = 20.0
"""Seconds for one run of all tests."""
LEVEL = "full"
_LIMITS = Limits(cpu_s=1, wall_s=4.0)
"""Of one scenario."""
_NOTHING = ""
"""The candidate on which a test has to fail before it can say anything of others."""


class ScenarioSuite:
    """Tests that were seen failing on nothing, with which candidates are run."""

    def __init__(
        self,
        sandbox: Sandbox,
        scenarios: Sequence[Scenario],
        imported: Iterable[str],
        wall_s: float = WALL_S,
    ) -> None:
        """Run the tests on nothing.

        Args:
            sandbox: it has to have all walls.
            scenarios: of all tests that can be read.
            imported: modules that the tests import, beside the one that is to be written.
            wall_s: seconds for one run of all tests.

        Raises:
            SandboxError: the sandbox lacks walls, or failed.
            UsageError: a module is not there in the sandbox, or all tests pass on nothing.
        """
        if sandbox.missing:
            missing = "; ".join(f"{wall}: {why}" for wall, why in sandbox.missing.items())
            raise SandboxError(f"the sandbox does not reach level {LEVEL} any more: {missing}")
        self._sandbox, self._wall_s = sandbox, wall_s
        self._need(imported)
        grouped: dict[str, list[Scenario]] = {}
        for scenario in scenarios:
            grouped.setdefault(scenario.test, []).append(scenario)
        failed = {failure.test for failure in self._once(_NOTHING, grouped).failed}
        self._scenarios = {test: its for test, its in grouped.items() if test in failed}
        self.empty = tuple(test for test in grouped if test not in failed)
        """Tests that pass where there is no code: they say nothing, and do not count."""
        if not self._scenarios:
            raise UsageError("all tests pass on an empty module: they ask for nothing")

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that count."""
        return tuple(self._scenarios)

    def run(self, text: str) -> Report:
        """Run all tests on a candidate, twice if they pass.

        Raises:
            SandboxError: the sandbox failed or was closed, and not the candidate.
        """
        first = self._once(text, self._scenarios)
        if not first.passed:
            return first
        second = self._once(text, self._scenarios)
        return replace(second, seconds=first.seconds + second.seconds)

    def _need(self, imported: Iterable[str]) -> None:
        """Refuse modules that no test could import."""
        for module in imported:
            if self._sandbox.run(f"import {module}", []).error:
                raise UsageError(
                    f"the tests import {module}, which the sandbox does not have: it has those of"
                    " Python's own modules that need no files, processes or network"
                )

    def _once(self, text: str, tests: Mapping[str, Sequence[Scenario]]) -> Report:
        began = time.monotonic()
        failed: list[Failure] = []
        error: Failure | None = None
        for scenarios in tests.values():
            found = self._failure(text, scenarios, began + self._wall_s)
            if found is not None and not found.test:
                error = found
                break
            failed += [found] if found else []
        return Report(
            passed=not failed and error is None,
            num_passed=0 if error else len(tests) - len(failed),
            num_tests=len(tests),
            failed=tuple(failed),
            error=error,
            seconds=time.monotonic() - began,
            level=LEVEL,
        )

    def _failure(self, text: str, scenarios: Sequence[Scenario], until: float) -> Failure | None:
        """Return why one test fails, or why all do; None if it passes."""
        for scenario in scenarios:
            test, left = scenario.test, until - time.monotonic()
            if left <= 0:
                return Failure(test=test, kind="Stopped", message="no time was left to run it")
            limits = replace(_LIMITS, wall_s=min(left, _LIMITS.wall_s))
            execution = self._sandbox.run(program_with(text, scenario), [scenario.call], limits)
            if execution.error:
                return _raised(text, "", execution.error)
            for outcome in execution.outcomes:
                fault = scenario.fault(outcome)
                if fault and isinstance(outcome, Raised):
                    return _raised(text, test, outcome)
                if fault:
                    message = fault.removeprefix(f"{test}: ")
                    return Failure(test=test, kind="AssertionError", message=message)
            if execution.stopped:
                return Failure(test=test, kind="Stopped", message=execution.stopped)
        return None


def _raised(text: str, test: str, raised: Raised) -> Failure:
    """Return what a candidate raised; a line behind its own is one of the test's."""
    line = raised.line if raised.line and raised.line <= text.count("\n") + 1 else None
    message = raised.message.partition(" (<program>, line")[0]  # of a SyntaxError
    return Failure(test=test, kind=raised.kind, message=message, line=line)
