"""A sampler that follows a script: the fake for tests of everything above it."""

from collections import deque
from collections.abc import Callable, Sequence

from cogitate.protocols import Poll, Then
from cogitate.thinking.machine import Markers, Phase, ThinkingMachine
from cogitate.types import Request, Rollout, Weights


class ScriptedSampler:
    """Answers each request with a script's tokens, under the real thinking machine.

    Example: ScriptedSampler(lambda request: [7, 8, 10, 3, 2], markers, context=64)
    """

    def __init__(
        self, script: Callable[[Request], Sequence[int]], markers: Markers, *, context: int = 4096
    ) -> None:
        """`script` gives the tokens that the model would sample, without forced ones."""
        self._script, self._markers, self._context = script, markers, context
        self._version = 0

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return a rollout for each request; it is truncated if its script ends too early."""
        rollouts: list[Rollout] = []
        waiting = deque(requests)
        while True:
            waiting.extend(() if poll is None else poll(len(waiting)))
            if not waiting:
                return rollouts
            rollouts.append(self._roll(waiting.popleft()))
            waiting.extend(() if then is None else then(rollouts[-1]))

    def load_weights(self, weights: Weights) -> None:
        """Record the version; a script has no weights."""
        self._version = weights.version

    def _roll(self, request: Request) -> Rollout:
        room = self._context - len(request.prompt)
        machine = ThinkingMachine(request.prompt, request.budget, self._markers, room)
        script = iter(self._script(request))
        while machine.phase is not Phase.DONE:
            token = machine.forced if machine.forced is not None else next(script, None)
            if token is None:
                break
            machine.push(machine.allowed(token))
        num = len(machine.sampled)
        versions = ((self._version, num),) if num else ()
        return machine.rollout(request, (0.0,) * num, versions, 0.0)
