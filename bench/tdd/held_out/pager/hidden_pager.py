import pytest
from pager import paginate


def test_exact_multiple():
    page = paginate(list("abcdef"), page=2, per_page=3)
    assert page.items == ["d", "e", "f"]
    assert page.pages == 2
    assert page.has_prev is True
    assert page.has_next is False
    assert page.label == "4-6 of 6"


def test_middle_page():
    page = paginate(list(range(50)), page=3, per_page=7)
    assert page.items == list(range(14, 21))
    assert page.pages == 8
    assert page.has_prev
    assert page.has_next
    assert page.label == "15-21 of 50"


def test_one_page():
    page = paginate(["x", "y"], page=1, per_page=5)
    assert page.items == ["x", "y"]
    assert (page.pages, page.has_prev, page.has_next) == (1, False, False)
    assert page.label == "1-2 of 2"


def test_empty_list():
    page = paginate([], page=1, per_page=3)
    assert page.has_prev is False
    with pytest.raises(IndexError, match="no page 2"):
        paginate([], page=2, per_page=3)


def test_page_after_exact_multiple():
    with pytest.raises(IndexError, match="no page 3"):
        paginate([1, 2, 3, 4], page=3, per_page=2)
