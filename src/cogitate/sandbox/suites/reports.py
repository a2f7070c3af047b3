"""What a run of tests reports: read here, and believed only by `suite`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A test that failed, or what stopped all of them.

    Example: Failure(test="test_a.py::test_f", kind="AssertionError",
    message="assert 3 == 4", line=None, source="assert f([1, 2]) == 4")
    """

    test: str
    """Empty if it concerns the run and no test."""
    kind: str
    """Name of the exception; Cheat, Missing, Skipped or Stopped if there was none."""
    message: str
    line: int | None = None
    """Innermost line of the candidate in the traceback."""
    source: str | None = None
    """The line of the test that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of one candidate.

    Example: Report(passed=False, num_passed=3, num_tests=4, failed=(Failure(...),), error=None,
    seconds=1.2, level="namespaces")
    """

    passed: bool
    num_passed: int
    num_tests: int
    failed: tuple[Failure, ...]
    error: Failure | None
    """What stopped the run as a whole, such as an import that fails, or a forged result."""
    seconds: float
    level: str
    """What held it; see `command.LEVELS`."""
    summary: str = ""
    """If it passed: the last line of pytest, as in "5 passed, 1 skipped in 0.03s"."""
    in_order: bool = False
    """If it failed: whether all tests passed in the order of their files, before a random one."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The report of one run, read but not believed."""

    names: Mapping[str, str]
    outcomes: Mapping[str, str]
    failures: Mapping[str, Failure]
    errors: tuple[Failure, ...]
    done: bool

    def traps(self, word: str) -> dict[tuple[str, str], set[str]]:
        """Return what came of each trap, wherever it ran, by its file and name."""
        found: dict[tuple[str, str], set[str]] = {}
        for test, outcome in self.outcomes.items():
            if names := re.findall(rf"{word}(\w*)", test):
                found.setdefault((test.partition("::")[0], names[-1]), set()).add(outcome)
        return found

    def caught(self, word: str) -> set[tuple[str, str]]:
        """Return the traps that failed as they must."""
        return {trap for trap, outcomes in self.traps(word).items() if outcomes == {"failed"}}


def summary_line(printed: str) -> str:
    """Return the last line of pytest without the traps, which alone have failed.

    Example: summary_line("3 failed, 5 passed in 0.03s") -> "5 passed in 0.03s"
    """
    lines = re.findall(r"^=* ?(\d+ \w+.* in \d+\.\d\ds.*?)(?: =+)?$", printed, re.MULTILINE)
    return re.sub(r"\d+ failed, ", "", lines[-1]) if lines else ""


def complaint(printed: str) -> str:
    """Return why pytest did not begin, by its last line that says so; empty if none does.

    Example: complaint("ERROR: Missing required plugins: pytest-nope") -> "Missing required ..."
    """
    form = (
        r"^(?:ERROR: (?!usage)|\S+: error: |E   |INTERNALERROR> (?=\w+(?:Error|Exception)\b))(.+)$"
    )
    found = re.findall(form, printed, re.MULTILINE)
    return one_line(found[-1])[:300] if found else ""


def hear(report: bytes) -> Heard:
    """Read a report; what has another form than ours is left out, and so is missing."""
    names: dict[str, str] = {}
    outcomes: dict[str, str] = {}
    failures: dict[str, Failure] = {}
    ended: set[str] = set()
    errors: list[Failure] = []
    done = False
    for line in report.splitlines():
        try:
            fact: dict[str, Any] = json.loads(line)
            if "done" in fact:
                done = True
            elif "error" in fact:
                errors.append(_failure(fact["error"], ""))
            else:
                test, name = str(fact["id"]), str(fact["name"])
                when, outcome = fact["when"], str(fact["outcome"])
                names[test] = name
                if outcome not in ("passed", "xpassed", "skipped", "xskipped"):
                    outcomes[test] = "failed"
                    failures.setdefault(test, _failure(fact, name))
                elif outcome != "passed" or when == "call":
                    outcomes.setdefault(test, outcome)
                if when == "teardown":
                    ended.add(test)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            continue
    whole = {test: outcome for test, outcome in outcomes.items() if test in ended}
    return Heard(names, whole, failures, tuple(errors), done)


def _failure(fact: Mapping[str, Any], test: str) -> Failure:
    line, source = fact.get("line"), fact.get("source")
    return Failure(
        test=test,
        kind=str(fact.get("kind", "Failed"))[:80],
        message=str(fact.get("message", ""))[:600],
        line=line if type(line) is int else None,
        source=source if isinstance(source, str) else None,
    )


def one_line(text: str) -> str:
    """Return a text with single spaces for all white space."""
    return " ".join(text.split())
