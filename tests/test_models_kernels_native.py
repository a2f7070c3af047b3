"""The operations in C do what torch's do, rounded alike, and are not needed."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cogitate import models
from cogitate.engine import sampling
from cogitate.engine.attention import Decode
from cogitate.engine.kv_cache import Block
from cogitate.models import decoder, lora
from cogitate.models.architecture import Architecture
from cogitate.models.kernels import native, onednn, products
from cogitate.models.kernels.matrix import Blocked
from cogitate.rollout.local import LocalSampler
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Request
from cogitate.update import head
from processors import need_passes

needs_compiler = pytest.mark.skipif(native.operations() is None, reason="no GCC here")
TREE = str(Path(__file__).with_name("test_update_tree.py"))
BOTH = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])


def both_ways(monkeypatch: pytest.MonkeyPatch, compute: Callable[[], object]) -> list:
    """Return what is computed in C, and by torch."""
    with torch.no_grad():
        ours = compute()
        with monkeypatch.context() as patched:
            patched.setattr(native, "operations", lambda: None)
            return [ours, compute()]


def close(ours: torch.Tensor, reference: torch.Tensor) -> None:
    """Compare: of bf16 at most five numbers in a thousand may round the other way."""
    assert ours.dtype == reference.dtype
    if ours.dtype == torch.bfloat16:
        torch.testing.assert_close(ours, reference, rtol=2**-7, atol=2**-8)
        assert (ours != reference).float().mean() <= 0.005
    else:
        torch.testing.assert_close(ours, reference, rtol=1e-5, atol=3e-6)


@needs_compiler
@BOTH
@pytest.mark.parametrize("shape", [(1, 32), (3, 192), (300, 577)])
def test_norms_and_gates(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, shape: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    x, delta = torch.randn(shape), torch.randn(shape).to(dtype)
    weight, gate_up = (
        torch.randn(shape[1]).to(dtype),
        (60 * torch.randn(shape[0], 2 * shape[1])).to(dtype),
    )
    ours, reference = both_ways(
        monkeypatch, lambda: decoder.add_norm((x.clone(), delta), weight, 1e-6)
    )
    assert torch.equal(ours[0], reference[0])
    close(ours[1], reference[1])
    close(*both_ways(monkeypatch, lambda: decoder.add_norm((x, None), weight, 1e-6)[1]))
    close(*both_ways(monkeypatch, lambda: decoder.gated(gate_up)))


@needs_compiler
@BOTH
@pytest.mark.parametrize("rows", [1, 2, 11, 12, 13, 24, 33, 49, 130, 300])
@pytest.mark.parametrize("shape", [(433, 192), (32, 16), (64, 576), (33, 1024)])
def test_products(dtype: torch.dtype, rows: int, shape: tuple[int, int]) -> None:
    torch.manual_seed(rows)
    weight = (torch.randn(shape) / shape[1] ** 0.5).to(dtype)
    x = torch.randn(rows, shape[1]).to(dtype)
    reference = (x.double() @ weight.double().T).float()
    with torch.no_grad():
        blocked = Blocked()
        torch.testing.assert_close(
            blocked.precise_times(x, weight), reference, rtol=1e-5, atol=1e-4
        )
        close(blocked.times(x, weight), reference.to(dtype))
        each = [blocked.times(row, weight) for row in x[:, None]]
        assert torch.equal(blocked.times(x, weight), torch.cat(each)), "rows depend on one another"
        weight += 1
        assert torch.equal(blocked.times(x, weight), Blocked().times(x, weight)), "an old copy"


@needs_compiler
@BOTH
@pytest.mark.parametrize("width", [8, 32, 64])
def test_rotary_positions_of_some_heads(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, width: int
) -> None:
    torch.manual_seed(0)
    heads = torch.randn(70, 9, width).to(dtype)
    rotary = (torch.randn(70, 1, width).to(dtype), torch.randn(70, 1, width).to(dtype))
    close(*both_ways(monkeypatch, lambda: decoder.rotate(heads.clone()[:, :7], rotary)))


@needs_compiler
@BOTH
@pytest.mark.parametrize(
    "shape",
    [
        (1, 1, 1, 32, 2),
        (5, 2, 3, 32, 40),
        (3, 2, 2, 64, 33),
        (20, 3, 3, 64, 300),
        (4, 1, 7, 128, 17),
        (3, 2, 7, 64, 500),
        (2, 1, 16, 256, 70),
        (2, 1, 17, 32, 70),
    ],
)
def test_attention_to_the_cache(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    """Rows of two blocks, of any length and in any order."""
    rows, kv_heads, group, width, columns = shape

    def compute() -> list[torch.Tensor]:
        random = torch.Generator().manual_seed(0)
        template = torch.empty(2, 0, kv_heads, 0, width, dtype=dtype)
        blocks = [Block(template, 32, 64) for _ in range(2)]
        slots = [blocks[i % 3 == 1].slot(columns) for i in range(rows)]
        for block in blocks:
            block.fit()
            block.keys.normal_(generator=random)
            block.values.normal_(generator=random)
        lengths = torch.randint(0, columns - 1, (rows,), generator=random)
        for slot, length in zip(slots, lengths.tolist(), strict=True):
            slot.open(length)
        order = torch.randperm(rows, generator=random)
        attention = Decode([slots[i] for i in order.tolist()], lengths[order], exact=False)
        attention.advance()
        num_heads = [group * kv_heads, kv_heads, kv_heads]
        heads = torch.randn(rows, sum(num_heads), width, generator=random).to(dtype)
        mixed = attention(1, *heads.split(num_heads, dim=1))
        return [mixed, *(own for block in blocks for own in block.both)]

    mixed, reference = both_ways(monkeypatch, compute)
    close(mixed[0], reference[0])
    for ours, theirs in zip(mixed[1:], reference[1:], strict=True):
        assert torch.equal(ours, theirs)


@needs_compiler
@pytest.mark.parametrize(
    "shape",
    [(5, 2, 6, 128, 192), (9, 3, 3, 64, 64), (2, 1, 5, 32, 128), (2, 2, 1, 256, 96),
     (3, 1, 16, 64, 64), (3, 1, 17, 64, 64)],
)  # fmt: skip
def test_attention_to_a_cache_in_bfloat16(shape: tuple[int, ...]) -> None:
    """Queries in fp32, against a cache in fp32 of the same numbers but the new ones."""
    rows, kv_heads, group, width, columns = shape

    def attend(dtype: torch.dtype) -> list[torch.Tensor]:
        random = torch.Generator().manual_seed(0)
        block = Block(torch.empty(1, 0, kv_heads, 0, width, dtype=dtype), 32, rows)
        slots = [block.slot(columns) for _ in range(rows)]
        block.fit()
        for own in block.both:
            own.copy_(torch.randn(own.shape, generator=random).bfloat16())
        lengths = torch.randint(0, columns - 1, (rows,), generator=random)
        num_heads = [group * kv_heads, kv_heads, kv_heads]
        heads = torch.randn(rows, sum(num_heads), width, generator=random)
        attention = Decode(slots, lengths, exact=False)
        attention.advance()
        mixed = attention(0, *heads.split(num_heads, dim=1))
        return [mixed, *(own.bfloat16() for own in block.both)]

    with torch.no_grad():
        (mixed, *ours), (reference, *theirs) = (attend(t) for t in (torch.bfloat16, torch.float32))
    assert mixed.dtype == torch.float32
    assert all(map(torch.equal, ours, theirs))
    torch.testing.assert_close(mixed, reference, atol=0.01, rtol=0)


def one_token_of_each(
    whole: decoder.Decoder, attends: type[Decode], dtype: torch.dtype | None = None
) -> tuple[torch.Tensor, ...]:
    """Return hidden states and caches of rows of two blocks in any order, of which one waits."""
    lengths, asked = torch.tensor([5, 40, 0, 17, 33, 9]), torch.tensor([3, 0, 4, 1, 2])
    random = torch.Generator().manual_seed(0)
    shape = (whole.arch.num_layers, 0, whole.arch.num_kv_heads, 0, whole.arch.head_width)
    blocks = [Block(torch.empty(shape, dtype=dtype or whole.dtype), 32, rows) for rows in (8, 4)]
    slots = [blocks[number % 2].slot(64) for number in range(len(lengths))]
    for block in blocks:
        block.fit()
        block.keys.normal_(generator=random)
        block.values.normal_(generator=random)
    for slot, length in zip(slots, lengths.tolist(), strict=True):
        slot.open(length)
    attention = attends([slots[i] for i in asked], lengths[asked], exact=False)
    attention.advance()
    hidden_ND = whole(asked + 9, lengths[asked], attention)
    return hidden_ND, *(own for block in blocks for own in block.both)


class LayerByLayer(Decode):
    def all_layers(self, *_given: object) -> bool:
        return False


@needs_compiler
@pytest.mark.parametrize(
    ("dtype", "kept"),
    [(torch.float32, None), (torch.float32, torch.bfloat16), (torch.bfloat16, None)],
)
def test_all_layers_in_one_call(dtype: torch.dtype, kept: torch.dtype | None) -> None:
    """Against one layer after the other."""
    whole = models.load("mini", dtype=dtype).decoder
    with torch.no_grad():
        ours, reference = (one_token_of_each(whole, way, kept) for way in (Decode, LayerByLayer))
    assert all(torch.equal(a, b) for a, b in zip(ours, reference, strict=True))


@needs_compiler
@pytest.mark.skipif(not onednn.has(torch.float32), reason="no oneDNN here")
def test_nothing_is_packed_for_c_where_onednn_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(products.SWITCH, "onednn")
    monkeypatch.setattr(native, "packed", lambda _: pytest.fail("packed for C"))
    with torch.no_grad():
        one_token_of_each(models.load("mini").decoder, Decode)


LLAMA = {"family": "llama", "head_width": 64}
QWEN2 = {"family": "qwen2", "head_width": 64, "qkv_bias": True}
QWEN3 = {"family": "qwen3", "head_width": 128, "qk_norm": True}


@needs_compiler
@pytest.mark.parametrize("rank", [0, 1, 16])
@pytest.mark.parametrize(
    "shape",
    [
        LLAMA,
        LLAMA | {"head_width": 32, "tied": False},
        QWEN2,
        QWEN2 | {"head_width": 128, "num_heads": 6, "tied": False},
        QWEN3,
        QWEN3 | {"head_width": 256, "num_kv_heads": 1},
    ],
)
def test_every_architecture_in_one_call(
    monkeypatch: pytest.MonkeyPatch, shape: dict, rank: int
) -> None:
    """Against torch, with and without unmerged adapters, whose weights may change."""
    sizes = {"vocab_size": 90, "width": 96, "num_layers": 3, "num_heads": 4, "num_kv_heads": 2}
    arch = Architecture(**sizes | {"mlp_width": 112, "context": 128} | shape)
    whole, random = decoder.Decoder(arch), torch.Generator().manual_seed(0)
    whole.init(random)
    if rank:
        lora.apply(whole, rank=rank, alpha=3, seed=0)
    calls = []
    monkeypatch.setattr(
        native, "decode", lambda *a, of=native.decode, **k: calls.append(of(*a, **k))
    )
    for _ in range(2):
        with torch.no_grad():
            for weight in whole.parameters():
                weight += 0.1 * torch.randn(weight.shape, generator=random)
        ours, reference = both_ways(monkeypatch, lambda: one_token_of_each(whole, Decode))
        for found, exact in zip(ours, reference, strict=True):
            torch.testing.assert_close(found, exact, rtol=1e-5, atol=3e-5)
    assert len(calls) == 2


@needs_compiler
@pytest.mark.skipif(platform.machine() != "x86_64", reason="flags of another processor")
@pytest.mark.parametrize(
    ("left", "files"), [("AVX-512", [__file__, TREE]), ("AVX2", [__file__]), ("SSSE3", [__file__])]
)
def test_a_processor_with_less(left: str, files: list[str]) -> None:
    """The same tests pass without tiles, and with registers of half and of a quarter the width."""
    need_passes(left, files, "products or norms or attention")


@needs_compiler
@pytest.mark.parametrize("vocabulary", [3, 256, 433, 2000])
def test_sampling(monkeypatch: pytest.MonkeyPatch, vocabulary: int) -> None:
    torch.manual_seed(0)
    rows = 200
    logits, uniform = 3 * torch.randn(rows, vocabulary), torch.rand(rows)
    logits[:, 1::3] = -torch.inf
    temperature, forced = torch.rand(rows) + 0.2, torch.full((rows,), -1)
    temperature[::5], forced[::7], uniform[3] = 0.0, 2, 0.0
    ours, reference = both_ways(
        monkeypatch, lambda: sampling.sample(logits.clone(), temperature, uniform, forced)
    )
    assert torch.equal(ours[0], reference[0])
    torch.testing.assert_close(ours[1], reference[1], rtol=1e-5, atol=1e-5)


@needs_compiler
@pytest.mark.parametrize("vocabulary", [3, 433, 1000])
@pytest.mark.parametrize("kept", [None, torch.float32, torch.bfloat16])
def test_scores(monkeypatch: pytest.MonkeyPatch, vocabulary: int, kept: torch.dtype | None) -> None:
    torch.manual_seed(0)
    logits, temperature = 3 * torch.randn(70, vocabulary), torch.rand(70) + 0.2
    targets = torch.randint(vocabulary, (70,))

    def compute() -> list[torch.Tensor]:
        probabilities = None if kept is None else torch.empty(70, vocabulary, dtype=kept)
        scores = head.score(logits.clone(), temperature, targets, probabilities)
        return [scores] if probabilities is None else [scores, probabilities]

    ours, reference = both_ways(monkeypatch, compute)
    exact = (logits / temperature[:, None]).log_softmax(dim=-1)
    torch.testing.assert_close(ours[0], exact[range(70), targets], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(reference[0], ours[0], rtol=1e-5, atol=1e-5)
    if kept is not None:
        close(ours[1], exact.exp().to(kept))
        close(reference[1], ours[1])


@needs_compiler
def test_rollouts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped model, rows of several lengths, to the token."""
    policy = models.load("mini", dtype=torch.float32)
    prompts = [policy.tokenizer.encode(f"What is {i} + 17?" * (1 + 8 * (i % 3))) for i in range(6)]
    requests = [
        Request(prompt=tuple(prompt), budget=Budget(answer=20), seed=i)
        for i, prompt in enumerate(prompts)
    ]

    def compute() -> list[tuple[int, ...]]:
        sampler = LocalSampler(policy.decoder, Markers(ends=frozenset()), rows=6)
        return [rollout.tokens for rollout in sampler.sample(requests)]

    ours, reference = both_ways(monkeypatch, compute)
    assert ours == reference


@needs_compiler
def test_gradients_are_left_to_torch() -> None:
    assert native.serves(torch.ones(16)) is False
    with torch.no_grad():
        assert native.serves(torch.ones(16)) is True
        assert native.serves(torch.ones(16, dtype=torch.float64)) is False
        assert native.attends(torch.ones(1, 48)) is False


@pytest.mark.parametrize(
    "setting", [{"COGITATE_NATIVE": "0"}, {"CC": "no-such-compiler"}, {"CC": "false"}]
)
def test_nothing_needs_a_compiler(setting: dict[str, str], tmp_path) -> None:
    """Switched off, without a compiler, or with one that fails: torch computes."""
    done = subprocess.run(
        [sys.executable, "-m", "cogitate", "ask", "What is 2 + 3?", "--model", "mini"],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), **setting},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "5" in done.stdout
    assert list(tmp_path.rglob("*.so")) == []
