import pytest
from byteranges import Unsatisfiable, content_range, parse_range


@pytest.mark.parametrize(
    ("header", "size", "ranges"),
    [
        ("bytes=10-19", 50, [(10, 20)]),
        ("bytes=-1", 50, [(49, 50)]),
        ("bytes=49-", 50, [(49, 50)]),
        ("bytes=0-", 50, [(0, 50)]),
        ("bytes=-50", 50, [(0, 50)]),
        ("bytes=40-49,0-9", 50, [(0, 10), (40, 50)]),
        ("bytes=0-9,11-19", 50, [(0, 10), (11, 20)]),
        ("bytes=0-9,10-19", 50, [(0, 20)]),
        ("bytes=-10,5-44", 50, [(5, 50)]),
        ("bytes=10-30,15-20", 50, [(10, 31)]),
        ("bytes=60-,-5", 50, [(45, 50)]),
    ],
)
def test_parse(header, size, ranges):
    assert parse_range(header, size) == ranges


@pytest.mark.parametrize("header", ["bytes=50-", "bytes=50-60,70-80", "bytes=-0"])
def test_unsatisfiable(header):
    with pytest.raises(Unsatisfiable):
        parse_range(header, 50)


@pytest.mark.parametrize(
    "header", ["0-5", "bytes=-", "bytes=3", "bytes=1-2,x", "bytes=1-2-3", "bytes=20-10,0-1"]
)
def test_malformed(header):
    assert parse_range(header, 50) is None


def test_content_range():
    assert content_range((49, 50), 50) == "bytes 49-49/50"
    assert content_range((10, 30), 2048) == "bytes 10-29/2048"
