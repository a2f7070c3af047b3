"""The learner in this process."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from cogitate.errors import CheckpointError, UsageError
from cogitate.hardware import keep_freed_memory, return_excess_memory
from cogitate.models import weights
from cogitate.models.decoder import Decoder
from cogitate.types import Datum, Weights
from cogitate.update import scored
from cogitate.update.optimiser import Optimiser, optimisers, stepped
from cogitate.update.scored import Part, Scored
from cogitate.update.tree import Pack, num_tokens, pack


class LocalLearner:
    """Updates the decoder's own weights; bf16 weights have fp32 masters.

    Example: learner.forward_backward(groups); learner.optim_step(lr=1e-5)
    """

    def __init__(
        self,
        decoder: Decoder,
        *,
        objective: str = "reinforce",
        optimiser: Optimiser | None = None,
        pack_tokens: int = 4096,
        on_policy: bool = True,
    ) -> None:
        """Learn those parameters of `decoder` that require a gradient.

        `pack_tokens` bounds the tokens of a micro-batch, and with it memory. Without `on_policy`
        rollouts may be older than the weights, so that `step_kl` is not measured by them.
        """
        keep_freed_memory()
        self._decoder, self._scored = decoder, Scored(decoder)
        self._objective = objective
        self._settings = optimiser or Optimiser()
        self._pack_tokens, self._on_policy = pack_tokens, on_policy
        self._params = {n: p for n, p in decoder.named_parameters() if p.requires_grad}
        if not self._params:
            raise UsageError("the decoder has no weight to learn: it was loaded for sampling only")
        self._masters = {
            name: p if p.dtype == torch.float32 else nn.Parameter(p.detach().float())
            for name, p in self._params.items()
        }
        self._hooks = [
            p.register_post_accumulate_grad_hook(_collect_into(self._masters[name]))
            for name, p in self._params.items()
            if self._masters[name] is not p
        ]
        self._optimisers = optimisers(self._masters, self._settings)
        self._watched: Pack | None = None
        """Rollouts of this batch on which `step_kl` is measured."""

    def forward_backward(self, data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
        """Accumulate the gradient of the mean loss over the learned tokens of the whole batch.

        Returns `scored.metrics`: `loss`, `num_tokens` (learned), `logprob` (mean, in nats), and if
        the data have a sampler's log-probabilities also the distance from them.

        Raises:
            ValueError: every weight is 0.
        """
        data = scored.with_signal(data)
        normaliser, parts = scored.num_learned(data), list[Part]()
        device = self._decoder.embedding.weight.device
        self._watched = None
        if data[0][0].logprobs is not None:
            first = micro_batches(data[:1], self._pack_tokens)[0]
            self._watched = self._watch(pack(first, device))
        for groups in micro_batches(data, self._pack_tokens):
            packed = pack(groups, device)
            loss, part = scored.loss_of(packed, self._scored(packed), self._objective)
            (loss / normaliser).backward()
            parts.append(part)
        return scored.metrics(parts, normaliser)  # only now does the host wait for a GPU

    def optim_step(self, lr: float) -> Mapping[str, float]:
        """Clip the gradient, step once at `lr` and clear; a non-finite gradient changes nothing.

        Returns `grad_norm` (before clipping), `lr`, and after rollouts `step_kl`: the KL
        divergence of the step on the first group's first pack, in nats a token.
        """
        masters = list(self._masters.values())
        norm = nn.utils.clip_grad_norm_(masters, self._settings.clip)
        if stepped(self._optimisers.values(), norm, lr):
            # The fused step does not increment the versions by which blocked copies are renewed.
            torch.autograd.graph.increment_version(masters)
            self._write_back()
        for master in masters:
            master.grad = None
        watched, self._watched = self._watched, None
        moved = {} if watched is None else self._moved(watched)
        return_excess_memory()
        return {"grad_norm": float(norm), "lr": lr} | moved

    def publish(self, version: int) -> Weights:
        """Return the decoder's own weights; a sampler that shares them copies nothing."""
        return weights.publish(self._decoder, version)

    def save(self, folder: Path) -> None:
        """Write masters and optimiser state to `folder`/learner.pt.

        Raises:
            CheckpointError: the file cannot be written, for example on a full disk.
        """
        states = {name: optimiser.state_dict() for name, optimiser in self._optimisers.items()}
        state = {"masters": dict(self._masters), **states}
        try:
            torch.save(state, folder / "learner.pt")
        except (RuntimeError, OSError) as error:  # torch reports a full disk as a RuntimeError
            raise CheckpointError(f"{folder / 'learner.pt'} cannot be written: {error}") from error

    def load(self, folder: Path) -> None:
        """Read what `save` wrote, to the bit; an accumulated gradient is dropped."""
        state = torch.load(folder / "learner.pt", weights_only=True, map_location="cpu")
        with torch.no_grad():
            for name, master in self._masters.items():
                master.copy_(state["masters"][name])
                master.grad = None
        for name, optimiser in self._optimisers.items():
            optimiser.load_state_dict(state[name])
        self._write_back()

    @torch.no_grad()
    def _watch(self, packed: Pack) -> Pack:
        return packed if self._on_policy else scored.as_now(packed, self._scored(packed))

    @torch.no_grad()
    def _moved(self, watched: Pack) -> dict[str, float]:
        return scored.step_kl(watched, self._scored(watched))

    @torch.no_grad()
    def _write_back(self) -> None:
        for name, param in self._params.items():
            if self._masters[name] is not param:
                param.copy_(self._masters[name])


def micro_batches(data: Sequence[Sequence[Datum]], pack_tokens: int) -> list[list[Sequence[Datum]]]:
    """Split groups, in order, into packs of at most `pack_tokens` tokens (one datum at least).

    A group larger than a pack is split, and its prompt is computed once for each part.
    """
    batches: list[list[Sequence[Datum]]] = []
    room = 0
    for part in (part for group in data for part in _parts(group, pack_tokens)):
        size = num_tokens(part)
        if not batches or size > room:
            batches.append([])
            room = pack_tokens
        batches[-1].append(part)
        room -= size
    return batches


def _parts(group: Sequence[Datum], pack_tokens: int) -> list[Sequence[Datum]]:
    if num_tokens(group) <= pack_tokens or len(group) == 1:
        return [group]
    half = len(group) // 2
    return _parts(group[:half], pack_tokens) + _parts(group[half:], pack_tokens)


def _collect_into(master: nn.Parameter):
    """Return a hook that adds an accumulated gradient to the fp32 master's."""

    def collect(param: nn.Parameter) -> None:
        assert param.grad is not None
        if master.grad is None:
            master.grad = param.grad.float()
        else:
            master.grad += param.grad
        param.grad = None

    return collect
