"""A family as an environment of one turn: its question, then its verdict."""

from collections.abc import Sequence
from concurrent.futures import Future

from cogitate.prompt import conversation
from cogitate.protocols import Family
from cogitate.types import Message, Step, Task, Verdict
from cogitate.verify import judge_later
from cogitate.verify.pool import after, known


class OneTurn:
    """Asks a task's question and judges the answer.

    Example: env = OneTurn(family); env.reset(task); env.step("3").verdict
    """

    def __init__(self, family: Family) -> None:
        """Take the family's tasks."""
        self._family = family
        self._task: Task | None = None

    def reset(self, task: Task) -> Sequence[Message]:
        """Return the question."""
        self._task = task
        return conversation(task.question)

    def step(self, answer: str) -> Step:
        """Judge the answer; see `verify.judge`."""
        return self.step_later(answer).result()

    def begin_later(self, task: Task) -> Future[Step]:
        """Ask the question at once."""
        return known(Step(messages=self.reset(task)))

    def step_later(self, answer: str) -> Future[Step]:
        """Begin to judge the answer."""
        assert self._task is not None, "an environment is reset before its first step"
        return after(judge_later(self._family, self._task, answer), _end)

    def close(self) -> None:
        """Do nothing: there are no resources to release."""


def _end(verdict: Verdict) -> Step:
    return Step(done=True, verdict=verdict)
