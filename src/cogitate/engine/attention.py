"""Attention of the engine: whole prompts (prefill), one prefill chunk, or one token a sequence."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cogitate.engine.kv_cache import TILE, Block, Slot
from cogitate.hardware.transfer import send
from cogitate.models.attention import grouped_attention
from cogitate.models.decoder import Decoder, Layer
from cogitate.models.kernels import native, products
from cogitate.models.kernels.quantized import QuantizedLinear


def cache_dtype(decoder: Decoder) -> torch.dtype:
    """Return the dtype of the cache: that of activations, but bfloat16 beside quantized weights.

    Their activations are in fp32, and attention takes most of its time to read the cache.
    """
    keys = torch.empty(0, decoder.arch.head_width, dtype=torch.bfloat16)
    is_quantized = any(isinstance(module, QuantizedLinear) for module in decoder.modules())
    with torch.no_grad():
        return keys.dtype if is_quantized and native.attends(keys) else decoder.norm.dtype


class Prefill:
    """Causal attention within each of several whole prompts; writes the cache.

    Tokens are packed [N] and padded to [prompts, longest] only for the cache and for torch, whose
    causal mask hides the padding after the end of each prompt.
    """

    def __init__(self, lengths: list[int], slots: list[list[Slot]], device: torch.device) -> None:
        """`slots[i]` are those of the sequences that start with prompt i."""
        self._lengths, self._longest = lengths, max(lengths)
        places = [i * self._longest + np.arange(n) for i, n in enumerate(lengths)]
        self._places = send(np.concatenate(places), device)
        starts = np.cumsum([0, *lengths[:-1]])
        self._tree = _tree(*([start, 0, start, lengths[i], i] for i, start in enumerate(starts)))
        prompts = [i for i, group in enumerate(slots) for _ in group]
        flat = [slot for group in slots for slot in group]
        self._segments: list[tuple[Block, Tensor, Tensor, int]] = []
        for block, own in _by_block(flat):
            places = send([flat[i].place for i in own], device)
            sources = send([prompts[i] for i in own], device)
            self._segments.append((block, places, sources, max(lengths[prompts[i]] for i in own)))

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend within each prompt; see `models.decoder.Attention`."""
        kept = self._segments[0][0].keys.dtype
        k_NKd, v_NKd = (x.to(kept) for x in (k_NKd, v_NKd))  # as they will be read
        k, v = (self._pad(x) for x in (k_NKd, v_NKd))
        for block, places, prompts, longest in self._segments:
            for own, new in zip(block.of(layer), (k, v), strict=True):
                own[places, :, :longest] = new[prompts, :, :longest]
        if native.attends_tree(k_NKd):
            return _in_tree(q_NHd, k_NKd, v_NKd, self._tree)
        q, k, v = self._pad(q_NHd), k.to(q_NHd.dtype), v.to(q_NHd.dtype)
        groups = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return mixed.transpose(1, 2).flatten(0, 1)[self._places].flatten(1)

    def _pad(self, x_Nhd: Tensor) -> Tensor:
        padded = x_Nhd.new_zeros(len(self._lengths) * self._longest, *x_Nhd.shape[1:])
        padded[self._places] = x_Nhd
        return padded.view(len(self._lengths), self._longest, *x_Nhd.shape[1:]).transpose(1, 2)


