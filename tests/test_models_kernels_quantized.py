"""Products with a GGUF file's own numbers: the numbers are exact, activations may have 8 bits."""

import platform

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize

from cogitate.models.kernels import native
from cogitate.models.kernels.quantized import KINDS, QuantizedLinear, pack
from processors import FLAGS, need_passes
from quantized import raw_rows

pytestmark = pytest.mark.skipif(native.operations() is None, reason="no GCC here")
ALL = pytest.mark.parametrize("kind", sorted(KINDS))


def weights(kind: str, num_rows: int, inner: int) -> tuple[native.Matrix, torch.Tensor]:
    """Return a random matrix, and the same dequantised by gguf."""
    rows = raw_rows(kind, num_rows, inner)
    plain = dequantize(rows, gguf.GGMLQuantizationType[kind])
    return native.Matrix([native.Part(kind, num_rows, pack(kind, rows))]), torch.from_numpy(plain)


def eights(x: torch.Tensor) -> torch.Tensor:
    """Return x [N, I] rounded to 8 bits with one scale for each 32 numbers, as ggml's Q8_0."""
    groups = x.double().view(len(x), -1, 32)
    scale = groups.abs().amax(dim=-1, keepdim=True).clamp(min=1e-30) / 127
    return (groups / scale).round().mul(scale).view(x.shape)


@ALL
@pytest.mark.parametrize("num_rows", [16, 100])
def test_numbers_are_those_of_the_file(kind, num_rows):
    matrix, plain = weights(kind, num_rows, 512)
    found = native.multiply(torch.eye(512), matrix, torch.float32).T
    torch.testing.assert_close(found, plain, rtol=2e-7, atol=1e-8)


@ALL
def test_scales_of_every_size(kind):
    """Of both signs, with zero and the least and greatest that float16 has."""
    rows = raw_rows(kind, 1024, 256)
    numbers = gguf.GGMLQuantizationType[kind]
    blocks = rows.reshape(-1, gguf.GGML_QUANT_SIZES[numbers][1])
    finite = np.delete(np.arange(2**16), np.r_[0x7C00:0x8000, 0xFC00:0x10000]).astype(np.uint16)
    place = 208 if kind == "Q6_K" else 0
    blocks[:, place : place + 2] = np.resize(finite[::62], len(blocks))[:, None].view(np.uint8)
    plain = torch.from_numpy(dequantize(rows, numbers))
    matrix = native.Matrix([native.Part(kind, len(rows), pack(kind, rows))])
    found = native.multiply(torch.eye(256), matrix, torch.float32).T
    torch.testing.assert_close(found, plain, rtol=2e-7, atol=1e-8)


@ALL
@pytest.mark.parametrize("rows", [1, 2, 3, 7, 12, 16, 70])
def test_products_with_activations_of_8_bits(kind, rows):
    torch.manual_seed(rows)
    matrix, plain = weights(kind, 100, 512)
    x = torch.randn(rows, 512) * torch.logspace(-3, 3, rows)[:, None]
    found = native.multiply(x, matrix, torch.float32, way="eight")
    expected = eights(x) @ plain.double().T
    norms = x.norm(dim=1, keepdim=True) * plain.norm(dim=1)
    assert ((found - expected).abs() / norms).max() < 1e-4  # where a half rounds differently
    assert ((found - expected).abs() / norms).mean() < 1e-6


@ALL
@pytest.mark.parametrize("byte", [0x00, 0x7F, 0x80, 0xFF])
def test_the_largest_numbers_of_both_fit_into_the_sums(kind, byte):
    rows = raw_rows(kind, 32, 512)
    numbers = gguf.GGMLQuantizationType[kind]
    blocks = rows.reshape(-1, gguf.GGML_QUANT_SIZES[numbers][1])
    num_scales = 1 if kind in ("Q4_0", "Q5_0", "Q8_0", "Q6_K") else 2
    place = blocks.shape[1] - 2 if kind == "Q6_K" else 0
    blocks[:] = byte
    scales = np.full(num_scales, 2**-6, np.float16).view(np.uint8)
    blocks[:, place : place + len(scales)] = scales
    plain = torch.from_numpy(dequantize(rows, numbers)).double()
    matrix = native.Matrix([native.Part(kind, 32, pack(kind, rows))])
    signs = torch.tensor([1.0, -1.0])
    x = torch.stack([torch.ones(512), -torch.ones(512), signs.repeat(256)])
    found = native.multiply(x, matrix, torch.float32, way="eight")
    sizes = plain.abs().sum(dim=1)  # of one product, as all activations are 1 or -1
    assert ((found - x.double() @ plain.T).abs() / sizes.clamp(min=1)).max() < 1e-5


