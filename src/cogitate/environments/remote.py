"""An environment whose turns its family makes, which may be in another process."""

from collections.abc import Sequence
from concurrent.futures import Future

from cogitate.tasks.capabilities import Interacts
from cogitate.types import Message, Step, Task


class Remote:
    """Sends the task and all answers so far to its family's environment, at every turn.

    So nothing is lost if a process dies: the next one repeats the same turns.

    Example: env = Remote(family); env.reset(task); env.step("5").messages
    """

    def __init__(self, family: Interacts) -> None:
        """Take the family's tasks."""
        self._family = family
        self._task: Task | None = None
        self._answers: list[str] = []

    def reset(self, task: Task) -> Sequence[Message]:
        """Return the messages of the first turn."""
        return self.begin_later(task).result().messages

    def step(self, answer: str) -> Step:
        """Return the environment's step after an answer."""
        return self.step_later(answer).result()

    def begin_later(self, task: Task) -> Future[Step]:
        """Begin the episode."""
        self._task, self._answers = task, []
        return self._family.turn_later(task, ())

    def step_later(self, answer: str) -> Future[Step]:
        """Send an answer and begin the step after it."""
        assert self._task is not None, "an environment is reset before its first step"
        self._answers.append(answer)
        return self._family.turn_later(self._task, tuple(self._answers))

    def close(self) -> None:
        """Do nothing: the process closes an episode when others need its place."""
