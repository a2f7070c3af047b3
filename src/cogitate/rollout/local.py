"""The sampler in this process: a thin loop over the engine."""

from collections.abc import Callable, Sequence

from cogitate.models.decoder import Decoder
from cogitate.rollout.engine import Engine
from cogitate.rollout.thinking import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.types import Request, Rollout

CUE = " Wait,"
"""What a thought goes on with where it would have closed too early."""


class LocalSampler:
    """Rolls requests out on this machine, `rows` at a time.

    Example: LocalSampler(policy.decoder, markers(policy.tokenizer)).sample([request])
    """

    def __init__(
        self, decoder: Decoder, markers: Markers, *, rows: int = 64, exact: bool = False
    ) -> None:
        """Sample with `decoder`'s own weights; see `Engine` for `exact`."""
        self._engine = Engine(decoder, markers, rows=rows, exact=exact)

    def sample(
        self, requests: Sequence[Request], progress: Callable[[int], None] | None = None
    ) -> list[Rollout]:
        """Roll every request out to its end; `progress` is told how many are done."""
        places = {self._engine.submit(request): i for i, request in enumerate(requests)}
        rollouts: dict[int, Rollout] = {}
        while len(rollouts) < len(requests):
            for event in self._engine.step():
                if event.rollout is not None:
                    rollouts[places[event.request_id]] = event.rollout
                    if progress is not None:
                        progress(len(rollouts))
        return [rollouts[i] for i in range(len(requests))]

    def load_weights(self, weights: Decoder, version: int) -> None:
        """Sample from `weights` from now on."""
        self._engine.load_weights(weights, version)


def markers(tokenizer: Tokenizer) -> Markers:
    """Return how this tokenizer's model opens and closes thoughts and ends answers."""
    if tokenizer.think_open is None or tokenizer.think_close is None:
        return Markers(ends=tokenizer.eos)
    return Markers(
        open=(tokenizer.think_open,),
        close=(tokenizer.think_close,),
        cue=tuple(tokenizer.encode(CUE)),
        ends=tokenizer.eos,
    )
