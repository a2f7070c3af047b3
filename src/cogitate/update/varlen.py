"""Attention of a `Pack` on a GPU, without a mask: each row is a segment of varying length.

A prompt attends to itself; a completion to its prompt and itself. Where a segment has more keys
than queries, flash attention's causal mask is aligned at the end, and so is the tree's: a row's
last query sees all its keys. Keys of a prompt are gathered once for each of its completions.
"""

import inspect
from collections.abc import Callable
from functools import cache, partial
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cogitate.hardware.transfer import send
from cogitate.update.tree import Ints, Pack, Rows

Attend = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, tuple[int, int]], Tensor]
"""From queries [N, H, d], keys and values [M, K, d], both bounds, and the longest of both."""


class VarlenTree:
    """Attention within a `Pack`, for 16-bit numbers; see `models.decoder.Attention`.

    It equals `TreeAttention`.
    """

    def __init__(self, packed: Pack):
        """Compute the bounds of the segments."""
        rows, device = Rows.of(packed), packed.tokens.device
        seen = rows.before + rows.own
        self._sources = send(rows.keys, device)
        self._queries, self._keys = (_bounds(each, device) for each in (rows.own, seen))
        self._longest = int(rows.own.max()), int(seen.max())

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Return [N, H * d]."""
        del layer
        k, v = (x.index_select(0, self._sources) for x in (k_NKd, v_NKd))
        attend = _segment_by_segment if q_NHd.device.type == "cpu" else _flash()
        return attend(q_NHd, k, v, self._queries, self._keys, self._longest).flatten(1)


def _bounds(lengths: Ints, device: torch.device) -> Tensor:
    """Return the ends of segments behind a 0, [R + 1] int32."""
    return send(np.append(0, lengths.cumsum()), device, torch.int32)


@cache
def serves(device: torch.device, dtype: torch.dtype, head_width: int) -> bool:
    """Return whether flash attention is there: for 16-bit numbers, since NVIDIA's Ampere."""
    if device.type == "cpu" or dtype == torch.float32 or head_width % 8 or head_width > 256:
        return False
    return device.type != "cuda" or (
        torch.backends.cuda.is_flash_attention_available()
        and torch.cuda.get_device_capability(device) >= (8, 0)
    )


@cache
def _flash() -> Attend:
    """Return torch's varlen_attn, whose arguments differ between its versions."""
    from torch.nn.attention.varlen import varlen_attn

    known = inspect.signature(varlen_attn).parameters
    causal = {"is_causal": True} if "is_causal" in known else {"window_size": (-1, 0)}
    shared = {"enable_gqa": True} if "enable_gqa" in known else {}
    call = partial(cast("Callable[..., Tensor]", varlen_attn), **causal, **shared)

    def attend(
        q: Tensor, k: Tensor, v: Tensor, queries: Tensor, keys: Tensor, longest: tuple[int, int]
    ) -> Tensor:
        if not shared:
            groups = q.shape[1] // k.shape[1]
            k, v = (x.repeat_interleave(groups, dim=1) for x in (k, v))
        return call(q, k, v, queries, keys, *longest)

    return attend


def _segment_by_segment(
    q: Tensor, k: Tensor, v: Tensor, queries: Tensor, keys: Tensor, longest: tuple[int, int]
) -> Tensor:
    """Return the same on a processor: the reference."""
    del longest
    groups, mixed = q.shape[1] // k.shape[1], []
    sizes = (bounds.diff().tolist() for bounds in (queries, keys, keys))
    for own in zip(*(x.split(size) for x, size in zip((q, k, v), sizes, strict=True)), strict=True):
        query, key, value = (x.transpose(0, 1)[None] for x in own)
        size, seen = query.shape[2], key.shape[2]
        allowed = torch.ones(size, seen, dtype=torch.bool).tril(seen - size)
        key, value = (x.repeat_interleave(groups, dim=1) for x in (key, value))
        out = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        mixed.append(out[0].transpose(0, 1))
    return torch.cat(mixed)
