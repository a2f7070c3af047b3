"""A family in child processes, isolated from this one.

    Isolated("my_family.py").verify(task, "3") -> asks a child -> Verdict(reward=1.0, ...)

It has the same capabilities as the family itself. A verifier that hangs, raises, forks or dies
gives a verdict without a reward that says so; its process is killed with all its children. Any
other call is repeated once if the child has died: it may have been killed while idle, because
memory ran out.
"""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from cogitate.errors import UsageError
from cogitate.tasks.capabilities import CALLS, from_json, read_result, to_json
from cogitate.types import Step, Task, Verdict
from cogitate.verify.child import ChildFailed
from cogitate.verify.judge import checked, no_verdict
from cogitate.verify.pool import Children

_DESCRIBE_TIMEOUT_S, _FINGERPRINT_TIMEOUT_S = 60.0, 240.0


class Isolated:
    """Proxy of the family that `source` names, which only child processes open."""

    def __init__(self, source: str) -> None:
        """Start a child and open the family in it.

        Raises:
            UsageError: the source has no usable family.
        """
        self.name = source
        self._children = Children((sys.executable, "-P", "-m", "cogitate.tasks.worker", source))
        described = self._ask("describe", (), _DESCRIBE_TIMEOUT_S)
        self.unread: list[str] = described["unread"]
        """One line for each part of the file that resembles a capability but is none."""
        for name, value in described["has"].items():
            setattr(self, name, partial(self._call, name) if CALLS[name].takes else value)

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return the child's task."""
        return self._call("generate", split, seed, level)

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge within the default time limit; never raises."""
        return self.verify_later(task, answer, CALLS["verify"].timeout_s).result()

    def verify_later(self, task: Task, answer: str, timeout_s: float) -> Future[Verdict]:
        """Begin to judge within `timeout_s` seconds; a failure gives a verdict too."""
        return self._children.begin(partial(self._verify, task, answer, timeout_s))

    def turn_later(self, task: Task, answers: Sequence[str]) -> Future[Step]:
        """Begin a turn of the family's environment; see `capabilities.Interacts`."""
        return self._children.begin(partial(self._turn, task, answers))

    def fingerprint(self) -> Mapping[str, str]:
        """Return the fingerprint, computed in a child over many tasks."""
        return self._ask("fingerprint", (), _FINGERPRINT_TIMEOUT_S)

    def close(self) -> None:
        """Stop the children; the next call starts another."""
        self._children.close()

    def _call(self, name: str, *arguments: Any) -> Any:
        return read_result(self, name, from_json(self._ask(name, arguments, CALLS[name].timeout_s)))

    def _verify(self, task: Task, answer: str, timeout_s: float) -> Verdict:
        try:
            reply = self._reply("verify", (task, answer), timeout_s)
            if "result" in reply:
                return checked(from_json(reply["result"]))
            return no_verdict(reply.get("failed") or f"failed: {reply['usage']}")
        except ChildFailed as failure:
            return no_verdict(f"failed: {failure}")
        except (AttributeError, LookupError, TypeError, ValueError):
            return no_verdict("failed: its process wrote an invalid reply")

    def _turn(self, task: Task, answers: Sequence[str]) -> Step:
        try:
            return self._call("turn", task, answers)
        except UsageError as failure:
            return Step(done=True, verdict=no_verdict(f"failed: {failure}"))

    def _ask(
        self, call: str, arguments: tuple[Any, ...], timeout_s: float, *, again: bool = True
    ) -> Any:
        try:
            reply = self._reply(call, arguments, timeout_s)
        except ChildFailed as failure:
            if again and not isinstance(failure.__cause__, TimeoutError):
                return self._ask(call, arguments, timeout_s, again=False)
            raise UsageError(f"{self.name}: {call}: {failure}") from failure
        if "result" not in reply:
            message = reply.get("usage") or f"{self.name}: {call} {reply['failed']}"
            raise UsageError(message)
        return reply["result"]

    def _reply(self, call: str, arguments: tuple[Any, ...], timeout_s: float) -> dict[str, Any]:
        message = {"call": call, "arguments": to_json(arguments), "timeout_s": timeout_s}
        return self._children.ask(message, timeout_s)
