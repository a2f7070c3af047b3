"""The learner in this process."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from cogitate.errors import CheckpointError, UsageError
from cogitate.hardware import keep_freed_memory
from cogitate.loss import OBJECTIVES, TokenBatch
from cogitate.models import weights
from cogitate.models.decoder import Decoder
from cogitate.types import Datum, Weights
from cogitate.update import varlen
from cogitate.update.head import token_logprobs
from cogitate.update.tree import Pack, TreeAttention, num_tokens, pack
from cogitate.update.varlen import VarlenTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimiser:
    """Settings of AdamW (arXiv 1711.05101), of Muon, and of gradient clipping.

    Example: Optimiser(betas=(0.9, 0.95), weight_decay=0.0, clip=1.0)
    """

    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.0
    """Applies to matrices only, not to norms and biases."""
    clip: float = 1.0
    """Largest global norm of the gradient."""
    muon: bool = False
    """Update the layers' matrices by Muon (https://kellerjordan.github.io/posts/muon), scaled to
    AdamW's step size (arXiv 2502.16982, section 2.2); all else by AdamW."""


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
    ) -> None:
        """Learn those parameters of `decoder` that require a gradient.

        `pack_tokens` bounds the tokens of a micro-batch, and with it memory.
        """
        keep_freed_memory()
        self._decoder = decoder
        self._objective = OBJECTIVES[objective]
        self._settings = optimiser or Optimiser()
        self._pack_tokens = pack_tokens
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
        self._optimisers = _optimisers(self._masters, self._settings)
        self._watched: Pack | None = None
        """Rollouts of this batch on which `step_kl` is measured."""

    def forward_backward(self, data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
        """Accumulate the gradient of the mean loss over the learned tokens of the whole batch.

        Returns `loss`, `num_tokens` (learned) and `logprob` (mean, in nats). If the data have a
        sampler's log-probabilities, also the metrics of `_difference_metrics`.

        Raises:
            ValueError: every weight is 0.
        """
        learned = [[datum for datum in group if any(datum.weights)] for group in data]
        data = [group for group in learned if group]
        normaliser = sum(
            len(datum.weights) - datum.weights.count(0) for group in data for datum in group
        )
        if normaliser == 0:
            raise ValueError("the batch has no token to learn: every weight is 0")
        device = self._decoder.embedding.weight.device
        self._watched = None if data[0][0].logprobs is None else pack(data[:1], device)
        losses: list[Tensor] = []
        logprobs: list[Tensor] = []
        differences: list[Tensor] = []
        compared: list[Tensor] = []
        for groups in micro_batches(data, self._pack_tokens):
            packed = pack(groups, device)
            ours = self._logprobs(packed)
            sampled = ~packed.behaviour.isnan()
            behaviour = torch.where(sampled, packed.behaviour, ours.detach())
            batch = TokenBatch(
                logprobs=ours,
                behaviour=behaviour,
                advantages=packed.weights,
                sequence=packed.sequence,
            )
            loss = self._objective(batch).sum() / normaliser
            loss.backward()
            losses.append(loss.detach())
            logprobs.append(ours.detach())
            differences.append(ours.detach() - behaviour)
            compared.append(sampled)
        # Only now does the host wait for a GPU.
        metrics = {
            "loss": float(torch.stack(losses).sum()),
            "num_tokens": float(normaliser),
            "logprob": float(torch.cat(logprobs).mean()),
        }
        return metrics | _difference_metrics(torch.cat(differences)[torch.cat(compared)])

    def optim_step(self, lr: float) -> Mapping[str, float]:
        """Clip the gradient, step once at `lr` and clear; a non-finite gradient changes nothing.

        Returns `grad_norm` (before clipping), `lr`, and after rollouts `step_kl`: the KL
        divergence of the step on the first group, in nats a token (k3, see
        `_difference_metrics`).
        """
        masters = list(self._masters.values())
        norm = nn.utils.clip_grad_norm_(masters, self._settings.clip)
        if math.isfinite(norm):
            for optimiser in self._optimisers.values():
                for group in optimiser.param_groups:
                    group["lr"] = lr
                optimiser.step()
            # The fused step does not increment the versions by which blocked copies are renewed.
            torch.autograd.graph.increment_version(masters)
            self._write_back()
        for master in masters:
            master.grad = None
        return {"grad_norm": float(norm), "lr": lr} | self._moved()

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

    def _logprobs(self, packed: Pack) -> Tensor:
        decoder = self._decoder
        is_flat = varlen.serves(packed.tokens.device, decoder.dtype, decoder.arch.head_width)
        attention = VarlenTree(packed) if is_flat else TreeAttention(packed)
        hidden = decoder(packed.tokens, packed.positions, attention)
        return token_logprobs(
            hidden.index_select(0, packed.sources),
            decoder.head_weight,
            decoder.head_blocked,
            packed.targets,
            packed.temperatures,
        )

    @torch.no_grad()
    def _moved(self) -> dict[str, float]:
        watched, self._watched = self._watched, None
        if watched is None:
            return {}
        sampled = ~watched.behaviour.isnan()
        differences = (self._logprobs(watched) - watched.behaviour)[sampled]
        return {"step_kl": _difference_metrics(differences)["kl"]}

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


def _optimisers(
    masters: Mapping[str, nn.Parameter], settings: Optimiser
) -> dict[str, torch.optim.Optimizer]:
    """Return the optimisers, under their names in a checkpoint."""
    layered = {n for n, m in masters.items() if n.startswith("layers.") and m.dim() == 2}
    orthogonal = layered if settings.muon else set[str]()
    others = [master for name, master in masters.items() if name not in orthogonal]
    matrices = [master for master in others if master.dim() > 1]
    vectors = [master for master in others if master.dim() <= 1]
    optimisers: dict[str, torch.optim.Optimizer] = {
        "adam": torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": settings.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            betas=settings.betas,
            fused=True,
        )
    }
    if orthogonal:
        optimisers["muon"] = torch.optim.Muon(
            [masters[name] for name in sorted(orthogonal)],
            weight_decay=settings.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        )
    return optimisers


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


def _difference_metrics(differences: Tensor) -> dict[str, float]:
    """Return the distance of learner and sampler, from ln(learner / sampler) of each token.

    `kl` is the k3 estimator (http://joschu.net/blog/kl-approx.html), in nats.
    `effective_samples` is Kish's effective sample size with the ratios as weights, as a share.
    """
    if not len(differences):
        return {}
    sizes, ratios = differences.abs(), differences.exp()
    return {
        "logprob_diff_mean": float(sizes.mean()),
        "logprob_diff_p99": float(sizes.quantile(0.99)),
        "logprob_diff_max": float(sizes.max()),
        "kl": float((ratios - 1 - differences).mean()),
        "effective_samples": float(ratios.mean() ** 2 / ratios.square().mean()),
    }
