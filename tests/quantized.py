"""Weights in GGUF's types, random and of small models, as files and as raw rows."""

from pathlib import Path

import gguf
import numpy as np
from gguf.quants import quantize
from numpy.typing import NDArray

from cogitate import models
from cogitate.models.gguf import save

K_SCALES = {"Q4_K": slice(0, 4), "Q5_K": slice(0, 4), "Q6_K": slice(208, 210)}
"""Where a block of a K-quant has its float16 scales."""


def raw_rows(kind: str, num_rows: int, inner: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return rows as a GGUF file has them: gguf's own quantisation, or random bits of K-quants."""
    random, numbers = np.random.default_rng(seed), gguf.GGMLQuantizationType[kind]
    if kind not in K_SCALES:
        return quantize(random.normal(size=(num_rows, inner)).astype(np.float32), numbers)
    size, num_bytes = gguf.GGML_QUANT_SIZES[numbers]
    blocks = random.integers(0, 256, (num_rows, inner // size, num_bytes), dtype=np.uint8)
    place = K_SCALES[kind]
    scales = random.uniform(1e-3, 1e-2, (*blocks.shape[:2], (place.stop - place.start) // 2))
    blocks[:, :, place] = scales.astype(np.float16).view(np.uint8)
    return blocks.reshape(num_rows, -1)


def save_quantized(policy: models.Policy, path: Path, kinds: dict[str, str], monkeypatch) -> Path:
    """Write a policy as GGUF; matrices whose name contains a key have the type of its value."""
    add = gguf.GGUFWriter.add_tensor

    def quantized(writer, name, tensor, **given):
        kind = next((kinds[part] for part in kinds if part in name), None)
        if kind is None or tensor.ndim < 2:
            return add(writer, name, tensor, **given)
        rows = (
            raw_rows(kind, *tensor.shape, seed=len(name))
            if kind in K_SCALES
            else quantize(tensor.astype(np.float32), gguf.GGMLQuantizationType[kind])
        )
        return add(writer, name, rows, raw_dtype=gguf.GGMLQuantizationType[kind])

    with monkeypatch.context() as patched:
        patched.setattr(gguf.GGUFWriter, "add_tensor", quantized)
        save(policy, path)
    return path