@ALL
def test_what_is_not_a_number_is_not_hidden(kind):
    matrix, _ = weights(kind, 16, 512)
    x = torch.ones(2, 512)
    x[0, 70] = torch.nan
    found = native.multiply(x, matrix, torch.float32, way="eight")
    assert found[0].isnan().all()
    assert found[1].isfinite().all()


@ALL
@pytest.mark.parametrize("way", ["expanded", "eight", "bf16"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_do_not_depend_on_one_another(kind, way, dtype):
    torch.manual_seed(0)
    matrix, _ = weights(kind, 40, 256)
    x = torch.randn(39, 256).to(dtype)
    each = [native.multiply(row, matrix, dtype, way=way) for row in x.split(1)]
    assert torch.equal(native.multiply(x, matrix, dtype, way=way), torch.cat(each))


@ALL
def test_expanded_to_bfloat16(kind):
    torch.manual_seed(0)
    matrix, plain = weights(kind, 100, 512)
    x = torch.randn(20, 512).bfloat16()
    found = native.multiply(x, matrix, torch.float32)
    torch.testing.assert_close(found, x.float() @ plain.bfloat16().float().T, rtol=1e-4, atol=1e-3)


@ALL
@pytest.mark.parametrize("rows", [1, 20, 70])
def test_both_in_bfloat16_but_for_the_sums(kind, rows):
    torch.manual_seed(rows)
    matrix, plain = weights(kind, 100, 512)
    x = torch.randn(rows, 512)
    found = native.multiply(x, matrix, torch.float32, way="bf16")
    expected = x.bfloat16().float() @ plain.bfloat16().float().T
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)
    for way in ("bf16", "expanded"):
        assert torch.equal(found, native.multiply(x.bfloat16(), matrix, torch.float32, way=way))


def test_parts_of_several_types_and_a_bias():
    """As query, key and value often have: one product, its columns side by side."""
    torch.manual_seed(0)
    some = [weights("Q4_K", 64, 256), weights("Q6_K", 32, 256), weights("Q8_0", 32, 256)]
    bias, x = torch.randn(128), torch.randn(5, 256)
    module = QuantizedLinear([part for matrix, _ in some for part in matrix.parts], bias)
    expected = eights(x).float() @ torch.cat([plain for _, plain in some]).T + bias
    found = native.multiply(x, module.matrix, torch.float32, way="eight")
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(module(x), expected, rtol=0.1, atol=0.5)  # by whichever way


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_bias_of_any_width(dtype):
    """Nothing is written behind the last row."""
    matrix, _ = weights("Q8_0", 40, 64)
    bias, x = torch.randn(40).to(dtype), torch.randn(3, 64).to(dtype)
    plain = native.multiply(x, matrix, dtype, way="eight")
    found = native.multiply(x, native.Matrix(matrix.parts, bias), dtype, way="eight")
    assert torch.equal(found, plain + bias)


@ALL
def test_a_zero_row_is_zero(kind):
    matrix, _ = weights(kind, 16, 256)
    assert not native.multiply(torch.zeros(3, 256), matrix, torch.float32, way="eight").any()


@ALL
def test_an_empty_matrix_has_the_size_of_a_packed_one(kind):
    packed = pack(kind, raw_rows(kind, 35, 512))
    assert native.empty(kind, 35, 512).shape == packed.shape


@ALL
def test_scales_that_are_not_finite_are_refused(kind):
    rows = raw_rows(kind, 16, 256)
    place = 208 if kind == "Q6_K" else 0
    rows[3, place : place + 2] = np.array([np.inf], dtype=np.float16).view(np.uint8)
    with pytest.raises(ValueError, match="not finite"):
        pack(kind, rows)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="flags of another processor")
@pytest.mark.parametrize("left", FLAGS)
def test_a_processor_with_less(left):
    """The same tests pass without VNNI, with AVX2, with SSSE3 and with less."""
    need_passes(left, [__file__], "not less and (Q4_K or Q6_K or Q8_0 or Q5_1)")
