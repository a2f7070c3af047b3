"""The key-value cache: sequences of similar length share a block.

A batched product is as long as its longest sequence. So sequences of up to `SHORT` positions share
one block, and each doubling beyond has its own: a long conversation costs the others neither time
nor memory. On a GPU all share one block, in which each row is as long as the longest.
"""

import sys

import torch
from torch import Tensor

from cogitate.engine.prefix_cache import Prefix
from cogitate.models.architecture import Architecture

TILE = 32
"""Columns by which the block of short sequences grows, and of a tile in exact mode."""
SHORT = 256
"""Most positions of a short sequence."""
LEAST_COLUMNS = 128
"""Of a static block."""
_AHEAD = 1024
"""Most positions for which a static block prepares before they are needed."""
_OVERSIZED, _KEPT = 4, 4096
"""A static block is freed if it is so many times as long as needed, and longer than `_KEPT`."""


class Slot:
    """The place of one sequence: a block and a row of it, which changes when others leave.

    Example: slot = cache.slot(40); slot.block.keys[:, slot.place] is [layers, kv heads, columns,
    head width]
    """

    __slots__ = ("block", "columns", "place")

    def __init__(self, block: "Block", place: int, columns: int) -> None:
        """Refer to row `place` of a block, with room for `columns` positions."""
        self.block, self.place, self.columns = block, place, columns

    def open(self, length: int) -> None:
        """Unmask the first `length` keys, and mask the others."""
        self.block.open(self.place, length)

    def leave(self) -> None:
        """Free the slot; the last row of its block moves there."""
        self.block.leave(self)

    def read(self, tokens: tuple[int, ...]) -> Prefix:
        """Return a copy of the keys and values of the sequence's first tokens."""
        keys, values = (own[:, self.place, :, : len(tokens)] for own in self.block.both)
        return Prefix(tokens=tokens, keys=keys.clone(), values=values.clone())

    def write(self, prefix: Prefix) -> None:
        """Write a prefix that was read before to the slot's first positions."""
        for own, known in zip(self.block.both, (prefix.keys, prefix.values), strict=True):
            own[:, self.place, :, : known.shape[2]] = known


