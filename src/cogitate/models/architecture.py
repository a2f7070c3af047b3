"""The architecture of a decoder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RopeScaling:
    """Llama 3's frequency scaling (Llama 3.1 model card; `rope_type: llama3`)."""

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_context: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """Sizes and switches of one Llama-, Qwen2- or Qwen3-family decoder.

    Example: Architecture(family="llama", vocab_size=49152, width=576, num_layers=30,
    num_heads=9, num_kv_heads=3, head_width=64, mlp_width=1536, context=8192,
    rope_theta=1e5, norm_eps=1e-5, tied=True)
    """

    family: str
    """"llama", "qwen2" or "qwen3"."""
    vocab_size: int
    """Rows of the embedding; may exceed the tokenizer's."""
    width: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_width: int
    mlp_width: int
    context: int
    """Maximum number of positions, in tokens."""
    rope_theta: float = 10_000.0
    rope_scaling: RopeScaling | None = None
    norm_eps: float = 1e-6
    tied: bool = True
    """Whether the output head shares the embedding's weights."""
    qkv_bias: bool = False
    qk_norm: bool = False
    """RMSNorm on each head's query and key (Qwen3)."""

    @property
    def q_width(self) -> int:
        """Total width of all query heads."""
        return self.num_heads * self.head_width

    @property
    def kv_width(self) -> int:
        """Total width of all key heads, equal to that of the values."""
        return self.num_kv_heads * self.head_width
