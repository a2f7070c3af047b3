"""The rollouts of one call of a sampler, as they come in, and what is still to be asked."""

from collections import deque
from collections.abc import Sequence

from cogitate.protocols import Then
from cogitate.types import Request, Rollout


class Answers:
    """Requests and their rollouts, each at its place among the results.

    Example: answers = Answers(requests, then); place, request = answers.waiting.popleft();
    answers.end(place, rollout); answers.results()
    """

    def __init__(self, requests: Sequence[Request], then: Then | None) -> None:
        """Ask the first requests; `then` is called with each rollout, and asks more."""
        self._then = then
        self._num_asked = 0
        self._rollouts: dict[int, Rollout] = {}
        self.waiting: deque[tuple[int, Request]] = deque()
        """Places and requests that nobody has begun."""
        self.ask(requests)

    @property
    def num_left(self) -> int:
        """Rollouts that are still to come."""
        return self._num_asked - len(self._rollouts)

    def ask(self, more: Sequence[Request]) -> None:
        """Ask further requests."""
        self.waiting.extend(enumerate(more, self._num_asked))
        self._num_asked += len(more)

    def end(self, place: int, rollout: Rollout) -> None:
        """Take a rollout, and ask what follows it."""
        self._rollouts[place] = rollout
        self.ask(() if self._then is None else self._then(rollout))

    def results(self) -> list[Rollout]:
        """Return all rollouts, in the order in which they were asked."""
        return [self._rollouts[place] for place in range(self._num_asked)]
