"""Versions of our releases: MAJOR.MINOR.PATCH with an optional pre-release after a dash.

A pre-release comes before its release. Pre-releases of one version are ordered
alphabetically, which is all we need (alpha < beta < rc).
"""

import pytest
from releases import compare, latest


def test_numbers_are_compared_as_numbers():
    assert compare("1.2.3", "1.2.3") == 0
    assert compare("1.10.0", "1.9.9") == 1
    assert compare("1.9.9", "2.0.0") == -1


def test_leading_v_is_ignored():
    assert compare("v1.4.0", "1.4.0") == 0


def test_missing_parts_are_zero():
    assert compare("1.4", "1.4.0") == 0
    assert compare("2", "1.9") == 1


def test_prerelease():
    assert compare("2.0.0-rc", "2.0.0") == -1
    assert compare("2.0.0-beta", "2.0.0-alpha") == 1
    assert compare("2.0.0-alpha", "1.9.9") == 1


def test_latest_skips_prereleases():
    tags = ["v1.9.0", "v2.0.0-rc", "v1.10.1", "v1.2.0"]
    assert latest(tags) == "v1.10.1"


def test_latest_with_prereleases():
    assert latest(["1.0.0", "1.1.0-beta"], prereleases=True) == "1.1.0-beta"


def test_latest_of_nothing():
    assert latest([]) is None
    assert latest(["1.0.0-alpha"]) is None


def test_garbage():
    with pytest.raises(ValueError):
        compare("1.x", "1.0")
