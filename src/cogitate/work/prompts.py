"""Prompts: the tests, what they ask for, the present file; and for a repair, what failed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cogitate.coding.prompts import module_prompt, repaired_prompt
from cogitate.sandbox.suites.suite import Failure, Report
from cogitate.work.targets import Target

_MAX_FAILURES, _MAX_CHARS = 3, 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be written, and what is known about it.

    Example: Work(target=Target(...), tests={"test_dotget.py": "import pytest ..."}, current=None)
    """

    target: Target
    tests: Mapping[str, str]
    """Texts of the test files by name."""
    current: str | None
    """The present text of the target."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the target must define."""
        return tuple(asked.name for asked in self.target.asked)


def first_prompt(work: Work) -> str:
    """Return the prompt that all samples share."""
    return module_prompt(work.target.path.name, work.tests, work.target.asked, work.current)


def repair_prompt(work: Work, text: str, report: Report) -> str:
    """Return the prompt for one more try on a candidate, with what failed."""
    return repaired_prompt(work.target.path.name, work.tests, text, feedback(report))


def feedback(report: Report) -> str:
    """Return up to three failures, shortest first, as short text.

    Example: "assert f([1, 2]) == 4: AssertionError: assert 3 == 4 (line 3)"
    """
    failures = [report.error] if report.error else list(report.failed)
    lines = sorted(map(_failure, failures), key=len)[:_MAX_FAILURES]
    return "\n".join(lines)[:_MAX_CHARS]


def signature(report: Report) -> tuple[str, str]:
    """Return the kind and the message of the first failure, without what varies between runs."""
    first = report.error or min(report.failed, key=lambda failure: len(_failure(failure)))
    message = re.sub(r"0x[0-9a-f]+|\d+|/\S+", "_", first.message)
    return first.kind, " ".join(message.split())[:200]


def _failure(failure: Failure) -> str:
    message = re.sub(r"/\S*/", "", failure.message).strip()
    if failure.kind == "AssertionError" and message.startswith("assert"):
        what = message
    else:
        what = f"{failure.kind}: {message}"
    line = f" (line {failure.line})" if failure.line is not None else ""
    source = f"{failure.source}: " if failure.source else ""
    return f"{source}{what}{line}"
