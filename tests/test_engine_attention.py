"""Attention to prompts: whole or in pieces, in C or by torch, beside others or alone."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from cogitate.engine.attention import Fill, Prefill
from cogitate.engine.kv_cache import Cache, Slot
from cogitate.models.kernels import native
from tiny import ARCH

CPU = torch.device("cpu")
SHAPES = [(4, 2, 32), (14, 2, 64), (3, 3, 64), (4, 1, 128)]
"""Heads, heads of keys, and width."""
Heads = tuple[Tensor, Tensor, Tensor]

in_c = pytest.mark.skipif(
    not native.attends_tree(torch.empty(1, 1, 32, dtype=torch.bfloat16)), reason="no such C here"
)


def drawn(num: int, shape: tuple[int, int, int]) -> Heads:
    torch.manual_seed(num)
    heads, kv_heads, width = shape
    qkv = torch.randn(num, heads + 2 * kv_heads, width)
    q, k, v = qkv.split([heads, kv_heads, kv_heads], dim=1)  # tokens stand apart, as in the decoder
    return q, k, v


def slots(lengths: list[int], shape: tuple[int, int, int], dtype: torch.dtype) -> list[Slot]:
    heads, kv_heads, width = shape
    arch = replace(ARCH, num_heads=heads, num_kv_heads=kv_heads, head_width=width)
    cache = Cache(arch, len(lengths), dtype, CPU)
    found = [cache.slot(length) for length in lengths]
    cache.fit()
    return found


def whole(qkv: Heads, lengths: list[int], own: list[Slot]) -> Tensor:
    return Prefill(lengths, [[slot] for slot in own], CPU)(0, *qkv)


def in_pieces(qkv: Heads, ends: list[int], slot: Slot) -> Tensor:
    begins = [0, *ends[:-1]]
    return torch.cat([
        Fill(slot, begin, end)(0, *(x[begin:end] for x in qkv))
        for begin, end in zip(begins, ends, strict=True)
    ])  # fmt: skip


def close(ours: Tensor, exact: Tensor) -> None:
    """Check that bfloat16 rounds queries, shares and results, and no more."""
    assert (ours - exact).norm() < 0.006 * exact.norm()
    assert (ours - exact).abs().max() < 0.02 * exact.abs().max()


@in_c
@pytest.mark.parametrize("shape", SHAPES)
def test_in_c_it_is_that_of_torch(
    shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys and values are rounded on both sides: the cache keeps them in bfloat16."""
    lengths = [1, 70, 33, 200]
    qkv = drawn(sum(lengths), shape)
    own = slots(lengths, shape, torch.bfloat16)
    ours, kept = whole(qkv, lengths, own), own[3].block.keys.clone()
    alone = in_pieces(
        [x[-200:] for x in qkv], [64, 65, 200], slots([200], shape, torch.bfloat16)[0]
    )
    monkeypatch.setattr(native, "attends_tree", lambda _: False)
    own = slots(lengths, shape, torch.bfloat16)
    close(ours, whole(qkv, lengths, own))
    close(alone, ours[-200:])
    assert torch.equal(own[3].block.keys, kept)


@in_c
@pytest.mark.parametrize("shape", SHAPES)
def test_a_prompt_has_the_same_bits_in_pieces_and_beside_others(
    shape: tuple[int, int, int],
) -> None:
    lengths = [40, 300, 7]
    qkv = drawn(sum(lengths), shape)
    together = whole(qkv, lengths, slots(lengths, shape, torch.bfloat16))[40:340]
    own = [x[40:340] for x in qkv]
    for ends in ([300], [64, 300], [1, 129, 299, 300]):
        slot = slots([300], shape, torch.bfloat16)[0]
        assert torch.equal(in_pieces(own, ends, slot), together)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_cache_in_fp32_is_read_in_fp32(shape: tuple[int, int, int]) -> None:
    lengths = [50, 20]
    q, k, v = qkv = drawn(70, shape)
    found = whole(qkv, lengths, slots(lengths, shape, torch.float32))
    groups = q.shape[1] // k.shape[1]
    for part in (slice(50), slice(50, 70)):
        own = [x[part].double() for x in (q, *(x.repeat_interleave(groups, 1) for x in (k, v)))]
        scores = torch.einsum("qhd,khd->hqk", own[0], own[1]) * q.shape[2] ** -0.5
        late = torch.ones_like(scores[0]).triu(1).bool()
        exact = torch.einsum(
            "hqk,khd->qhd", scores.masked_fill(late, -torch.inf).softmax(2), own[2]
        )
        torch.testing.assert_close(found[part].double(), exact.flatten(1), rtol=1e-5, atol=1e-5)
