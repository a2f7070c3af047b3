"""Grouped-query attention (arXiv 2305.13245) without expanding the keys."""

from torch import Tensor
from torch.nn import functional as F

_DENSE = 1 << 22
"""Scores, over all rows and heads, that are written out; beyond, memory matters more than speed."""
_SHORT = 1 << 16
"""Scores of one head that are written out whatever the number of rows and heads."""


def grouped_attention(q_RHLd: Tensor, k_RKTd: Tensor, v_RKTd: Tensor, bias_R1LT: Tensor) -> Tensor:
    """Return attention [R, H, L, d] of queries to the T keys that they share by groups.

    The H / K query heads of a key head are as many rows of one product. The bias is 0 or -inf,
    so that adding it rounds nothing; the softmax sums in fp32 whatever the dtype. Several times
    faster forward and backward on a CPU than `scaled_dot_product_attention`, which serves where
    scores would be large.
    """
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
