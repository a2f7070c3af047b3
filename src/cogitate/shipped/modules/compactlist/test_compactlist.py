"""None and empty texts are dropped; everything else stays, also 0 and False."""

from compactlist import compact


def test_none_and_empty_texts_go():
    assert compact(["a", None, "", "b"]) == ["a", "b"]


def test_zero_and_false_stay():
    assert compact([0, None, False]) == [0, False]


def test_nothing_left():
    assert compact([None, ""]) == []
