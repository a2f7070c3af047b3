"""The numbers of many requests in turn are those of one generator for each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cogitate.engine.uniforms import DRAWN, Uniforms

SEEDS = st.integers(0, 2**128 - 1) | st.integers(0, 2**63 - 1) | st.integers(0, 99)


@given(st.lists(st.tuples(SEEDS, st.integers(0, 30)), min_size=1, max_size=6))
def test_they_are_those_of_numpy(drawn):
    uniforms = Uniforms()
    for seed, num in drawn:
        generator = np.random.Generator(np.random.Philox(key=seed))
        expected = generator.random(DRAWN * (num + 1), dtype=np.float32)[-DRAWN:]
        found = uniforms.draw(seed, DRAWN * num)
        assert found.dtype == np.float32
        assert np.array_equal(found, expected)
