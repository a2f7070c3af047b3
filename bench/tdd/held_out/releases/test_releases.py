"""Versions of our releases: MAJOR.MINOR.PATCH with an optional pre-release after a dash.

A pre-release comes before its release. Pre-releases of one version are ordered
alphabetically, which is all we need (alpha < beta < rc).
"""

from itertools import pairwise

import pytest
from releases import compare, latest

ORDERED = ["1.2.9", "1.9.9", "1.10.0", "2.0.0-alpha", "2.0.0-beta", "2.0.0-rc", "2.0.0", "10.0.0"]


def test_compare_ordered():
    for lower, higher in pairwise(ORDERED):
        assert compare(lower, higher) == -1, (lower, higher)
        assert compare(higher, lower) == 1, (higher, lower)


@pytest.mark.parametrize(
    ("a", "b"), [("1.2.3", "1.2.3"), ("v1.4.0", "1.4.0"), ("1.4", "1.4.0"), ("2", "2.0.0")]
)
def test_compare_equal(a, b):
    assert compare(a, b) == 0


def test_compare_garbage():
    with pytest.raises(ValueError):
        compare("1.x", "1.0")


def test_latest():
    # pre-releases do not count, unless asked for
    assert latest(["v1.9.0", "v2.0.0-rc", "v1.10.1", "v1.2.0"]) == "v1.10.1"
    assert latest(["1.0.0", "1.1.0-beta"], prereleases=True) == "1.1.0-beta"


def test_latest_none():
    assert latest([]) is None
    assert latest(["1.0.0-alpha"]) is None
