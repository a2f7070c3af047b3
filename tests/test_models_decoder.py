"""The decoder on a GPU: what is compiled gives the same gradients."""

import pytest
import torch
from torch.nn import functional as F

from cogitate.models.kernels import matrix, native
from cogitate.update.tree import TreeAttention, pack
from test_update_learner import make_groups
from tiny import make_decoder


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")
def test_compiled_parts_give_the_same_gradients(monkeypatch):
    monkeypatch.setattr(native, "operations", lambda: None)
    monkeypatch.setattr(matrix, "matmul", lambda x, weight, _: F.linear(x, weight))
    found = []
    for compiled in (False, True):
        decoder = make_decoder()
        for layer in decoder.layers if compiled else ():
            layer.compile_parts(backend="aot_eager")  # pyright: ignore[reportCallIssue]
        for num_groups in (2, 3):  # of other lengths
            packed = pack(make_groups(num_groups), torch.device("cpu"))
            decoder(
                packed.tokens, packed.positions, TreeAttention(packed)
            ).square().sum().backward()
        grads = [p.grad.flatten() for p in decoder.parameters() if p.grad is not None]
        found.append(torch.cat(grads))
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-5)
