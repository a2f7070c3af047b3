"""Prompts: the tests, what they ask for, the present file; and for a repair, what failed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cogitate.sandbox.suites.suite import Failure, Report
from cogitate.work.candidates import LONG
from cogitate.work.targets import Asked, Target

_MAX_FAILURES, _MAX_CHARS = 3, 1500
_HOW = {
    "function": "a function",
    "class": "a class",
    "exception": "an exception class",
    "value": "a value",
}


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
    name = work.target.path.name
    parts = [f"Write the Python module {name} so that all of these tests pass."]
    parts += [f"{test}:\n{_block(text)}" for test, text in work.tests.items()]
    if work.target.asked:
        parts.append(f"{name} must define:\n" + "\n".join(map(_line, work.target.asked)))
    if work.current is not None:
        parts.append(f"{name} is now:\n{_block(work.current)}")
    return "\n\n".join([*parts, _reply(work)])


def repair_prompt(work: Work, text: str, report: Report) -> str:
    """Return the prompt for one more try on a candidate, with what failed."""
    name = work.target.path.name
    return "\n\n".join(
        [
            f"{name} must pass these tests.",
            *(f"{test}:\n{_block(tests)}" for test, tests in work.tests.items()),
            f"{name} is now:\n{_block(text)}",
            f"It fails:\n{feedback(report)}",
            "The tests are correct. " + _reply(work),
        ]
    )


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


def _line(asked: Asked) -> str:
    calls = f", called as {' or '.join(asked.calls)}" if asked.calls else ""
    return f"- {asked.name}: {_HOW[asked.kind]}{calls}"


def _reply(work: Work) -> str:
    name = work.target.path.name
    if work.current is not None and work.current.count("\n") > LONG:
        return (
            "Reply with one ```python block that holds each function or class that changes,"
            " complete, and nothing else of the file."
        )
    return (
        f"Reply with the complete text of {name} in one ```python block. Do not repeat the tests,"
        " and leave nothing out."
    )


def _block(text: str) -> str:
    fence = "```" if "```" not in text else "~~~~"
    return f"{fence}python\n{text.strip()}\n{fence}"
