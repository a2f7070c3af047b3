"""Tree packing: a group is its prompt once and its completions after it, without padding.

The dense layers see one packed sequence of tokens. Only attention pads: a prompt attends to itself,
a completion to its prompt and itself, in blocks of similar length. Gradients are exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cogitate.models.attention import grouped_attention
from cogitate.types import Datum

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
    ends = torch.tensor([len(p) for p in prompts]).cumsum(0).tolist()
    tokens = [token for prompt in prompts for token in prompt]
    positions = [i for prompt in prompts for i in range(len(prompt))]
    learned: list[tuple[int, int, float, float, float, int]] = []
    for index, (group, datum) in enumerate(members):
        start, offset = len(tokens), len(datum.prompt)
        tokens += datum.completion[:-1]
        positions += range(offset, offset + len(datum.completion) - 1)
        behaviour = datum.logprobs or (float("nan"),) * len(datum.completion)
        for j, (token, weight) in enumerate(zip(datum.completion, datum.weights, strict=True)):
            if weight != 0:
                assert j or offset, "a text's first token has nothing that predicts it"
                source = start + j - 1 if j else ends[group] - 1
                learned.append((source, token, weight, behaviour[j], datum.temperature, index))
    sources, targets, weights, old, temperatures, sequence = zip(*learned, strict=True)
    return Pack(
        tokens=torch.tensor(tokens, device=device),
        positions=torch.tensor(positions, device=device),
        prompt_lengths=[len(p) for p in prompts],
        completion_lengths=[len(d.completion) - 1 for _, d in members],
        completion_prompt=[group for group, _ in members],
        sources=torch.tensor(sources, device=device),
        targets=torch.tensor(targets, device=device),
        weights=torch.tensor(weights, dtype=torch.float32, device=device),
        behaviour=torch.tensor(old, dtype=torch.float32, device=device),
        temperatures=torch.tensor(temperatures, dtype=torch.float32, device=device),
        sequence=torch.tensor(sequence, device=device),
    )


def num_tokens(group: Sequence[Datum]) -> int:
    """Return the number of tokens that a group adds to a pack."""
    return len(group[0].prompt) + sum(len(datum.completion) - 1 for datum in group)


class TreeAttention:
    """Attention within a `Pack`; see `models.decoder.Attention`."""

    def __init__(self, packed: Pack):
        """Compute the place of each token in the padded blocks, and its mask."""
        self._blocks = list(_blocks(packed))

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Return [N, H * d]."""
        del layer
        return torch.cat([block.attend(q_NHd, k_NKd, v_NKd) for block in self._blocks])


def _blocks(packed: Pack) -> Iterator["_Block"]:
    """Split rows, prompts and then completions, into blocks of similar length."""
    ends = torch.tensor(packed.prompt_lengths).cumsum(0).tolist()
    prompts = [range(end - n, end) for end, n in zip(ends, packed.prompt_lengths, strict=True)]
    rows = [_Row(before=range(0), own=own) for own in prompts]
    start = ends[-1]
    for group, length in zip(packed.completion_prompt, packed.completion_lengths, strict=True):
        rows.append(_Row(before=prompts[group], own=range(start, start + length)))
        start += length
    block: list[_Row] = []
    for row in filter(lambda row: row.own, rows):
        if block and not len(block[0].own) <= len(row.own) <= _SPREAD * len(block[0].own) + _SLACK:
            yield _Block(block, packed.tokens.device)
            block = []
        block.append(row)
    yield _Block(block, packed.tokens.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Query tokens (`own`), and the tokens before them that they also attend to.

    Example: _Row(before=range(0, 2), own=range(7, 9))
    """

    before: range
    own: range


class _Block:
    """Consecutive rows, padded to the longest."""

    def __init__(self, rows: Sequence[_Row], device: torch.device):
        self._own = slice(rows[0].own.start, rows[-1].own.stop)
        self._queries = _Padding([row.own for row in rows], device)
        self._keys = _Padding([[*row.before, *row.own] for row in rows], device)
        before = torch.tensor([len(row.before) for row in rows], device=device)
        query = torch.arange(self._queries.longest, device=device)[:, None]
        key = torch.arange(self._keys.longest, device=device)
        seen_RLT = key <= before[:, None, None] + query
        self._bias_R1LT = torch.zeros(seen_RLT.shape, device=device).masked_fill_(
            ~seen_RLT, -torch.inf
        )[:, None]

    def attend(self, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Return [n, H * d] of the block's own n tokens."""
        q = self._queries.pad(q_NHd[self._own])
        k, v = (self._keys.pad(x.index_select(0, self._keys.sources)) for x in (k_NKd, v_NKd))
        return self._queries.unpad(grouped_attention(q, k, v, self._bias_R1LT))


class _Padding:
    """Ragged sequences as a padded block [rows, heads, longest, width], and back."""

    def __init__(self, sources: Sequence[Sequence[int]], device: torch.device):
        """`sources[i]` are the places in the pack of sequence i's tokens."""
        self.longest = max(map(len, sources))
        self._rows = len(sources)
        self.sources = torch.tensor([i for places in sources for i in places], device=device)
        starts = [row * self.longest for row in range(self._rows)]
        lengths = [len(places) for places in sources]
        self._places = torch.tensor(
            [start + i for start, n in zip(starts, lengths, strict=True) for i in range(n)],
            device=device,
        )

    def pad(self, x_nhd: Tensor) -> Tensor:
        blank = x_nhd.new_zeros(self._rows * self.longest, *x_nhd.shape[1:])
        padded = blank.index_copy(0, self._places, x_nhd)
        return padded.view(self._rows, self.longest, *x_nhd.shape[1:]).transpose(1, 2)

    def unpad(self, x_Rhld: Tensor) -> Tensor:
        return x_Rhld.transpose(1, 2).flatten(0, 1).index_select(0, self._places).flatten(1)
