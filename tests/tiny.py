"""A tiny decoder, requests for it, and the slow and obvious way to its logits."""

import random

import pytest
import torch

from cogitate.models.architecture import Architecture
from cogitate.models.attention import grouped_attention
from cogitate.models.decoder import Decoder
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Request

ARCH = Architecture(
    family="llama", vocab_size=300, width=32, num_layers=2, num_heads=4, num_kv_heads=2,
    head_width=8, mlp_width=64, context=256,
)  # fmt: skip
MARKERS = Markers(open=(9,), close=(10,), ends=frozenset({2}))


def make_decoder(arch: Architecture = ARCH, seed: int = 0) -> Decoder:
    decoder = Decoder(arch)
    decoder.init(torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for name, weight in decoder.named_parameters():
            if weight.dim() > 1:  # so that the next token depends on what came before
                weight *= 6 if name == "embedding.weight" else 0.12 * weight.shape[1] ** 0.5
    return decoder


def make_requests(count: int, *, group: int = 1, seed: int = 0, **budget: int) -> list[Request]:
    rng = random.Random(seed)
    requests: list[Request] = []
    while len(requests) < count:
        prompt = (*(rng.randrange(11, 300) for _ in range(rng.randrange(1, 30))), 9)
        for _ in range(group):
            limits = budget or {"think": rng.randrange(0, 40), "answer": rng.randrange(1, 20)}
            seed = rng.randrange(1 << 30)
            requests.append(Request(prompt=prompt, budget=Budget(**limits), seed=seed))
    return requests[:count]


def whole_prefix_scores(decoder: Decoder, tokens: list[int]) -> torch.Tensor:
    """Log-probabilities [tokens, vocabulary] of what follows each token."""
    return _logits(decoder, tokens).log_softmax(dim=-1)


def whole_prefix_logits(decoder: Decoder, tokens: list[int]) -> torch.Tensor:
    """Logits of what follows the last token."""
    return _logits(decoder, tokens)[-1]


def _logits(decoder: Decoder, tokens: list[int]) -> torch.Tensor:
    size = len(tokens)
    bias = torch.full((size, size), -torch.inf).triu(1)[None, None]

    def attend(layer, q, k, v):
        q, k, v = (x.transpose(0, 1)[None] for x in (q, k, v))
        return grouped_attention(q, k, v, bias)[0].transpose(0, 1).flatten(1)

    with torch.no_grad():
        return decoder.logits(decoder(torch.tensor(tokens), torch.arange(size), attend))


class Clock:
    """Time that passes by the tokens that a decoder is given, 10 ms a step and 0.1 ms each.

    Or `factor` times as much.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.factor = 100.0, 1.0
        forward = Decoder.forward

        def timed(decoder, tokens, positions, attention):
            self.now += self.factor * (0.01 + 0.0001 * len(tokens))
            return forward(decoder, tokens, positions, attention)

        monkeypatch.setattr(Decoder, "forward", timed)

    def __call__(self) -> float:
        return self.now


def sizes_of_passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of tokens of each pass of a decoder."""
    sizes: list[int] = []
    forward = Decoder.forward

    def counting(decoder, tokens, positions, attention):
        sizes.append(len(tokens))
        return forward(decoder, tokens, positions, attention)

    monkeypatch.setattr(Decoder, "forward", counting)
    return sizes
