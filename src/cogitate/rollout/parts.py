"""The parts of one pass of the decoder: tokens of running rows, whole prompts, a stretch of one.

What is computed in one pass shares the reading of the weights: a short prompt costs about half
of what it would cost by itself ("piggybacking", Sarathi, arXiv 2308.16369, section 4.3).
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from cogitate.models.decoder import Attention, Decoder
from cogitate.rollout.cache import Cache, Decode, Fill, Prefill
from cogitate.rollout.intake import Group
from cogitate.rollout.row import Row
from cogitate.rollout.scoring import score


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

    Example: Running(cache, rows, padding=0, exact=False)
    """

    def __init__(self, cache: Cache, rows: Sequence[Row], *, padding: int, exact: bool) -> None:
        """Compute `padding` rows more than there are, so that all passes have one shape."""
        self._rows = rows
        self.positions = [row.length for row in rows] + [0] * padding
        self.tokens = [row.token for row in rows] + [0] * padding
        lengths = torch.tensor(self.positions, device=cache.keys.device)
        self.attention = Decode(cache, lengths, exact=exact)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Say that each row is longer by one."""
        del decoder
        for row in self._rows:
            row.length += 1
        return hidden_ND[: len(self._rows)]


class Prompts:
    """Whole prompts, each computed once for all rows that start with it.

    Example: Prompts(cache, [group], [[3, 4]])
    """

    def __init__(self, cache: Cache, groups: list[Group], places: list[list[int]]) -> None:
        """Compute the prompt of each group into the cache's rows `places`."""
        self._cache, self._groups, self._places = cache, groups, places
        self._lengths = [len(group.prompt) for group in groups]
        self.tokens = [token for group in groups for token in group.prompt]
        self.positions = [i for length in self._lengths for i in range(length)]
        self.attention = Prefill(cache, self._lengths, places)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Open the rows, each behind the end of its prompt."""
        ends: list[Tensor] = []
        stretches = hidden_ND.split(self._lengths)
        for group, places, own_LD in zip(self._groups, self._places, stretches, strict=True):
            score(decoder, group, own_LD, 0)
            _open(self._cache, group, places)
            ends.append(own_LD[-1:].expand(len(places), -1))
        return torch.cat(ends)


class Stretch:
    """The next tokens of one long prompt, which grows in a row of the cache of its own.

    Example: Stretch(cache, slot, group, end=512, places=[]), until places are given to it
    """

    def __init__(self, cache: Cache, slot: int, group: Group, end: int, places: list[int]) -> None:
        """Go on up to `end`, and then into the rows `places` if that is all of the prompt."""
        self._cache, self._slot, self._group, self._places = cache, slot, group, places
        self._start, group.num_done = group.num_done, end
        if group.prefix is not None:
            cache.write(slot, group.prefix)
            group.prefix = None
        self.tokens = [*group.prompt[self._start : end]]
        self.positions = [*range(self._start, end)]
        self.attention = Fill(cache, slot, self._start, end)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Let the rows begin, if the prompt is whole."""
        score(decoder, self._group, hidden_ND, self._start)
        for place in self._places:
            self._cache.move(self._slot, place, self._group.num_done)
        _open(self._cache, self._group, self._places)
        return hidden_ND[-1:].expand(len(self._places), -1)


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


def num_prompt_tokens(parts: Sequence[Part]) -> int:
    """Return how many of their tokens are of prompts."""
    return sum(len(part.tokens) for part in parts if not isinstance(part, Running))


def _open(cache: Cache, group: Group, places: list[int]) -> None:
    for row, place in zip(group.rows, places, strict=False):
        row.scores = tuple(group.scores)
        cache.open(place, len(group.prompt))
