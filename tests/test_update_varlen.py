"""Attention by segments of varying length is that of the padded blocks with their masks."""

import inspect
from inspect import Parameter, Signature

import pytest
import torch
from torch.nn.attention.varlen import varlen_attn

from cogitate.update import varlen
from cogitate.update.tree import TreeAttention, pack
from cogitate.update.varlen import VarlenTree
from test_update_learner import make_groups
from tiny import make_decoder


def test_gradients_are_those_of_the_mask():
    packed = pack(make_groups(num_groups=5), torch.device("cpu"))
    found = []
    for attention in (TreeAttention, VarlenTree):
        decoder = make_decoder()
        decoder.requires_grad_()
        hidden = decoder(packed.tokens, packed.positions, attention(packed))
        hidden.square().sum().backward()
        grads = [p.grad.flatten() for p in decoder.parameters() if p.grad is not None]
        found.append((hidden.detach(), torch.cat(grads)))
    (hidden, grad), (other_hidden, other_grad) = found
    torch.testing.assert_close(hidden, other_hidden, rtol=1e-5, atol=1e-5)
    assert float((grad - other_grad).norm() / grad.norm()) < 1e-5


def torchs(*settings: str):
    """Return what stands in for torch's function, with the settings of one of its versions."""

    def attend(q, k, v, *bounds, **given):
        assert given == {name: MEANS[name] for name in settings}
        assert all(bound.dtype == torch.int32 for bound in bounds[:2])
        assert bounds[2:] == tuple(int(bound.diff().max()) for bound in bounds[:2])
        if "enable_gqa" not in settings:
            assert q.shape[1] == k.shape[1] == v.shape[1]
        queries, keys, *longest = bounds
        return varlen._segment_by_segment(q, k, v, queries, keys, tuple(longest))

    kinds = [Parameter(name, Parameter.KEYWORD_ONLY) for name in settings]
    attend.__signature__ = Signature(kinds)
    return attend


MEANS = {"is_causal": True, "window_size": (-1, 0), "enable_gqa": True}


@pytest.mark.parametrize(
    "settings", [["is_causal"], ["window_size"], ["window_size", "enable_gqa"]]
)
def test_torchs_function_is_called_as_each_version_has_it(monkeypatch, settings):
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", torchs(*settings))
    packed = pack(make_groups(num_groups=3), torch.device("cpu"))
    attention = VarlenTree(packed)
    random = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(len(packed.tokens), n, 8, generator=random) for n in (4, 2, 2))
    gathered = [x.index_select(0, attention._sources) for x in (k, v)]
    attend = varlen._flash.__wrapped__()
    bounds = attention._queries, attention._keys, attention._longest
    found = attend(q, gathered[0], gathered[1], *bounds)
    torch.testing.assert_close(found.flatten(1), attention(0, q, k, v))


def test_the_installed_torch_takes_what_it_is_called_with():
    known = inspect.signature(varlen_attn)
    names = set(known.parameters)
    assert "is_causal" in names or "window_size" in names
    known.bind(*[None] * 7)
