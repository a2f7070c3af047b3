"""The Range header of HTTP downloads. Ranges are returned as (start, stop), stop exclusive."""

import pytest
from byteranges import Unsatisfiable, content_range, parse_range

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        ("bytes=0-499", [(0, 500)]),
        ("bytes=500-999", [(500, 1000)]),
        ("bytes=0-0", [(0, 1)]),
        ("bytes=900-", [(900, 1000)]),
        ("bytes=-100", [(900, 1000)]),
        ("bytes=0-99, 200-299", [(0, 100), (200, 300)]),
    ],
)
def test_parse(header, ranges):
    assert parse_range(header, SIZE) == ranges


def test_end_beyond_the_file_is_cut():
    assert parse_range("bytes=990-5000", SIZE) == [(990, 1000)]
    assert parse_range("bytes=-5000", SIZE) == [(0, 1000)]


def test_ranges_that_overlap_or_touch_are_joined_and_sorted():
    assert parse_range("bytes=500-599,0-99,50-199,200-299", SIZE) == [(0, 300), (500, 600)]


def test_ranges_behind_the_end_are_left_out():
    assert parse_range("bytes=0-9,2000-3000", SIZE) == [(0, 10)]


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=2000-3000", "bytes=-0"])
def test_unsatisfiable(header):
    with pytest.raises(Unsatisfiable):
        parse_range(header, SIZE)


@pytest.mark.parametrize("header", [None, "", "items=0-1", "bytes=", "bytes=5-2", "bytes=a-b"])
def test_headers_to_be_ignored(header):
    """As the standard says: a header with anything malformed is treated as not there."""
    assert parse_range(header, SIZE) is None


def test_content_range():
    assert content_range((0, 500), SIZE) == "bytes 0-499/1000"
