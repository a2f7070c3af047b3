"""Attention by segments of varying length is that of the padded blocks with their masks."""

import torch

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