class Block:
    """Keys and values of sequences of similar length.

    Their shape is [layers, rows, kv heads, columns, head width]. Rows 0 to n - 1 belong to the n
    `slots`; there may be more.
    """

    def __init__(self, template: Tensor, tile: int, max_rows: int, min_rows: int = 0) -> None:
        """Create an empty block; `template` has that shape, with 0 rows and columns."""
        self.keys, self.values = template, template
        self.bias = template.new_zeros(0, 0)
        """0 where a row has a key, -inf elsewhere: [rows, columns]."""
        self.slots: list[Slot] = []
        self._tile, self._max_rows, self._min_rows = tile, max_rows, min_rows

    @property
    def both(self) -> tuple[Tensor, Tensor]:
        """Keys and values."""
        return self.keys, self.values

    def of(self, layer: int) -> tuple[Tensor, Tensor]:
        """Return keys and values of one layer."""
        return self.keys[layer], self.values[layer]

    def slot(self, columns: int) -> Slot:
        """Return a new slot, with room to the end of its tile; `fit` allocates its memory."""
        self.slots.append(Slot(self, len(self.slots), self.rounded(columns)))
        return self.slots[-1]

    def rounded(self, columns: int) -> int:
        """Return the columns up to the end of a tile."""
        return -(-columns // self._tile) * self._tile

    def open(self, row: int, length: int) -> None:
        """Unmask the first `length` keys of a row, and mask the others."""
        self.bias[row] = -torch.inf
        self.bias[row, :length] = 0.0

    def leave(self, slot: Slot) -> None:
        """Free a slot; the last row moves there."""
        last = self.slots.pop()
        if last is not slot:
            for own in self.both:
                own[:, slot.place] = own[:, last.place]
            self.bias[slot.place] = self.bias[last.place]
            self.slots[slot.place], last.place = last, slot.place
        if not self.slots:
            self._empty()

    def fit(self) -> None:
        """Resize to what the slots need, with little to spare, since blocks are contiguous.

        Rows double when they are too few, and columns grow by tiles; both shrink when many more
        are held than needed.
        """
        num, rows = max(len(self.slots), self._min_rows), len(self.bias)
        if not num <= rows <= 4 * num:
            rows = min(1 << max(0, num - 1).bit_length(), self._max_rows)
        columns = self.keys.shape[3]
        tiles = -(-max((slot.columns for slot in self.slots), default=0) // self._tile)
        if not tiles * self._tile <= columns < 2 * tiles * self._tile:
            columns = tiles * self._tile
        if (rows, columns) != self.bias.shape:
            self._resize(rows, columns)

    def _empty(self) -> None:
        self._resize(0, 0)

    def _resize(self, rows: int, columns: int) -> None:
        self.keys, self.values = (_resized(own, (1, rows), (3, columns)) for own in self.both)
        self.bias = _resized(self.bias, (0, rows), (1, columns), fill=-torch.inf)


class StaticBlock(Block):
    """The block of all sequences where graphs read and write it: it rarely changes its place.

    It has a row more than sequences, for what the padding of a batch writes. Masks are not kept:
    graphs make them of the positions.
    """

    def __init__(self, template: Tensor, rows: int, *, exact: bool) -> None:
        """Create an empty block for at most `rows` sequences; in `exact` mode for just as many."""
        super().__init__(template, TILE, rows + 1, rows + 1 if exact else 0)
        self._num_rows = self._num_columns = 0
        """The most that were needed since the block was last empty."""

    def slot(self, columns: int) -> Slot:
        """Return a new slot, whose room has no end: see `need`."""
        self._num_columns = max(self._num_columns, columns)
        self._num_rows = max(self._num_rows, len(self.slots) + 2)
        return super().slot(columns)

    def rounded(self, columns: int) -> int:
        """Return more columns than any sequence has."""
        del columns
        return sys.maxsize

    def need(self, columns: int) -> None:
        """Grow to so many columns, before the longest row needs them."""
        self._num_columns = max(self._num_columns, columns)
        if columns > self.keys.shape[3]:
            self.fit()

    def open(self, row: int, length: int) -> None:
        """Do nothing."""

    def fit(self) -> None:
        """Grow to what the slots need: each time by a third or a half, so that it is rare."""
        rows = min(bucket(max(self._num_rows, self._min_rows), 1), self._max_rows)
        columns = bucket(self._num_columns, LEAST_COLUMNS)
        grown = max(rows, len(self.bias)), max(columns, self.keys.shape[3])
        if grown != self.bias.shape:
            self._resize(*grown)

    def _empty(self) -> None:
        needed = bucket(self._num_columns, LEAST_COLUMNS)
        if self.keys.shape[3] > max(_OVERSIZED * needed, _KEPT):
            self._resize(0, 0)
        self._num_rows = self._num_columns = 0


class Cache:
    """The blocks of all sequences.

    Example: slot = cache.slot(40); cache.fit(); slot = cache.lengthened(slot, 300);
    slot.leave()
    """

    def __init__(
        self,
        arch: Architecture,
        rows: int,
        dtype: torch.dtype,
        device: torch.device,
        *,
        exact: bool = False,
        static: bool = False,
    ) -> None:
        """Create an empty cache for at most `rows` sequences.

        In `exact` mode all share one block, which always has `rows` rows. In a `static` cache they
        share a `StaticBlock`.
        """
        shape = (arch.num_layers, 0, arch.num_kv_heads, 0, arch.head_width)
        self._template = torch.empty(shape, dtype=dtype, device=device)
        self._rows, self._exact = rows, exact
        self._blocks: dict[int, Block] = {}
        self.static = StaticBlock(self._template, rows, exact=exact) if static else None
        """The block of a static cache."""
        if self.static is not None:
            self._blocks[0] = self.static

    def slot(self, columns: int, end: int = 0) -> Slot:
        """Return a new slot, which has room for `columns` positions after the next `fit`.

        A static block prepares for all positions up to `end`, unless these are many.
        """
        if self.static is not None:
            return self.static.slot(max(columns, min(end, columns + _AHEAD)))
        return self._block(columns).slot(columns)

    def lengthened(self, slot: Slot, columns: int) -> Slot:
        """Extend a slot to `columns` positions; return it, or a new one in a longer block."""
        if self._block(columns) is slot.block:
            slot.columns = slot.block.rounded(columns)
            return slot
        longer = self.slot(columns)
        longer.block.fit()
        self.copy(slot, longer, columns - 1)
        slot.leave()
        return longer

    def aside(self, columns: int) -> Slot:
        """Return a slot in a block of its own, for a long prompt until its prefill is complete."""
        slot = Block(self._template, TILE, max_rows=1).slot(columns)
        slot.block.fit()
        return slot

    def copy(self, source: Slot, target: Slot, length: int) -> None:
        """Copy the first `length` keys and values of a slot to another."""
        for own, others in zip(target.block.both, source.block.both, strict=True):
            own[:, target.place, :, :length] = others[:, source.place, :, :length]
        target.open(length)

    def fit(self) -> None:
        """Allocate memory for all slots."""
        for block in self._blocks.values():
            block.fit()

    def _block(self, columns: int) -> Block:
        shared = self._exact or self.static is not None
        octave = 0 if shared else ((columns - 1) // SHORT).bit_length()
        if octave not in self._blocks:
            tile, min_rows = TILE << octave, self._rows if shared else 0
            self._blocks[octave] = Block(self._template, tile, self._rows, min_rows)
        return self._blocks[octave]


def bucket(num: int, least: int) -> int:
    """Return the next of 1, 2, 3, 4, 6, 8, 12, 16 and so on, times `least`."""
    size = 1 << max(0, -(-num // least) - 1).bit_length()
    return least * (size * 3 // 4 if size >= 4 and num <= least * size * 3 // 4 else size)


def _resized(x: Tensor, *sizes: tuple[int, int], fill: float = 0.0) -> Tensor:
    """Return `x` with some dimensions cut or padded to the sizes given as (dimension, size)."""
    shape = list(x.shape)
    for dim, size in sizes:
        shape[dim] = size
    kept = tuple(slice(min(old, new)) for old, new in zip(x.shape, shape, strict=True))
    resized = x.new_zeros(shape) if fill == 0 else x.new_full(shape, fill)
    resized[kept] = x[kept]
    return resized
