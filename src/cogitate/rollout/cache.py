"""The key-value cache, and the two ways in which the sampler's tokens attend."""

import torch
from torch import Tensor
from torch.nn import functional as F

from cogitate.models.architecture import Architecture
from cogitate.models.attention import grouped_attention
from cogitate.rollout.prefixes import Prefix

TILE = 32
"""Columns by which the cache grows and shrinks, and that exact mode attends to at once."""


class Cache:
    """Keys and values of the running rows: [layers, rows, kv heads, columns, head width].

    Rows 0 to n - 1 are in use; a row that leaves is replaced by the last one.
    """

    def __init__(self, arch: Architecture, rows: int, dtype: torch.dtype, device: torch.device):
        """Hold `rows` rows; columns are added as they are needed."""
        self._shape = (arch.num_layers, rows, arch.num_kv_heads, 0, arch.head_width)
        self.keys = torch.empty(self._shape, dtype=dtype, device=device)
        self.values = torch.empty(self._shape, dtype=dtype, device=device)
        self.bias = torch.full((rows, 0), -torch.inf, device=device)
        """0 where a row has a key, -inf elsewhere: [rows, columns]."""

    @property
    def columns(self) -> int:
        """Positions that a row can hold now."""
        return self.keys.shape[3]

    def fit(self, columns: int) -> None:
        """Hold `columns` positions in whole tiles, no more: products want contiguous blocks."""
        more = -(-columns // TILE) * TILE - self.columns
        if more:
            self.keys = F.pad(self.keys, (0, 0, 0, more))
            self.values = F.pad(self.values, (0, 0, 0, more))
            self.bias = F.pad(self.bias, (0, more), value=-torch.inf)

    def move(self, source: int, target: int, length: int) -> None:
        """Copy row `source` over row `target`."""
        self.keys[:, target, :, :length] = self.keys[:, source, :, :length]
        self.values[:, target, :, :length] = self.values[:, source, :, :length]
        self.bias[target] = self.bias[source]

    def read(self, row: int, tokens: tuple[int, ...]) -> Prefix:
        """Return a copy of what `row` holds of its first tokens."""
        own = (slice(None), row, slice(None), slice(0, len(tokens)))
        return Prefix(tokens=tokens, keys=self.keys[own].clone(), values=self.values[own].clone())

    def write(self, row: int, prefix: Prefix) -> None:
        """Put what was read before into `row`."""
        own = (slice(None), row, slice(None), slice(0, len(prefix.tokens)))
        self.keys[own], self.values[own] = prefix.keys, prefix.values

    def open(self, row: int, length: int) -> None:
        """Say that `row` starts with `length` keys."""
        self.bias[row] = -torch.inf
        self.bias[row, :length] = 0.0


class Prefill:
    """Whole prompts, each causal and alone; their keys and values go into the cache.

    Tokens are packed [N]; they are padded to [prompts, longest] here alone, where causality
    hides the padding behind the end of each prompt.
    """

    def __init__(self, cache: Cache, lengths: list[int], rows: list[list[int]]):
        """`rows[i]` are the cache rows that start with prompt i."""
        self._cache, self._lengths, self._longest = cache, lengths, max(lengths)
        starts = torch.arange(len(lengths)) * self._longest
        self._places = torch.cat(
            [start + torch.arange(n) for start, n in zip(starts, lengths, strict=True)]
        )
        self._rows = torch.tensor([row for group in rows for row in group])
        self._prompts = torch.tensor([i for i, group in enumerate(rows) for _ in group])

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend within each prompt; see `models.decoder.Attention`."""
        q, k, v = (self._pad(x) for x in (q_NHd, k_NKd, v_NKd))
        self._cache.keys[layer, self._rows, :, : self._longest] = k[self._prompts]
        self._cache.values[layer, self._rows, :, : self._longest] = v[self._prompts]
        groups = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return mixed.transpose(1, 2).flatten(0, 1)[self._places].flatten(1)

    def _pad(self, x_Nhd: Tensor) -> Tensor:
        padded = x_Nhd.new_zeros(len(self._lengths) * self._longest, *x_Nhd.shape[1:])
        padded[self._places] = x_Nhd
        return padded.view(len(self._lengths), self._longest, *x_Nhd.shape[1:]).transpose(1, 2)


class Fill:
    """The next stretch of one long prompt, behind what its row of the cache holds already."""

    def __init__(self, cache: Cache, row: int, start: int, end: int) -> None:
        """Tokens `start` to `end` are computed; those before are there."""
        self._cache, self._row, self._own = cache, row, slice(start, end)
        column = torch.arange(end)
        late = column > torch.arange(start, end)[:, None]
        self._bias = torch.zeros(late.shape).masked_fill_(late, -torch.inf)[None, None]

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend to the prompt so far; see `models.decoder.Attention`."""
        keys, values = self._cache.keys[layer, self._row], self._cache.values[layer, self._row]
        keys[:, self._own] = k_NKd.transpose(0, 1)
        values[:, self._own] = v_NKd.transpose(0, 1)
        seen = slice(0, self._own.stop)
        q = q_NHd.transpose(0, 1)[None]
        mixed = grouped_attention(q, keys[None, :, seen], values[None, :, seen], self._bias)
        return mixed[0].transpose(0, 1).flatten(1)


class Decode:
    """One new token for each of the first n rows, against the cache."""

    def __init__(self, cache: Cache, lengths_B: Tensor, *, exact: bool) -> None:
        """`lengths_B`: keys that each row has already; the new one is written behind them."""
        self._cache, self._lengths, self._exact = cache, lengths_B, exact
        self._rows = torch.arange(len(lengths_B))
        cache.bias[self._rows, lengths_B] = 0.0
        self._bias = cache.bias[: len(lengths_B), None, None]

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend to everything that the row has; see `models.decoder.Attention`."""
        keys, values = self._cache.keys[layer], self._cache.values[layer]
        keys[self._rows, :, self._lengths] = k_NKd
        values[self._rows, :, self._lengths] = v_NKd
        attend = tiled_attention if self._exact else grouped_attention
        num_rows = len(q_NHd)
        return attend(q_NHd[:, :, None], keys[:num_rows], values[:num_rows], self._bias).flatten(1)


def tiled_attention(q_BH1d: Tensor, k_BKTd: Tensor, v_BKTd: Tensor, bias_B11T: Tensor) -> Tensor:
    """Attention [B, H, 1, d] whose arithmetic does not depend on how many tiles there are.

    Every product has the shape of one tile, and tiles are added in order: a masked tile adds
    exact zeros, so that a row's result is the same to the bit in whatever batch it stands.
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
