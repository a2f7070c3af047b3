"""Tree packing: a group is its prompt once and its completions after it, without padding.

The dense layers see one packed row of tokens. Padding exists inside attention alone, where a
prompt attends to itself and a completion to its prompt and itself; gradients are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cogitate.models.attention import grouped_attention
from cogitate.types import Datum


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Groups of one micro-batch, laid out: all prompts first, then all completions.

    Example: one group, prompt (5, 6), completions (7, 2) and (8, 9, 2) ->
    tokens [5, 6, 7, 8, 9], positions [0, 1, 2, 2, 3], sources [1, 2, 1, 3, 4],
    targets [7, 2, 8, 9, 2]
    """

    tokens: Tensor
    """[N] inputs; a completion's last token is predicted, never read."""
    positions: Tensor
    """[N]; a completion goes on where its prompt ends."""
    prompt_lengths: list[int]
    completion_lengths: list[int]
    """Input tokens of each completion: one fewer than it has."""
    completion_prompt: list[int]
    """The prompt that each completion follows."""
    sources: Tensor
    """[M]: which of the N hidden states predicts each learned token."""
    targets: Tensor
    """[M] learned tokens: those with a weight other than 0."""
    weights: Tensor
    """[M] fp32."""
    behaviour: Tensor
    """[M] the sampler's log-probabilities; nan where nothing sampled."""
    temperatures: Tensor
    """[M]."""
    sequence: Tensor
    """[M]: the completion that each learned token belongs to."""


def pack(groups: Sequence[Sequence[Datum]], device: torch.device) -> Pack:
    """Lay out groups whose members share a prompt."""
    prompts = [group[0].prompt for group in groups]
    members = [(i, datum) for i, group in enumerate(groups) for datum in group]
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
    """Return how many tokens a group adds to a pack."""
    return len(group[0].prompt) + sum(len(datum.completion) - 1 for datum in group)


class TreeAttention:
    """Attention within a `Pack`; see `models.decoder.Attention`."""

    def __init__(self, packed: Pack):
        """Work out once where each token stands in the padded blocks, and what it sees."""
        device = packed.tokens.device
        self._num_prompt_tokens = sum(packed.prompt_lengths)
        self._prompts = _Block(packed.prompt_lengths, device)
        self._completions = _Block(packed.completion_lengths, device)
        self._prompt_of = torch.tensor(packed.completion_prompt, device=device)
        prompt_length = torch.tensor(packed.prompt_lengths, device=device)[self._prompt_of]
        columns = torch.arange(self._prompts.longest, device=device)
        own = torch.arange(self._completions.longest, device=device)
        sees_prompt = (columns < prompt_length[:, None])[:, None].expand(-1, len(own), -1)
        sees_own = (own <= own[:, None]).expand(len(prompt_length), -1, -1)
        self._prompt_bias = _bias((columns <= columns[:, None])[None])
        self._completion_bias = _bias(torch.cat([sees_prompt, sees_own], dim=-1))

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Return [N, H * d]."""
        del layer
        n = self._num_prompt_tokens
        prompts, completions = self._prompts, self._completions
        if not prompts.num_tokens:  # whole texts
            q, k, v = (completions.pad(x) for x in (q_NHd, k_NKd, v_NKd))
            return completions.unpad(grouped_attention(q, k, v, self._completion_bias))
        q, k, v = (prompts.pad(x[:n]) for x in (q_NHd, k_NKd, v_NKd))
        mixed = [prompts.unpad(grouped_attention(q, k, v, self._prompt_bias))]
        if completions.num_tokens:
            q_own, k_own, v_own = (completions.pad(x[n:]) for x in (q_NHd, k_NKd, v_NKd))
            k_all = torch.cat([k.index_select(0, self._prompt_of), k_own], dim=2)
            v_all = torch.cat([v.index_select(0, self._prompt_of), v_own], dim=2)
            own = grouped_attention(q_own, k_all, v_all, self._completion_bias)
            mixed.append(completions.unpad(own))
        return torch.cat(mixed)


def _bias(seen_RLT: Tensor) -> Tensor:
    """Return 0 where a key is seen and -inf elsewhere, [R, 1, L, T]."""
    return torch.zeros(seen_RLT.shape, device=seen_RLT.device).masked_fill_(~seen_RLT, -torch.inf)[
        :, None
    ]


class _Block:
    """Ragged sequences as a padded block [rows, heads, longest, width], and back."""

    def __init__(self, lengths: list[int], device: torch.device):
        self.num_tokens = sum(lengths)
        self.longest = max(lengths)
        self._rows = len(lengths)
        self._places = torch.tensor(
            [row * self.longest + i for row, n in enumerate(lengths) for i in range(n)],
            device=device,
            dtype=torch.int64,
        )

    def pad(self, x_Nhd: Tensor) -> Tensor:
        blank = x_Nhd.new_zeros(self._rows * self.longest, *x_Nhd.shape[1:])
        padded = blank.index_copy(0, self._places, x_Nhd)
        return padded.view(self._rows, self.longest, *x_Nhd.shape[1:]).transpose(1, 2)

    def unpad(self, x_Rhld: Tensor) -> Tensor:
        return x_Rhld.transpose(1, 2).flatten(0, 1).index_select(0, self._places).flatten(1)
