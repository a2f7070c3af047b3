import pytest
from releases import compare, latest


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [
        ("0.0.9", "0.0.10", -1),
        ("10.0.0", "9.99.99", 1),
        ("v3", "v3.0.0", 0),
        ("v3.0.1", "3", 1),
        ("1.0.0-rc", "1.0.0-beta", 1),
        ("1.0.0-alpha", "1.0.0-alpha", 0),
        ("1.0", "1.0.0-rc", 1),
        ("1.0-rc", "1.0.0-rc", 0),
        ("0.9.9", "1.0.0-alpha", -1),
    ],
)
def test_compare(a, b, result):
    assert compare(a, b) == result


def test_latest():
    assert latest(["0.1", "0.1.2", "0.1.10", "0.1.9"]) == "0.1.10"
    assert latest(["v2", "v10", "v9.9"]) == "v10"


def test_latest_release_beats_its_prerelease():
    assert latest(["2.0.0-rc", "2.0.0", "2.0.0-beta"], prereleases=True) == "2.0.0"


def test_latest_of_prereleases_alone():
    tags = ["1.0.0-beta", "1.0.0-alpha"]
    assert latest(tags) is None
    assert latest(tags, prereleases=True) == "1.0.0-beta"
    assert latest([], prereleases=True) is None


@pytest.mark.parametrize("bad", ["", "one.two", "1..2"])
def test_garbage(bad):
    with pytest.raises(ValueError):
        compare("1.0.0", bad)
