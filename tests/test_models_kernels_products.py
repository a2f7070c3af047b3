"""The way to multiply: measured once, and forced by an environment variable."""

import time

import pytest
import torch

from cogitate.errors import UsageError
from cogitate.models.kernels import native, products
from cogitate.models.kernels.matrix import Blocked

pytestmark = pytest.mark.skipif(native.operations() is None, reason="no GCC here")
SHAPE = (64, 128)
"""Columns of activations and of the product."""


@pytest.fixture(autouse=True)
def _new_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(products.SWITCH, raising=False)
    yield
    products._measured.cache_clear()


def measured(monkeypatch, seconds: dict[str, float]) -> None:
    """Make each way take so long."""
    runs = {name: lambda s=s: time.sleep(s) for name, s in seconds.items()}
    monkeypatch.setattr(products, "_plain", lambda *_: runs)
    monkeypatch.setattr(products, "_quantized", lambda *_: runs)
    products._measured.cache_clear()


def test_the_fastest_is_taken_and_kept(monkeypatch):
    measured(monkeypatch, {"c": 0.002, "onednn": 0.0})
    assert products.way("F32", torch.float32, 5, *SHAPE) == "onednn"
    measured(monkeypatch, {"c": 0.0, "onednn": 0.002})
    assert products.way("F32", torch.float32, 8, *SHAPE) == "onednn"  # measured as 8 rows before
    assert products.way("F32", torch.float32, 9, *SHAPE) == "c"


def test_a_way_that_other_work_slows_is_tried_until_it_gets_no_faster(monkeypatch):
    left = list(range(9))
    monkeypatch.setattr(products, "_plain", lambda *_: {
        "c": lambda: time.sleep(0.003),
        "onednn": lambda: time.sleep(left.pop() / 1000 if left else 0),
    })  # fmt: skip
    products._measured.cache_clear()
    assert products.way("F32", torch.float32, 5, *SHAPE) == "onednn"
    assert not left


@pytest.mark.parametrize("name", ["eight", "expanded", "bf16"])
def test_quantized_weights_have_ways_of_their_own(monkeypatch, name):
    measured(monkeypatch, dict.fromkeys(("eight", "expanded", "bf16"), 0.002) | {name: 0.0})
    assert products.way("Q4_K", torch.float32, 5, *SHAPE) == name


@pytest.mark.parametrize("kind", ["F32", "BF16", "Q4_0", "Q6_K"])
def test_real_ways_are_measured(kind):
    dtype = torch.bfloat16 if kind == "BF16" else torch.float32
    assert products.way(kind, dtype, 3, 256, 64) in products._ways(kind, dtype)
    assert "bf16" not in products._ways("Q4_0", torch.bfloat16)


def test_ways_are_forced(monkeypatch):
    monkeypatch.setenv(products.SWITCH, "onednn,eight")
    assert products.way("BF16", torch.bfloat16, 1, *SHAPE) == "onednn"
    assert products.way("Q4_K", torch.bfloat16, 1, *SHAPE) == "eight"
    monkeypatch.setenv(products.SWITCH, "bf16,expanded")
    assert products.way("Q4_K", torch.float32, 1, *SHAPE) == "bf16"
    assert products.way("Q4_K", torch.bfloat16, 1, *SHAPE) == "expanded"


def test_an_unknown_way_is_refused(monkeypatch):
    monkeypatch.setenv(products.SWITCH, "amx")
    with pytest.raises(UsageError, match="'amx'; it may name c, onednn, eight, expanded, bf16"):
        products.check_switch(torch.float32)


def test_a_way_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(products.onednn, "has", lambda dtype: dtype == torch.float32)
    monkeypatch.setenv(products.SWITCH, "onednn,eight")
    products.check_switch(torch.float32)
    with pytest.raises(UsageError, match=r"'onednn', which has no torch\.bfloat16 here"):
        products.check_switch(torch.bfloat16)


@pytest.mark.parametrize("fastest", ["c", "onednn"])
def test_a_weight_has_two_copies_only_where_onednn_is_faster(monkeypatch, fastest):
    monkeypatch.setattr(products.onednn, "has", lambda _: True)
    measured(monkeypatch, {"c": 0.001, "onednn": 0.001, fastest: 0.0})
    assert products.num_copies(torch.float32) == (2 if fastest == "onednn" else 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rows", [1, 12, 100])
def test_both_ways_multiply_alike(monkeypatch, dtype, rows):
    torch.manual_seed(0)
    weight, x = torch.randn(433, 192).to(dtype), torch.randn(rows, 192).to(dtype)
    found = []
    for name in ("c", "onednn"):
        monkeypatch.setenv(products.SWITCH, name)
        with torch.no_grad():
            found.append(Blocked().times(x, weight))
    torch.testing.assert_close(*found, rtol=2**-7, atol=2**-4 if dtype == torch.bfloat16 else 1e-4)
