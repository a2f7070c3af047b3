"""Tree packing: a group is its prompt once and its completions after it, without padding.

The dense layers see one packed sequence of tokens. A prompt attends to itself, a completion to its
prompt and itself. Where our C has no attention for it, rows of similar length are padded to blocks.
Gradients are exact.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogitate.hardware.transfer import send
from cogitate.models.attention import grouped_attention
from cogitate.models.kernels import fused, native
from cogitate.types import Datum

Ints = NDArray[np.int64]

_SPREAD, _SLACK = 2.0, 8
"""A row of a block has at most `_SPREAD` times the tokens of its shortest row, plus `_SLACK`.
It trades wasted padding for the calls that each block costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Groups of one micro-batch, packed: all prompts, then all completions, shortest first.

    Example: one group, prompt (5, 6), completions (7, 2) and (8, 9, 2) ->
    tokens [5, 6, 7, 8, 9], positions [0, 1, 2, 2, 3], sources [1, 2, 1, 3, 4],
    targets [7, 2, 8, 9, 2]
    """

    tokens: Tensor
    """[N] inputs; a completion's last token is only predicted."""
    positions: Tensor
    """[N]; a completion continues the positions of its prompt."""
    prompt_lengths: list[int]
    completion_lengths: list[int]
    """Input tokens of each completion: its length minus one."""
    completion_prompt: list[int]
    """The prompt that each completion follows."""
    sources: Tensor
    """[M]: which of the N hidden states predicts each learned token."""
    targets: Tensor
    """[M] learned tokens: those with a nonzero weight."""
    weights: Tensor
    """[M] fp32."""
    behaviour: Tensor
    """[M] the sampler's log-probabilities; nan for tokens that were not sampled."""
    temperatures: Tensor
    """[M]."""
    sequence: Tensor
    """[M]: the completion that each learned token belongs to."""


def pack(groups: Sequence[Sequence[Datum]], device: torch.device) -> Pack:
    """Pack groups whose members share a prompt."""
    groups = sorted(groups, key=lambda group: len(group[0].prompt))
    prompts = [group[0].prompt for group in groups]
    members = [(i, datum) for i, group in enumerate(groups) for datum in group]
    members.sort(key=lambda member: len(member[1].completion))
    data = [datum for _, datum in members]
    prompt_of = np.array([group for group, _ in members])
    prompt_lengths, lengths = _lengths(prompts), _lengths([datum.completion for datum in data])
    _, place = _places(prompt_lengths)
    sequence, later = _places(lengths)
    is_input = later < (lengths - 1)[sequence]
    completed = _flat((datum.completion for datum in data), len(later), np.int64)
    weights = _flat((datum.weights for datum in data), len(later), np.float64)
    behaviour = _flat(
        (datum.logprobs or (math.nan,) * len(datum.completion) for datum in data),
        len(later), np.float64,
    )  # fmt: skip
    before = prompt_lengths[prompt_of]
    starts = len(place) + _starts(lengths - 1)
    source = np.where(
        later > 0,
        (starts - 1)[sequence] + later,
        (prompt_lengths.cumsum() - 1)[prompt_of][sequence],
    )
    learned = weights != 0
    assert (before[sequence] + later)[learned].all(), "nothing predicts a text's first token"

    tensor = partial(send, device=device)

    temperatures = np.array([datum.temperature for datum in data])[sequence]
    return Pack(
        tokens=tensor(np.concatenate([_flat(prompts, len(place), np.int64), completed[is_input]])),
        positions=tensor(np.concatenate([place, (before[sequence] + later)[is_input]])),
        prompt_lengths=prompt_lengths.tolist(),
        completion_lengths=(lengths - 1).tolist(),
        completion_prompt=prompt_of.tolist(),
        sources=tensor(source[learned]),
        targets=tensor(completed[learned]),
        weights=tensor(weights[learned], dtype=torch.float32),
        behaviour=tensor(behaviour[learned], dtype=torch.float32),
        temperatures=tensor(temperatures[learned], dtype=torch.float32),
        sequence=tensor(sequence[learned]),
    )


