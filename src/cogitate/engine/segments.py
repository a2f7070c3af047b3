"""Segments of one pass of the decoder: running sequences, whole prompts, and a prefill chunk.

Segments of one pass share the reading of the weights: a short prompt costs about half of what it
costs alone ("piggybacking", Sarathi, arXiv 2308.16369, section 4.3).
"""

from collections.abc import Sequence
from typing import Protocol, cast

import torch
from torch import Tensor

from cogitate.engine.attention import Decode, Fill, Prefill
from cogitate.engine.graphs import Graphs
from cogitate.engine.kv_cache import Cache
from cogitate.engine.running import Batch
from cogitate.engine.scheduler import Group
from cogitate.hardware.transfer import send
from cogitate.models.decoder import Attention, Decoder

_SCORED = 128
"""Tokens of a prompt for which logits are held at once."""


class Segment(Protocol):
    """Tokens with their positions and attention, and what follows once they are computed."""

    tokens: Tensor
    positions: Tensor

    @property
    def attention(self) -> Attention:
        """What each token attends to."""
        ...

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Update the sequences; return the hidden states [B, D] that predict their next tokens."""
        ...


class Running:
    """The latest token of each running sequence, for as long as no other joins or leaves.

    Example: Running(batch, len(batch))
    """

    def __init__(self, batch: Batch, num: int, exact_rows: int = 0) -> None:
        """Take the first `num` rows; pad to `exact_rows`, if not 0: all passes have one shape."""
        self._batch, self.num = batch, num
        self._own = slice(exact_rows or num)
        self.positions = batch.positions[self._own]
        slots = [sequence.slot for sequence in batch.sequences[:num]]
        self.attention: Decode = Decode(slots, self.positions, exact=exact_rows > 0)

    def advance(self) -> None:
        """Take the rows' present tokens and positions."""
        self.tokens = self._batch.last_tokens()[self._own]
        self.attention.advance()

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Advance each sequence."""
        del decoder
        self._batch.decoded(self.num)
        return hidden_ND[: self.num]


class Replayed:
    """The latest token of each running sequence, in a static cache; a pass of its own.

    Example: Replayed(batch, len(batch), graphs)
    """

    def __init__(self, batch: Batch, num: int, graphs: Graphs) -> None:
        """Take the first `num` rows."""
        self._batch, self._num, self._graphs = batch, num, graphs
        self.tokens, self.positions = batch.last_tokens(), batch.positions

    def hidden(self) -> Tensor:
        """Return the hidden states [num, D], and advance each sequence."""
        columns = int(self._batch.position[: self._num].max()) + 1
        # a capture takes time that a deadline does not have
        hidden_ND = self._graphs.decode(
            self.tokens, self.positions, self._num, columns, captures=not self._batch.num_timed
        )
        self._batch.decoded(self._num)
        return hidden_ND


class Prompts:
    """Whole prompts, each computed once for all its sequences.

    Example: Prompts([group], device)
    """

    def __init__(self, groups: list[Group], device: torch.device) -> None:
        """Compute the prompt of each group; its sequences have slots."""
        self._groups = groups
        self._lengths = [len(group.prompt) for group in groups]
        self.tokens = send([token for group in groups for token in group.prompt], device)
        ranges = [torch.arange(length, device=device) for length in self._lengths]
        self.positions = torch.cat(ranges)
        slots = [[sequence.slot for sequence in group.sequences] for group in groups]
        self.attention: Attention = Prefill(self._lengths, slots, device)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Open the slot of each sequence after the end of its prompt."""
        ends: list[Tensor] = []
        for group, own_LD in zip(self._groups, hidden_ND.split(self._lengths), strict=True):
            _score(decoder, group, own_LD, 0)
            for sequence in group.sequences:
                sequence.scores = tuple(group.scores)
                sequence.slot.open(len(group.prompt))
            ends.append(own_LD[-1:].expand(len(group.sequences), -1))
        return torch.cat(ends)


