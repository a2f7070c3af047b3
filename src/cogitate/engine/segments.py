"""The segments of one pass of the decoder: tokens of running rows, whole prompts, a stretch of one.

What is computed in one pass shares the reading of the weights: a short prompt costs about half
of what it would cost by itself ("piggybacking", Sarathi, arXiv 2308.16369, section 4.3).
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from cogitate.engine.attention import Decode, Fill, Prefill
from cogitate.engine.kv_cache import Cache
from cogitate.engine.scheduler import Group
from cogitate.engine.scoring import score
from cogitate.engine.sequence import SequenceState
from cogitate.models.decoder import Attention, Decoder


class Segment(Protocol):
    """Some tokens, how they attend, and what is left to do once they are computed."""

    tokens: list[int]
    positions: list[int]
    attention: Attention

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Note what was computed; return the hidden states [B, D] that rows choose from."""
        ...


class Running:
    """The next token of each row that runs.

    Example: Running(rows, device)
    """

    def __init__(
        self, rows: Sequence[SequenceState], device: torch.device, exact_rows: int = 0
    ) -> None:
        """With `exact_rows`, compute so many in any case: then all passes have one shape."""
        self._rows = rows
        padding = [0] * (exact_rows - len(rows))
        self.positions = [row.length for row in rows] + padding
        self.tokens = [row.token for row in rows] + padding
        lengths = torch.tensor(self.positions, device=device)
        self.attention: Attention = Decode(
            [row.slot for row in rows], lengths, exact=exact_rows > 0
        )

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Say that each row is longer by one."""
        del decoder
        for row in self._rows:
            row.length += 1
        return hidden_ND[: len(self._rows)]


class Prompts:
    """Whole prompts, each computed once for all rows that start with it.

    Example: Prompts([group], device)
    """

    def __init__(self, groups: list[Group], device: torch.device) -> None:
        """Compute the prompt of each group, whose rows have their slots."""
        self._groups = groups
        self._lengths = [len(group.prompt) for group in groups]
        self.tokens = [token for group in groups for token in group.prompt]
        self.positions = [i for length in self._lengths for i in range(length)]
        slots = [[row.slot for row in group.rows] for group in groups]
        self.attention: Attention = Prefill(self._lengths, slots, device)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Open the rows, each behind the end of its prompt."""
        ends: list[Tensor] = []
        for group, own_LD in zip(self._groups, hidden_ND.split(self._lengths), strict=True):
            score(decoder, group, own_LD, 0)
            for row in group.rows:
                row.scores = tuple(group.scores)
                row.slot.open(len(group.prompt))
            ends.append(own_LD[-1:].expand(len(group.rows), -1))
        return torch.cat(ends)


class PrefillChunk:
    """The next tokens of one long prompt, which stands aside until it is whole.

    Example: PrefillChunk(cache, group, end=512)
    """

    def __init__(self, cache: Cache, group: Group, end: int) -> None:
        """Go on up to `end`."""
        self._cache, self._group, self._end = cache, group, end
        if group.aside is None:
            group.aside = cache.aside(len(group.prompt))
            if group.prefix is not None:
                group.aside.write(group.prefix)
                group.prefix = None
        self._start, self._aside, group.num_done = group.num_done, group.aside, end
        self.tokens = [*group.prompt[self._start : end]]
        self.positions = [*range(self._start, end)]
        self.attention: Attention = Fill(self._aside, self._start, end)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Let the rows begin, if the prompt is whole."""
        score(decoder, self._group, hidden_ND, self._start)
        begin = self._group.rows if self._end == len(self._group.prompt) else []
        for row in begin:
            row.scores = tuple(self._group.scores)
            self._cache.copy(self._aside, row.slot, self._end)
        return hidden_ND[-1:].expand(len(begin), -1)


class Together:
    """The attention of several segments in one pass: each to what it may look at."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        """Their tokens stand one segment behind the other."""
        self._attentions = [segment.attention for segment in segments]
        self._sizes = [len(segment.tokens) for segment in segments]

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend; see `models.decoder.Attention`."""
        split = zip(
            self._attentions, *(x.split(self._sizes) for x in (q_NHd, k_NKd, v_NKd)), strict=True
        )
        return torch.cat([attend(layer, *own) for attend, *own in split])


def compute(decoder: Decoder, segments: Sequence[Segment], device: torch.device) -> Tensor:
    """Compute segments in one pass; return the hidden states [B, D] that rows choose from."""
    tokens = torch.tensor(
        [token for segment in segments for token in segment.tokens], device=device
    )
    positions = torch.tensor(
        [place for segment in segments for place in segment.positions], device=device
    )
    attention = segments[0].attention if len(segments) == 1 else Together(segments)
    hidden_ND = decoder(tokens, positions, attention)
    own = hidden_ND.split([len(segment.tokens) for segment in segments])
    return torch.cat([segment.finish(decoder, x) for segment, x in zip(segments, own, strict=True)])


def num_prompt_tokens(segments: Sequence[Segment]) -> tuple[int, int]:
    """Return how many of their tokens are of whole prompts, and of a long one."""
    whole = sum(len(segment.tokens) for segment in segments if isinstance(segment, Prompts))
    return whole, sum(
        len(segment.tokens) for segment in segments if isinstance(segment, PrefillChunk)
    )
