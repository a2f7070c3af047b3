"""GGUF files (ggml docs/gguf.md): read with any quantisation, written as f16."""

from cogitate.models.gguf.file import FAMILIES, GGUF, is_gguf, outline, policy, read, save

__all__ = ["FAMILIES", "GGUF", "is_gguf", "outline", "policy", "read", "save"]
