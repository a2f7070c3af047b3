"""A family that lives in a child process, so that nothing it does reaches ours.

    Isolated("my_family.py").verify(task, "3") -> asks the child -> Verdict(reward=1.0, ...)

A verifier that hangs, throws, forks or dies gives a verdict without a reward that says so; its
process is killed with all its children, and the next call starts another. Any other call is
repeated once where the child has died: it may have been killed while idle, for want of memory.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from cogitate.errors import UsageError
from cogitate.types import Task, Verdict
from cogitate.verify.child import Child, ChildFailed
from cogitate.verify.judge import TIMEOUT_S, checked, no_verdict

_GENERATE_TIMEOUT_S = 60.0


class Isolated:
    """Speaks for the family that `source` names and that only the child opens."""

    demonstrate: Callable[[Task], tuple[str, str]]
    size: Callable[..., int]
    num_levels: int
    """All are there only where the family itself has them."""

    def __init__(self, source: str) -> None:
        """Start the child and open the family in it.

        Raises:
            UsageError: the source has no usable family.
        """
        self.name = source
        command = (sys.executable, "-P", "-m", "cogitate.tasks.worker", source)
        self._child = Child(command)
        described = self._ask("describe", {}, _GENERATE_TIMEOUT_S)
        if described["demonstrates"]:
            self.demonstrate = self._demonstrate
        if described["finite"]:
            self.size = self._size
        if described["num_levels"] is not None:
            self.num_levels = described["num_levels"]

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return the child's task."""
        made = self._ask(
            "generate", {"split": split, "seed": seed, "level": level}, _GENERATE_TIMEOUT_S
        )
        return Task(**made)

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge within the usual time; never raises."""
        return self.verify_within(task, answer, TIMEOUT_S)

    def verify_within(self, task: Task, answer: str, timeout_s: float) -> Verdict:
        """Judge within `timeout_s` seconds; never raises."""
        arguments = {"task": task_json(task), "answer": answer}
        try:
            reply = self._reply("verify", arguments, timeout_s)
        except ChildFailed as failure:
            return no_verdict(f"failed: {failure}")
        if "result" not in reply:
            return no_verdict(reply.get("failed") or f"failed: {reply['usage']}")
        return checked(Verdict(**reply["result"]))

    def fingerprint(self) -> Mapping[str, str]:
        """Return the child's; it looks at many tasks."""
        return self._ask("fingerprint", {}, 4 * _GENERATE_TIMEOUT_S)

    def close(self) -> None:
        """End the child; the next call starts another."""
        self._child.close()

    def _demonstrate(self, task: Task) -> tuple[str, str]:
        thought, answer = self._ask("demonstrate", {"task": task_json(task)}, _GENERATE_TIMEOUT_S)
        return thought, answer

    def _size(self, split: str, level: int | None = None) -> int:
        return self._ask("size", {"split": split, "level": level}, _GENERATE_TIMEOUT_S)

    def _ask(
        self, call: str, arguments: dict[str, Any], timeout_s: float, *, again: bool = True
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

    def _reply(self, call: str, arguments: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        return self._child.ask(
            {"call": call, "arguments": arguments, "timeout_s": timeout_s}, timeout_s
        )


def task_json(task: Task) -> dict[str, Any]:
    return {
        "key": task.key,
        "family": task.family,
        "level": task.level,
        "question": task.question,
        "target": task.target,
        "metadata": dict(task.metadata),
    }
