import pytest
from packing import pack


@pytest.mark.parametrize(
    ("messages", "limit", "batches"),
    [
        (["abcde"], 5, [["abcde"]]),
        (["a", "b", "c", "d"], 1, [["a"], ["b"], ["c"], ["d"]]),
        (["ab", "cd", "ef"], 4, [["ab", "cd"], ["ef"]]),
        (["", "abc", ""], 3, [["", "abc", ""]]),
        (["a", "bbbb", "a", "bbbb"], 5, [["a", "bbbb"], ["a", "bbbb"]]),
        (["€", "€", "x"], 7, [["€", "€", "x"]]),
        (["€", "€", "x"], 6, [["€", "€"], ["x"]]),
    ],
)
def test_pack(messages, limit, batches):
    assert pack(messages, limit=limit) == batches


def test_both_limits():
    batches = [["aa", "b"], ["c", "ddd"], ["e"]]
    assert pack(["aa", "b", "c", "ddd", "e"], limit=4, max_count=2) == batches
    assert pack(["a", "b"], limit=4, max_count=1) == [["a"], ["b"]]


def test_too_big():
    with pytest.raises(ValueError, match="message 0 has 3 bytes"):
        pack(["€"], limit=2)
    with pytest.raises(ValueError, match="message 3 has 4 bytes"):
        pack(["a", "a", "a", "long"], limit=3)