class Fill:
    """Attention of one prefill chunk of a long prompt, after what its slot already holds."""

    def __init__(self, slot: Slot, start: int, end: int) -> None:
        """Compute tokens `start` to `end`; those before are in the cache."""
        self._slot, self._before, self._own = slot, slice(start), slice(start, end)
        num = end - start
        self._tree = _tree([num, start, 0, num, 0])  # the chunk's own keys, then those before

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend to the prompt up to each token; see `models.decoder.Attention`."""
        both = [own[layer, self._slot.place] for own in self._slot.block.both]
        for own, new in zip(both, (k_NKd, v_NKd), strict=True):
            own[:, self._own] = new.transpose(0, 1)
        if native.attends_tree(both[0]):
            k, v = (torch.cat([own[:, self._own], own[:, self._before]], dim=1) for own in both)
            return _in_tree(q_NHd, k.transpose(0, 1), v.transpose(0, 1), self._tree)
        q = q_NHd.transpose(0, 1)[None]
        k, v = (own[None, :, : self._own.stop].to(q.dtype) for own in both)
        mixed = grouped_attention(q, k, v, self._bias)
        return mixed[0].transpose(0, 1).flatten(1)

    @cached_property
    def _bias(self) -> Tensor:
        """0 where a token has a key, -inf elsewhere: [1, 1, tokens, keys]."""
        column = torch.arange(self._own.stop, device=self._slot.block.bias.device)
        late = column > column[self._own.start :, None]
        bias = torch.zeros_like(late, dtype=torch.float32).masked_fill_(late, -torch.inf)
        return bias[None, None]


class Decode:
    """Attention of one new token for each sequence to its cached keys."""

    def __init__(self, slots: Sequence[Slot], lengths_B: Tensor, *, exact: bool) -> None:
        """`lengths_B`: the number of cached keys of each sequence; the new key follows them.

        Sequences fill the first rows of their blocks. In exact mode there is one block, and
        `lengths_B` may be longer than `slots` (padding).
        """
        self._attend = tiled_attention if exact else grouped_attention
        self._native = not exact and all(native.attends(slot.block.keys) for slot in slots[:1])
        self._lengths = lengths_B
        self._segments: list[tuple[Block, Tensor | None, Tensor]] = []
        self._rows = torch.arange(len(lengths_B), device=lengths_B.device)
        for block, own in _by_block(slots):
            if len(own) == len(slots) and own == sorted(own):
                self._segments.append((block, None, lengths_B))
            else:
                order = send(own, lengths_B.device)
                self._segments.append((block, order, lengths_B[order]))

    def advance(self) -> None:
        """Prepare the next token of the sequences: `lengths_B` may have changed in place."""
        self._segments = [
            (block, order, self._lengths if order is None else self._lengths[order])
            for block, order, _ in self._segments
        ]
        for block, _, lengths in self._segments:
            block.bias[self._rows[: len(lengths)], lengths] = 0.0

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend to all tokens of each sequence; see `models.decoder.Attention`."""
        mixed_ND = torch.empty_like(q_NHd).flatten(1)
        for block, order, lengths in self._segments:
            if self._native:
                cached = native.Cached(*block.of(layer), order, lengths)
                native.attend((q_NHd, k_NKd, v_NKd), cached, mixed_ND)
                continue
            if order is None:
                return self._in_block(block, layer, lengths, q_NHd, k_NKd, v_NKd)
            own = (x[order] for x in (q_NHd, k_NKd, v_NKd))
            mixed_ND[order] = self._in_block(block, layer, lengths, *own)
        return mixed_ND

    def all_layers(
        self, layers: Sequence[Layer], x_ND: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> bool:
        """Decode all rows in one call; see `models.decoder.AllLayers`.

        It is left undone where oneDNN multiplies faster by both matrices of the MLP.
        """
        arch = layers[0].arch
        if not self._native or any(width % 16 for width in (arch.width, arch.mlp_width)):
            return False
        kind, dtype = layers[0].kind, layers[0].attn_norm.dtype
        shapes = (arch.width, 2 * arch.mlp_width), (arch.mlp_width, arch.width)
        ways = [products.way(kind, dtype, len(x_ND), *shape) for shape in shapes]
        if set(ways) == {"onednn"}:
            return False
        weights = [layer.weights for layer in layers]  # of a plain layer, packed here
        cached = [
            native.Cached(*block.both, order, lengths) for block, order, lengths in self._segments
        ]
        native.decode(weights, x_ND, rotary, cached, arch, way=ways[0])
        return True

    def _in_block(
        self, block: Block, layer: int, lengths: Tensor, q: Tensor, k: Tensor, v: Tensor
    ) -> Tensor:
        num_rows = len(lengths)
        rows = self._rows[:num_rows]
        keys, values = block.of(layer)
        keys[rows, :, lengths] = k
        values[rows, :, lengths] = v
        bias = block.bias[:num_rows, None, None]
        return self._attend(q[:, :, None], keys[:num_rows], values[:num_rows], bias).flatten(1)


def _tree(*rows: list[int]) -> native.Tree:
    """Return rows of queries, each of its own prompt; see `native.Tree`."""
    return native.Tree(torch.tensor(rows).T.contiguous(), len(rows))


def _in_tree(q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor, tree: native.Tree) -> Tensor:
    """Return attention [N, H * d] in C, with queries in the dtype of the cache."""
    return native.attend_tree((q_NHd.to(k_NKd.dtype), k_NKd, v_NKd), tree).to(q_NHd.dtype)


def _by_block(slots: Sequence[Slot]) -> list[tuple[Block, list[int]]]:
    """Return each block with the indices of its slots, sorted by their rows in the block."""
    numbers: dict[Block, list[int]] = {}
    for number, slot in enumerate(slots):
        numbers.setdefault(slot.block, []).append(number)
    return [
        (block, sorted(own, key=lambda number: slots[number].place))
        for block, own in numbers.items()
    ]


def tiled_attention(q_BH1d: Tensor, k_BKTd: Tensor, v_BKTd: Tensor, bias_B11T: Tensor) -> Tensor:
    """Attention [B, H, 1, d] whose arithmetic does not depend on the number of tiles.

    Every product has the shape of one tile, and tiles are added in order. A masked tile adds
    exact zeros, so that a row's result is bit-identical in every batch.
    """
    num_rows, num_kv, columns, width = k_BKTd.shape
    tiles = columns // TILE
    q = q_BH1d.reshape(num_rows * num_kv, -1, width) * width**-0.5
    bias = bias_B11T.expand(-1, num_kv, -1, -1).flatten(0, 1)
    k, v = k_BKTd.flatten(0, 1), v_BKTd.flatten(0, 1)
    scores = [
        torch.bmm(q, k[:, i * TILE : (i + 1) * TILE].transpose(1, 2))
        + bias[:, :, i * TILE : (i + 1) * TILE]
        for i in range(tiles)
    ]
    top = torch.stack([s.amax(dim=-1, keepdim=True) for s in scores]).amax(dim=0)
    mixed, total = q.new_zeros(q.shape), q.new_zeros(*q.shape[:2], 1)
    for i, score in enumerate(scores):
        weight = (score - top).exp()
        total = total + weight.sum(dim=-1, keepdim=True)
        mixed = mixed + torch.bmm(weight, v[:, i * TILE : (i + 1) * TILE])
    return (mixed / total).view(q_BH1d.shape)
