"""The key-value cache: sequences of similar length share a block.

A batched product is as long as its longest sequence. So sequences of up to `SHORT` positions share
one block, and each doubling beyond has its own: a long conversation costs the others neither time
nor memory.
"""

import sys

import torch
from torch import Tensor

from cogitate.engine.prefix_cache import Prefix
from cogitate.hardware import Machine
from cogitate.models.architecture import Architecture
from cogitate.types import Budget

TILE = 32
"""Columns by which the block of short sequences grows, and of a tile in exact mode."""
SHORT = 256
"""Most positions of a short sequence."""
LEAST_COLUMNS = 128
"""Of a block that stays."""
MAX_ROWS = 128
"""Largest number of concurrent rollouts: more rows gain little on a few cores."""
GPU_ROWS = 1024
"""The same on a GPU."""
_PROMPT_TOKENS = 512
"""Assumed length of a prompt."""


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
        self.block.bias[self.place] = -torch.inf
        self.block.bias[self.place, :length] = 0.0

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

    def __init__(
        self, template: Tensor, tile: int, max_rows: int, min_rows: int = 0, *, stays: bool = False
    ) -> None:
        """Create an empty block; `template` has that shape, with 0 rows and columns.

        A block that `stays` never shrinks, and so rarely changes its place in memory.
        """
        self.keys, self.values = template, template
        self.bias = template.new_zeros(0, 0)
        """0 where a row has a key, -inf elsewhere: [rows, columns]."""
        self.slots: list[Slot] = []
        self._tile, self._max_rows, self._min_rows = tile, max_rows, min_rows
        self._stays, self._needed = stays, 0

    @property
    def both(self) -> tuple[Tensor, Tensor]:
        """Keys and values."""
        return self.keys, self.values

    def of(self, layer: int) -> tuple[Tensor, Tensor]:
        """Return keys and values of one layer."""
        return self.keys[layer], self.values[layer]

    def slot(self, columns: int) -> Slot:
        """Return a new slot, with room to the end of its tile; `fit` allocates its memory.

        A block that stays gives room without end: see `need`.
        """
        if self._stays:
            self._needed = max(self._needed, columns)
            columns = sys.maxsize
        self.slots.append(Slot(self, len(self.slots), self.rounded(columns)))
        return self.slots[-1]

    def rounded(self, columns: int) -> int:
        """Return the columns up to the end of a tile."""
        return -(-columns // self._tile) * self._tile

    def need(self, columns: int) -> None:
        """Grow to so many columns, in a block that stays: before its longest row needs them."""
        self._needed = max(self._needed, columns)
        if columns > self.keys.shape[3]:
            self.fit()

    def leave(self, slot: Slot) -> None:
        """Free a slot; the last row moves there."""
        last = self.slots.pop()
        if last is not slot:
            for own in self.both:
                own[:, slot.place] = own[:, last.place]
            self.bias[slot.place] = self.bias[last.place]
            self.slots[slot.place], last.place = last, slot.place
        if not self.slots and not self._stays:
            self._resize(0, 0)

    def fit(self) -> None:
        """Resize to what the slots need, with little to spare, since blocks are contiguous.

        Rows double when they are too few, and columns grow by tiles; both shrink when many more
        are held than needed.
        """
        num, rows = max(len(self.slots), self._min_rows), len(self.bias)
        if not num <= rows <= 4 * num:
            rows = min(1 << max(0, num - 1).bit_length(), self._max_rows)
        columns = self.keys.shape[3]
        if self._stays:
            columns = max(columns, bucket(self._needed, LEAST_COLUMNS))
        else:
            tiles = -(-max((slot.columns for slot in self.slots), default=0) // self._tile)
            if not tiles * self._tile <= columns < 2 * tiles * self._tile:
                columns = tiles * self._tile
        if (rows, columns) != self.bias.shape:
            self._resize(rows, columns)

    def _resize(self, rows: int, columns: int) -> None:
        self.keys, self.values = (_resized(own, (1, rows), (3, columns)) for own in self.both)
        self.bias = _resized(self.bias, (0, rows), (1, columns), fill=-torch.inf)


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

        In `exact` mode all share one block, which always has `rows` rows. So they do where it is
        `static`: it stays and has one row more, for what the padding of a batch writes.
        """
        shape = (arch.num_layers, 0, arch.num_kv_heads, 0, arch.head_width)
        self._template = torch.empty(shape, dtype=dtype, device=device)
        self._rows, self._exact, self._static = rows + static, exact, static
        self._blocks: dict[int, Block] = {}

    @property
    def block(self) -> Block:
        """The block that all share."""
        return self._block(1)

    def slot(self, columns: int) -> Slot:
        """Return a new slot, which has room for `columns` positions after the next `fit`."""
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
        shared = self._exact or self._static
        octave = 0 if shared else ((columns - 1) // SHORT).bit_length()
        if octave not in self._blocks:
            tile, min_rows = TILE << octave, self._rows if shared else 0
            self._blocks[octave] = Block(
                self._template, tile, self._rows, min_rows, stays=self._static
            )
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


def cache_rows(
    arch: Architecture, budget: Budget, machine: Machine, max_rows: int | None = None
) -> int:
    """Return the number of rollouts that fit under the memory limit, at most `max_rows`.

    By default that is what the device gains from.

    Half of the limit is for keys and values, which are held twice while the cache grows.
    """
    if max_rows is None:
        max_rows = MAX_ROWS if machine.device == "cpu" else GPU_ROWS
    limits = (budget.think, budget.answer, _PROMPT_TOKENS)
    num_tokens = min(arch.context, sum(arch.context if n is None else n for n in limits))
    a_token = 2 * arch.num_layers * arch.num_kv_heads * arch.head_width * machine.width
    return max(1, min(max_rows, int(machine.memory_gb * 1e9 / 4 / (a_token * num_tokens))))
