import pytest
from boxes import pack


def test_pack():
    assert pack([], 5) == []
    assert pack([5, 5, 5], 5) == [[5], [5], [5]]
    assert pack([1, 2, 3, 4, 5], 6) == [[1, 2, 3], [4], [5]]


def test_too_heavy():
    with pytest.raises(ValueError, match="heavier"):
        pack([7], 6)
