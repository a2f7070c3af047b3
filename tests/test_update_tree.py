"""Packing in arrays: what plain loops over tokens give, to the bit."""

import dataclasses
from math import nan

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cogitate.models.kernels import native
from cogitate.types import Datum
from cogitate.update.tree import Rows, TreeAttention, pack

TOKENS = st.integers(0, 300)
FLOATS = st.floats(-2, 2, width=32)
CPU = torch.device("cpu")


@st.composite
def groups(draw) -> list[list[Datum]]:
    drawn = []
    for _ in range(draw(st.integers(1, 4))):
        prompt = tuple(draw(st.lists(TOKENS, min_size=1, max_size=6)))
        has_logprobs, group = draw(st.booleans()), []
        for _ in range(draw(st.integers(1, 3))):
            completion = tuple(draw(st.lists(TOKENS, min_size=1, max_size=7)))
            size = {"min_size": len(completion), "max_size": len(completion)}
            weights = draw(st.lists(FLOATS | st.just(0.0) | st.just(1e-50), **size))
            logprobs = tuple(draw(st.lists(FLOATS, **size))) if has_logprobs else None
            temperature = draw(st.sampled_from([1.0, 0.7]))
            group.append(
                Datum(prompt=prompt, completion=completion, weights=(*weights[:-1], 1.0),
                      logprobs=logprobs, temperature=temperature)
            )  # fmt: skip
        drawn.append(group)
    return drawn


def by_loops(groups: list[list[Datum]]) -> dict[str, list]:
    """The same, a token at a time."""
    groups = sorted(groups, key=lambda group: len(group[0].prompt))
    prompts = [group[0].prompt for group in groups]
    members = [(i, datum) for i, group in enumerate(groups) for datum in group]
    members.sort(key=lambda member: len(member[1].completion))
    tokens = [token for prompt in prompts for token in prompt]
    positions = [i for prompt in prompts for i in range(len(prompt))]
    ends = [sum(map(len, prompts[: i + 1])) for i in range(len(prompts))]
    names = ("sources", "targets", "weights", "behaviour", "temperatures", "sequence")
    found = {name: [] for name in names}
    for index, (group, datum) in enumerate(members):
        start = len(tokens)
        tokens += datum.completion[:-1]
        positions += range(len(datum.prompt), len(datum.prompt) + len(datum.completion) - 1)
        behaviour = datum.logprobs or (nan,) * len(datum.completion)
        for j, (token, weight) in enumerate(zip(datum.completion, datum.weights, strict=True)):
            if weight != 0:
                source = start + j - 1 if j else ends[group] - 1
                own = (source, token, weight, behaviour[j], datum.temperature, index)
                for name, value in zip(names, own, strict=True):
                    found[name].append(value)
    return found | {
        "tokens": tokens,
        "positions": positions,
        "prompt_lengths": [len(prompt) for prompt in prompts],
        "completion_lengths": [len(datum.completion) - 1 for _, datum in members],
        "completion_prompt": [group for group, _ in members],
    }


@given(groups())
def test_a_pack_is_what_loops_give(drawn):
    packed, expected = pack(drawn, CPU), by_loops(drawn)
    for field in dataclasses.fields(packed):
        found = getattr(packed, field.name)
        if isinstance(found, torch.Tensor):
            same = torch.tensor(expected[field.name], dtype=found.dtype)
            torch.testing.assert_close(found, same, rtol=0, atol=0, equal_nan=True)
        else:
            assert found == expected[field.name]


@given(groups())
def test_each_row_sees_its_prompt_and_itself(drawn):
    packed = pack(drawn, CPU)
    rows = Rows.of(packed)
    keys = torch.from_numpy(rows.keys).split((rows.before + rows.own).tolist())
    for key, before, own in zip(keys, rows.before.tolist(), rows.own.tolist(), strict=True):
        assert packed.positions[key].tolist() == list(range(before + own))
    own = [key[before:] for key, before in zip(keys, rows.before.tolist(), strict=True)]
    assert torch.cat(own).tolist() == list(range(len(packed.tokens)))


def mixed_and_gradients(
    attention: TreeAttention, heads: list[torch.Tensor], grad: torch.Tensor
) -> list[torch.Tensor]:
    heads = [x.requires_grad_() for x in heads]
    mixed = attention(0, heads[0], heads[1], heads[2])
    return [mixed.detach(), *torch.autograd.grad(mixed, heads, grad)]


@pytest.mark.skipif(
    not native.attends_tree(torch.empty(1, 1, 32, dtype=torch.bfloat16)), reason="no such C here"
)
@pytest.mark.parametrize(
    ("lengths", "shape"),
    [
        ([(1, [1, 2])], (1, 1, 32)),
        ([(5, [3, 1, 9]), (7, [2])], (4, 2, 32)),
        ([(70, [80, 33, 1]), (31, [64])], (14, 2, 64)),
        ([(33, [64, 65])], (3, 3, 128)),
    ],
)
def test_attention_in_c_is_that_of_padded_blocks(
    monkeypatch: pytest.MonkeyPatch, lengths: list, shape: tuple[int, int, int]
) -> None:
    """Against torch in fp32: bfloat16 rounds queries, shares, their gradients and results."""
    data = [
        [Datum(prompt=(3,) * size, completion=(5,) * n, weights=(1.0,) * n) for n in completions]
        for size, completions in lengths
    ]
    packed = pack(data, torch.device("cpu"))
    num_heads, num_kv, width = shape
    torch.manual_seed(0)
    size = len(packed.tokens)
    both = torch.randn(size, num_heads + num_kv, width).bfloat16()
    q, k = both.split([num_heads, num_kv], dim=1)  # tokens stand apart, as in the decoder
    v = torch.randn(size, num_kv, width).bfloat16()
    grad = torch.randn(size, num_heads * width).bfloat16()
    assert native.attends_tree(q)
    ours = mixed_and_gradients(TreeAttention(packed), [q.detach(), k.detach(), v], grad)
    monkeypatch.setattr(native, "attends_tree", lambda _: False)
    heads = [x.detach().float() for x in (q, k, v)]
    for own, reference in zip(
        ours, mixed_and_gradients(TreeAttention(packed), heads, grad.float()), strict=True
    ):
        assert own.dtype == torch.bfloat16
        assert (own.float() - reference).norm() < 0.006 * reference.norm()
        assert (own.float() - reference).abs().max() < 0.02 * reference.abs().max()
