import pytest
from pager import Page, paginate

ITEMS = list(range(1, 24))  # 23 items


def test_first_page() -> None:
    page = paginate(ITEMS, page=1, per_page=10)
    assert isinstance(page, Page)
    assert page.items == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert (page.has_prev, page.has_next) == (False, True)


def test_last_page_is_shorter() -> None:
    page = paginate(ITEMS, page=3, per_page=10)
    assert page.items == [21, 22, 23]
    assert (page.has_prev, page.has_next) == (True, False)


def test_number_of_pages() -> None:
    assert paginate(ITEMS, page=1, per_page=10).pages == 3
    assert paginate(ITEMS, page=1, per_page=23).pages == 1


def test_an_empty_list_has_one_empty_page() -> None:
    page = paginate([], page=1, per_page=10)
    assert page.pages == 1
    assert page.items == []
    assert page.has_next is False


@pytest.mark.parametrize("number", [0, -1, 4])
def test_no_such_page(number: int) -> None:
    with pytest.raises(IndexError, match=f"no page {number}"):
        paginate(ITEMS, page=number, per_page=10)


def test_label() -> None:
    assert paginate(ITEMS, page=2, per_page=10).label == "11-20 of 23"
    assert paginate(ITEMS, page=3, per_page=10).label == "21-23 of 23"
    assert paginate([], page=1, per_page=10).label == "0 of 0"