class PrefillChunk:
    """The next tokens of one long prompt, in a block of its own until the prompt is complete.

    Example: PrefillChunk(cache, group, end=512)
    """

    def __init__(self, cache: Cache, group: Group, end: int) -> None:
        """Continue the prompt up to `end`."""
        self._cache, self._group, self._end = cache, group, end
        if group.aside is None:
            group.aside = cache.aside(len(group.prompt))
            if group.prefix is not None:
                group.aside.write(group.prefix)
                group.prefix = None
        self._start, self._aside, group.num_done = group.num_done, group.aside, end
        device = self._aside.block.bias.device
        self.tokens = send(group.prompt[self._start : end], device)
        self.positions = torch.arange(self._start, end, device=device)
        self.attention: Attention = Fill(self._aside, self._start, end)

    def finish(self, decoder: Decoder, hidden_ND: Tensor) -> Tensor:
        """Start the sequences, if the prompt is complete."""
        _score(decoder, self._group, hidden_ND, self._start)
        begin = self._group.sequences if self._end == len(self._group.prompt) else []
        for sequence in begin:
            sequence.scores = tuple(self._group.scores)
            self._cache.copy(self._aside, sequence.slot, self._end)
        return hidden_ND[-1:].expand(len(begin), -1)


class Together:
    """The attention of several segments in one pass, each on its own."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        """Tokens are concatenated in the order of the segments."""
        self._attentions = [segment.attention for segment in segments]
        self._sizes = [len(segment.tokens) for segment in segments]

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend; see `models.decoder.Attention`."""
        split = zip(
            self._attentions, *(x.split(self._sizes) for x in (q_NHd, k_NKd, v_NKd)), strict=True
        )
        return torch.cat([attend(layer, *own) for attend, *own in split])


def compute(decoder: Decoder, segments: Sequence[Segment | Replayed], *, apart: bool) -> Tensor:
    """Return the hidden states [B, D] that predict next tokens, of one pass or of one for each."""
    if apart or len(segments) == 1:
        found = [_alone(decoder, segment) for segment in segments]
        return found[0] if len(found) == 1 else torch.cat(found)
    return _together(decoder, cast("Sequence[Segment]", segments))  # graphs run apart


def _alone(decoder: Decoder, only: Segment | Replayed) -> Tensor:
    if isinstance(only, Replayed):
        return only.hidden()
    return only.finish(decoder, decoder(only.tokens, only.positions, only.attention))


def _together(decoder: Decoder, segments: Sequence[Segment]) -> Tensor:
    tokens = torch.cat([segment.tokens for segment in segments])
    positions = torch.cat([segment.positions for segment in segments])
    hidden_ND = decoder(tokens, positions, Together(segments))
    own = hidden_ND.split([len(segment.tokens) for segment in segments])
    return torch.cat([segment.finish(decoder, x) for segment, x in zip(segments, own, strict=True)])


def num_prompt_tokens(segments: Sequence[Segment | Replayed]) -> tuple[int, int]:
    """Return the number of tokens of whole prompts, and of a prefill chunk."""
    whole = sum(len(segment.tokens) for segment in segments if isinstance(segment, Prompts))
    return whole, sum(
        len(segment.tokens) for segment in segments if isinstance(segment, PrefillChunk)
    )


def _score(decoder: Decoder, group: Group, hidden_ND: Tensor, start: int) -> None:
    """Append the scores of the tokens that part of a prompt predicts, if a request has `echo`.

    Args:
        decoder: the model.
        group: the group of the prompt; its `scores` grow.
        hidden_ND: hidden states [N, D] of this part.
        start: position of this part in the prompt.
    """
    if not any(sequence.request.echo for sequence in group.sequences):
        return
    ahead = group.prompt[start + 1 : start + 1 + len(hidden_ND)]
    predicted = send(ahead, hidden_ND.device, torch.int64)
    for first in range(0, len(predicted), _SCORED):
        own = predicted[first : first + _SCORED]
        scores = decoder.logits(hidden_ND[first : first + len(own)]).log_softmax(dim=-1)
        best = scores.max(dim=-1)
        found = (scores.gather(1, own[:, None])[:, 0], best.indices, best.values)
        group.scores += zip(*(values.tolist() for values in found), strict=True)
