"""The small operations in C have torch's gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from cogitate.models import decoder
from cogitate.models.kernels import native

pytestmark = pytest.mark.skipif(native.operations() is None, reason="no GCC here")
BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])


def compare(
    compute: Callable[..., tuple[Tensor, ...]], given: list[Tensor], dtype: torch.dtype
) -> None:
    """Compare results and gradients in C with torch's in fp64."""
    ours, exact = ([x.to(kind or x.dtype) for x in given] for kind in (None, torch.float64))
    results = []
    for inputs in (ours, exact):
        inputs = [x.detach().requires_grad_() for x in inputs]
        outputs = compute(*inputs)
        torch.manual_seed(1)
        loss = torch.stack(
            [(y.double() * torch.randn(y.shape).double()).sum() for y in outputs]
        ).sum()
        results.append([*outputs, *torch.autograd.grad(loss, inputs)])
    for found, reference in zip(*results, strict=True):
        assert reference.abs().max() > 0.1
        relative = (found.double() - reference).norm() / reference.norm()
        assert relative < (1e-2 if dtype == torch.bfloat16 else 1e-5)


@BOTH
@pytest.mark.parametrize("threads", [1, 3])
def test_a_norm_of_a_sum(dtype: torch.dtype, threads: int) -> None:
    torch.manual_seed(0)
    x, delta = torch.randn(77, 64), torch.randn(77, 64).to(dtype)
    weight = torch.randn(64).to(dtype)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        compare(lambda *each: decoder.add_norm(each[:2], each[2], 1e-5), [x, delta, weight], dtype)
        compare(lambda *each: decoder.add_norm((each[0], None), each[1], 1e-5), [x, weight], dtype)
        compare(  # the residual goes nowhere else
            lambda *each: decoder.add_norm((each[0], None), each[1], 1e-5)[1:], [x, weight], dtype
        )
    finally:
        torch.set_num_threads(before)


def test_a_frozen_norm_has_no_gradient() -> None:
    x, weight = torch.randn(5, 32, requires_grad=True), torch.ones(32)
    decoder.add_norm((x, None), weight, 1e-5)[1].sum().backward()
    assert x.grad is not None
    assert weight.grad is None


@BOTH
def test_a_gate(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    gate_up = (5 * torch.randn(70, 192)).to(dtype)
    gate_up[0, 0], gate_up[1, 0] = -200, 200
    compare(lambda x: (decoder.gated(x),), [gate_up], dtype)


@BOTH
def test_positions_of_some_heads(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    heads, angles = torch.randn(70, 9, 64).to(dtype), torch.randn(70, 1, 32)
    cos, sin = (torch.cat([x, y], dim=-1).to(dtype) for x, y in (
        (angles.cos(), angles.cos()), (-angles.sin(), angles.sin())))  # fmt: skip

    def rotated(x: Tensor) -> tuple[Tensor]:
        return (decoder.rotate(x[:, :7], (cos.to(x.dtype), sin.to(x.dtype))),)

    compare(rotated, [heads], dtype)
    with torch.enable_grad():
        inputs = heads.clone().requires_grad_()
        rotated(inputs)
        assert torch.equal(inputs, heads), "the input has changed"
