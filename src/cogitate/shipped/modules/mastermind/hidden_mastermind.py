import pytest
from mastermind import answer


@pytest.mark.parametrize(
    ("code", "guess", "expected"),
    [
        ("AABB", "BBAA", (0, 4)),
        ("AABB", "ABAB", (2, 2)),
        ("AAAB", "BAAA", (2, 2)),
        ("ABCD", "DBXX", (1, 1)),
        ("ABCDE", "EABCD", (0, 5)),
        ("AAXX", "YAAA", (1, 1)),
        ("", "", (0, 0)),
    ],
)
def test_answer(code, guess, expected):
    assert answer(code, guess) == expected


def test_lengths_differ():
    with pytest.raises(ValueError):
        answer("AB", "ABA")
