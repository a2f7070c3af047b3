"""Messages are sent in batches, in order; a batch holds at most `limit` bytes of UTF-8."""

import pytest
from packing import pack


def test_batches_are_filled_in_order():
    assert pack(["aaa", "bb", "cccc", "d"], limit=5) == [["aaa", "bb"], ["cccc", "d"]]


def test_everything_fits():
    assert pack(["a", "b", "c"], limit=100) == [["a", "b", "c"]]


def test_order_is_kept_even_if_a_later_message_would_fit():
    assert pack(["aaaa", "bbb", "c"], limit=5) == [["aaaa"], ["bbb", "c"]]


def test_bytes_are_counted_not_characters():
    assert pack(["éé", "é"], limit=4) == [["éé"], ["é"]]


def test_no_messages():
    assert pack([], limit=5) == []


def test_message_that_fits_nowhere():
    with pytest.raises(ValueError, match="message 1 has 6 bytes"):
        pack(["ok", "toobig"], limit=5)


def test_at_most_so_many_messages():
    assert pack(["a", "b", "c"], limit=100, max_count=2) == [["a", "b"], ["c"]]
