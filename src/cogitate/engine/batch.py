"""The parts of one pass of the decoder: tokens of running rows, whole prompts, a stretch of one.

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
from cogitate.engine.sequence import Row
from cogitate.models.decoder import Attention, Decoder


class Part(Protocol):
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

    def __init__(self, rows: Sequence[Row], device: torch.device, exact_rows: int = 0) -> None:
        """With `exact_rows`, compute so many in any case: then all passes have one shape."""
        self._rows = rows
        padding = [0] * (exact_rows - len(rows))
        self.positions = [row.length for row in rows] + padding
        self.tokens = [row.token for row in rows] + padding
        lengths = torch.tensor(self.positions, device=device)
        self.attention: Attention = Decode(
            [row.seat for row in rows], lengths, exact=exact_rows > 0
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
        """Compute the prompt of each group, whose rows have their seats."""
        self._groups = groups
        self._lengths = [len(group.prompt) for group in groups]
        self.tokens = [token for group in groups for token in group.prompt]
        self.positions = [i for length in self._lengths for i in range(length)]
        seats = [[row.seat for row in group.rows] for group in groups]
        self.attention: Attention = Prefill(self._lengths, seats, device)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Open the rows, each behind the end of its prompt."""
        ends: list[Tensor] = []
        for group, own_LD in zip(self._groups, hidden_ND.split(self._lengths), strict=True):
            score(decoder, group, own_LD, 0)
            for row in group.rows:
                row.scores = tuple(group.scores)
                row.seat.open(len(group.prompt))
            ends.append(own_LD[-1:].expand(len(group.rows), -1))
        return torch.cat(ends)


class Stretch:
    """The next tokens of one long prompt, which stands aside until it is whole.

    Example: Stretch(cache, group, end=512)
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
            self._cache.copy(self._aside, row.seat, self._end)
        return hidden_ND[-1:].expand(len(begin), -1)


class Together:
    """The attention of several parts in one pass: each to what it may look at."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Their tokens stand one part behind the other."""
        self._attentions = [part.attention for part in parts]
        self._sizes = [len(part.tokens) for part in parts]

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend; see `models.decoder.Attention`."""
        split = zip(
            self._attentions, *(x.split(self._sizes) for x in (q_NHd, k_NKd, v_NKd)), strict=True
        )
        return torch.cat([attend(layer, *own) for attend, *own in split])


def compute(decoder: Decoder, parts: Sequence[Part], device: torch.device) -> Tensor:
    """Compute parts in one pass; return the hidden states [B, D] that rows choose from."""
    tokens = torch.tensor([token for part in parts for token in part.tokens], device=device)
    positions = torch.tensor([place for part in parts for place in part.positions], device=device)
    attention = parts[0].attention if len(parts) == 1 else Together(parts)
    hidden_ND = decoder(tokens, positions, attention)
    own = hidden_ND.split([len(part.tokens) for part in parts])
    return torch.cat([part.finish(decoder, x) for part, x in zip(parts, own, strict=True)])


def num_prompt_tokens(parts: Sequence[Part]) -> tuple[int, int]:
    """Return how many of their tokens are of whole prompts, and of a long one."""
    whole = sum(len(part.tokens) for part in parts if isinstance(part, Prompts))
    return whole, sum(len(part.tokens) for part in parts if isinstance(part, Stretch))
