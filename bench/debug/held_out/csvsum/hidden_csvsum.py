import pytest
from csvsum import column_sum, rows


def test_sum():
    assert column_sum("a,b\n1,2\n3,4\n", "b") == 6.0
    assert column_sum("a\n", "a") == 0
    assert column_sum("a,b\n1,-2.25\n,1\n", "b") == -1.25


def test_unknown():
    with pytest.raises(KeyError):
        column_sum("a\n1\n", "z")


def test_rows():
    assert rows("x, y\n1, 2\n") == [{"x": "1", "y": "2"}]
