"""The answer to a guess: how many pegs are at the right place, and how many others have a right
color at a wrong place. A peg of the code counts only once."""

import pytest
from mastermind import answer


@pytest.mark.parametrize(
    ("code", "guess", "expected"),
    [
        ("RGBY", "RGBY", (4, 0)),
        ("RGBY", "YBGR", (0, 4)),
        ("RGBY", "RBGW", (1, 2)),
        ("RGBY", "WWWW", (0, 0)),
        ("RRGG", "RBBB", (1, 0)),
        ("RGGB", "GWWG", (0, 2)),
        ("RGBY", "RRRR", (1, 0)),
    ],
)
def test_answer(code, guess, expected):
    assert answer(code, guess) == expected


def test_lengths_differ():
    with pytest.raises(ValueError):
        answer("RGBY", "RGB")
