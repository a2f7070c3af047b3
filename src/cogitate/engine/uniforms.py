"""The uniform numbers of requests, for many at once.

Source: Philox4x64-10 (Salmon et al., SC 2011), with counters, words and halves in the order of
`numpy.random.Generator(numpy.random.Philox(key=seed)).random(dtype=float32)`: the same numbers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DRAWN = 64
"""Numbers that are computed at a time."""
_PER_BLOCK = 8
"""Of 24 bits each, from four words of 64 bits."""
_ROUNDS = 10
_FACTORS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_WEYL = np.array([0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B], dtype=np.uint64)[:, None, None]
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)

Words = NDArray[np.uint64]


def uniforms(seeds: Sequence[int], first: Sequence[int]) -> NDArray[np.float32]:
    """Return `DRAWN` numbers in [0, 1) of each seed, [seeds, DRAWN].

    Args:
        seeds: at least 0 and below 2^128.
        first: of each seed, how many numbers were drawn before: multiples of `DRAWN`.
    """
    mask = 2**64 - 1
    key = np.array([[seed & mask for seed in seeds], [seed >> 64 for seed in seeds]], np.uint64)
    begins = np.array(first, np.uint64)[:, None] // np.uint64(_PER_BLOCK)
    blocks = begins + np.arange(1, DRAWN // _PER_BLOCK + 1, dtype=np.uint64)
    words = np.stack(_philox(blocks, key[:, :, None]), axis=-1)
    halves = np.stack([words & _LOW, words >> _HALF], axis=-1).reshape(len(seeds), DRAWN)
    return (halves >> np.uint64(8)).astype(np.float32) * np.float32(2**-24)


def _philox(blocks: Words, key: Words) -> tuple[Words, Words, Words, Words]:
    """Return the four words of each block [seeds, blocks] under the keys [2, seeds, 1]."""
    none = np.zeros_like(blocks)
    a, b, c, d = blocks, none, none, none
    for _ in range(_ROUNDS):
        (high_a, low_a), (high_c, low_c) = _product(a, _FACTORS[0]), _product(c, _FACTORS[1])
        a, b, c, d = high_c ^ b ^ key[0], low_c, high_a ^ d ^ key[1], low_a
        key = key + _WEYL
    return a, b, c, d


def _product(x: Words, factor: int) -> tuple[Words, Words]:
    """Return the upper and the lower 64 bits of a product, from those of halves."""
    high, low = np.uint64(factor >> 32), np.uint64(factor & 0xFFFFFFFF)
    x_high, x_low = x >> _HALF, x & _LOW
    middle = x_high * low + (x_low * low >> _HALF)
    carried = x_low * high + (middle & _LOW)
    upper = x_high * high + (middle >> _HALF) + (carried >> _HALF)
    return upper, x * np.uint64(factor)
