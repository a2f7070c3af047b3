"""Grouped-query attention (arXiv 2305.13245)."""

from torch import Tensor
from torch.nn import functional as F

_DENSE = 1 << 22
"""Scores over all rows and heads up to which they are materialised; beyond, memory is limiting."""
_SHORT = 1 << 16
"""Scores of one head up to which they are always materialised."""


def grouped_attention(q_RHLd: Tensor, k_RKTd: Tensor, v_RKTd: Tensor, bias_R1LT: Tensor) -> Tensor:
    """Return attention [R, H, L, d] from queries [R, H, L, d], keys and values [R, K, T, d].

    The H / K query heads of a key head are rows of one product. The bias [R, 1, L, T] is 0 or -inf,
    so that adding it does not round; the softmax sums in fp32 for any dtype. On a CPU it is several
    times faster, forward and backward, than `scaled_dot_product_attention`, which is used if the
    scores would be large, and on a GPU.
    """
    if q_RHLd.device.type != "cpu":
        return _fused(q_RHLd, k_RKTd, v_RKTd, bias_R1LT.to(q_RHLd.dtype))
    num_rows, num_heads, length, width = q_RHLd.shape
    num_kv, columns = k_RKTd.shape[1:3]
    size = length * columns
    if size > _SHORT and size * num_rows * num_heads > _DENSE:
        return F.scaled_dot_product_attention(
            q_RHLd, k_RKTd, v_RKTd, attn_mask=bias_R1LT.to(q_RHLd.dtype), enable_gqa=True
        )
    q = (q_RHLd * width**-0.5).reshape(num_rows, num_kv, -1, width)
    scores = q @ k_RKTd.transpose(-1, -2)
    scores.view(num_rows, num_kv, -1, length, columns).add_(bias_R1LT.to(scores.dtype)[:, :, None])
    return (scores.softmax(dim=-1) @ v_RKTd).view(num_rows, num_heads, length, width)


def _fused(q_RHLd: Tensor, k_RKTd: Tensor, v_RKTd: Tensor, bias_R1LT: Tensor) -> Tensor:
    """Return the same by kernels that take a mask, and so no groups; scores are kept in fp32."""
    num_rows, num_heads, length, width = q_RHLd.shape
    num_kv = k_RKTd.shape[1]
    if length == 1:  # the heads of a group as queries
        q = q_RHLd.reshape(num_rows, num_kv, -1, width)
        mixed = F.scaled_dot_product_attention(q, k_RKTd, v_RKTd, attn_mask=bias_R1LT)
        return mixed.reshape(num_rows, num_heads, 1, width)
    k, v = (x.repeat_interleave(num_heads // num_kv, dim=1) for x in (k_RKTd, v_RKTd))
    return F.scaled_dot_product_attention(q_RHLd, k, v, attn_mask=bias_R1LT)