def num_tokens(group: Sequence[Datum]) -> int:
    """Return the number of tokens that a group adds to a pack."""
    return len(group[0].prompt) + sum(len(datum.completion) - 1 for datum in group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Query tokens of a pack, and the tokens before them that they also attend to.

    Example: a completion (7, 8) behind the prompt (0, 1) -> begins 0, before 2, starts 7, own 2
    """

    begins: Ints
    """[R] the first token before each row's own."""
    before: Ints
    """[R] how many there are."""
    starts: Ints
    """[R] the first of the row's own."""
    own: Ints
    """[R]; none is 0."""
    prompt: Ints
    """[R] the number of the prompt that each row is or follows."""

    @classmethod
    def of(cls, packed: Pack) -> "Rows":
        """Return all prompts, then all completions that have input tokens."""
        prompts, completions = np.array(packed.prompt_lengths), np.array(packed.completion_lengths)
        prompt_of, none = np.array(packed.completion_prompt), np.zeros_like(prompts)
        own = np.concatenate([prompts, completions])
        before = np.concatenate([none, prompts[prompt_of]])
        begins = np.concatenate([none, _starts(prompts)[prompt_of]])
        number = np.concatenate([np.arange(len(prompts)), prompt_of])
        every = cls(begins=begins, before=before, starts=_starts(own), own=own, prompt=number)
        return every.some(own > 0)

    def some(self, which: "slice | NDArray[np.bool_]") -> "Rows":
        """Return some of the rows."""
        return Rows(begins=self.begins[which], before=self.before[which],
                    starts=self.starts[which], own=self.own[which],
                    prompt=self.prompt[which])  # fmt: skip

    @property
    def keys(self) -> Ints:
        """[K] the tokens that each row attends to, one row after the other."""
        firsts = np.stack([self.begins, self.starts], axis=1).ravel()
        numbers, places = _places(np.stack([self.before, self.own], axis=1).ravel())
        return firsts[numbers] + places


class TreeAttention:
    """Attention within a `Pack`; see `models.decoder.Attention`."""

    def __init__(self, packed: Pack):
        """Find what each token attends to."""
        self._rows, self._device = Rows.of(packed), packed.tokens.device

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Return [N, H * d]."""
        del layer
        if native.attends_tree(q_NHd):
            return fused.attend_tree(q_NHd, k_NKd, v_NKd, self._tree)
        return torch.cat([block.attend(q_NHd, k_NKd, v_NKd) for block in self._blocks])

    @cached_property
    def _tree(self) -> native.Tree:
        own = self._rows
        lines = np.stack([own.begins, own.before, own.starts, own.own, own.prompt])
        return native.Tree(torch.from_numpy(lines), int(own.prompt.max()) + 1)

    @cached_property
    def _blocks(self) -> "list[_Block]":
        rows = self._rows
        return [_Block(rows.some(own), self._device) for own in _similar(rows.own)]


def _similar(lengths: Ints) -> Iterator[slice]:
    """Split consecutive rows into blocks of similar length."""
    start = 0
    for row, length in enumerate(lengths.tolist()):
        first = int(lengths[start])
        if not first <= length <= _SPREAD * first + _SLACK:
            yield slice(start, row)
            start = row
    yield slice(start, len(lengths))


class _Block:
    """Consecutive rows, padded to the longest."""

    def __init__(self, rows: Rows, device: torch.device):
        self._own = slice(int(rows.starts[0]), int(rows.starts[-1] + rows.own[-1]))
        self._sources = send(rows.keys, device)
        self._queries = _Padding(rows.own, device)
        self._keys = _Padding(rows.before + rows.own, device)
        before = send(rows.before, device)
        query = torch.arange(self._queries.longest, device=device)[:, None]
        key = torch.arange(self._keys.longest, device=device)
        seen_RLT = key <= before[:, None, None] + query
        self._bias_R1LT = torch.zeros(seen_RLT.shape, device=device).masked_fill_(
            ~seen_RLT, -torch.inf
        )[:, None]

    def attend(self, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Return [n, H * d] of the block's own n tokens."""
        q = self._queries.pad(q_NHd[self._own])
        k, v = (self._keys.pad(x.index_select(0, self._sources)) for x in (k_NKd, v_NKd))
        return self._queries.unpad(grouped_attention(q, k, v, self._bias_R1LT))


class _Padding:
    """Ragged sequences as a padded block [rows, heads, longest, width], and back."""

    def __init__(self, lengths: Ints, device: torch.device):
        self.longest, self._rows = int(lengths.max()), len(lengths)
        rows, places = _places(lengths)
        self._places = send(rows * self.longest + places, device)

    def pad(self, x_nhd: Tensor) -> Tensor:
        blank = x_nhd.new_zeros(self._rows * self.longest, *x_nhd.shape[1:])
        padded = blank.index_copy(0, self._places, x_nhd)
        return padded.view(self._rows, self.longest, *x_nhd.shape[1:]).transpose(1, 2)

    def unpad(self, x_Rhld: Tensor) -> Tensor:
        return x_Rhld.transpose(1, 2).flatten(0, 1).index_select(0, self._places).flatten(1)


def _flat(sequences: Iterable[Sequence[float]], size: int, dtype: type[np.generic]) -> NDArray[Any]:
    """Return the items of all sequences, `size` of them."""
    return np.fromiter(chain.from_iterable(sequences), dtype, size)


def _lengths(sequences: Sequence[Sequence[int]]) -> Ints:
    return np.array([len(sequence) for sequence in sequences])


def _starts(lengths: Ints) -> Ints:
    """Return the place of each sequence's first item among the items of all."""
    return lengths.cumsum() - lengths


def _places(lengths: Ints) -> tuple[Ints, Ints]:
    """Return each item's sequence, and its place in it.

    Example: lengths [2, 3] -> [0, 0, 1, 1, 1], [0, 1, 0, 1, 2]
    """
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    return sequence, np.arange(len(sequence)) - _starts(lengths)[sequence]
