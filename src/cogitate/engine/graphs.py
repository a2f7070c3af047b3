"""Decoding on a GPU: one token of each row, whose work CUDA graphs replay.

A small model's step is a thousand kernels of a few microseconds: to launch them takes longer than
to run them. A graph launches them as one. It reads and writes fixed addresses, so the cache is
static, rows are padded to a bucket, and keys are read up to a bucket of columns.
"""

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from cogitate.engine.attention import tiled_attention
from cogitate.engine.kv_cache import LEAST_COLUMNS, StaticBlock, bucket
from cogitate.models.attention import grouped_attention
from cogitate.models.decoder import Decoder

SWITCH = "COGITATE_GRAPHS"
"""Environment variable; 0 launches each kernel by itself."""
_WARM_UPS = 2
"""Runs before a capture, in which libraries choose their kernels."""


def serves(device: torch.device) -> bool:
    """Return whether to decode this way on a device."""
    return device.type != "cpu"


def replays(device: torch.device) -> bool:
    """Return whether graphs are captured and replayed there."""
    return device.type == "cuda" and os.environ.get(SWITCH) != "0"


class Graphs:
    """The hidden states of the running rows' last tokens.

    Example: Graphs(decoder, block).decode(tokens_B, positions_B, num=5, columns=300)
    """

    def __init__(self, decoder: Decoder, block: StaticBlock, *, exact: bool = False) -> None:
        """Decode with a block, whose last row takes what padding writes.

        In `exact` mode every step has all rows, and attends in fixed tiles.
        """
        self._decoder, self._block, self._exact = decoder, block, exact
        self._captured: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        self._place: tuple[object, ...] | None = None
        """Addresses and shape of keys and values when graphs were captured."""
        self._pool: Any = None
        """Handle of the memory that graphs share."""

    @cached_property
    def _side(self) -> torch.cuda.Stream:
        return torch.cuda.Stream()

    def decode(
        self, tokens_B: Tensor, positions_B: Tensor, num: int, columns: int, *, captures: bool
    ) -> Tensor:
        """Return the hidden states [num, D].

        Args:
            tokens_B: last token of each row; always the same memory.
            positions_B: their positions; 0 where a row has no sequence. Always the same memory.
            num: rows that have a sequence.
            columns: more than the largest position.
            captures: whether there is time to capture a graph where there is none yet.
        """
        rows = len(tokens_B) if self._exact else min(bucket(num, 1), len(tokens_B))
        self._block.need(columns)
        columns = min(bucket(columns, LEAST_COLUMNS), self._block.keys.shape[3])
        attend = tiled_attention if self._exact else grouped_attention

        def run() -> Tensor:
            positions = positions_B[:rows]
            attention = StaticDecode(self._block, positions, columns, attend)
            return self._decoder(tokens_B[:rows], positions, attention)

        key = rows, columns
        if not replays(tokens_B.device):
            return run()[:num]
        self._forget_if_moved()
        if key not in self._captured:
            if not captures:
                return run()[:num]
            self._captured[key] = self._capture(run)
        graph, hidden = self._captured[key]
        graph.replay()
        return hidden[:num].clone()  # the next replay of any graph may overwrite it

    def _forget_if_moved(self) -> None:
        """Drop all graphs if the block has moved."""
        keys, values = self._block.both
        place = keys.data_ptr(), values.data_ptr(), keys.shape
        if place != self._place:
            self._captured.clear()
            self._place, self._pool = place, None

    def _capture(self, run: Callable[[], Tensor]) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        self._side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._side):
            for _ in range(_WARM_UPS):
                run()
        torch.cuda.current_stream().wait_stream(self._side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._side):
            hidden = run()
        self._pool = self._pool or graph.pool()
        return graph, hidden


class StaticDecode:
    """Attention of one new token of each row; what changes is read on the device."""

    def __init__(
        self, block: StaticBlock, positions_B: Tensor, columns: int, attend: Callable[..., Tensor]
    ) -> None:
        """Attend to the keys before `columns` by `attend`; rows at position 0 are padding."""
        self._block, self._positions, self._columns = block, positions_B, columns
        self._attend = attend
        device = positions_B.device
        rows = torch.arange(len(positions_B), device=device)
        self._places = torch.where(positions_B > 0, rows, len(block.keys[0]) - 1)
        late_BT = torch.arange(columns, device=device) > positions_B[:, None]
        bias_BT = torch.zeros(late_BT.shape, dtype=block.keys.dtype, device=device)
        self._bias = bias_BT.masked_fill_(late_BT, -torch.inf)

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend to all tokens of each sequence; see `models.decoder.Attention`."""
        num = len(q_NHd)
        for own, new in zip(self._block.of(layer), (k_NKd, v_NKd), strict=True):
            own[self._places, :, self._positions] = new
        keys, values = (own[:num, :, : self._columns] for own in self._block.of(layer))
        mixed = self._attend(q_NHd[:, :, None], keys, values, self._bias[:, None, None])
        return mixed.flatten(1)
