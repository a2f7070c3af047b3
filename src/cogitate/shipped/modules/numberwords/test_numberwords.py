import pytest
from numberwords import in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (7, "seven"),
        (12, "twelve"),
        (15, "fifteen"),
        (20, "twenty"),
        (21, "twenty-one"),
        (48, "forty-eight"),
        (99, "ninety-nine"),
    ],
)
def test_in_words(number, words):
    assert in_words(number) == words


def test_only_up_to_99():
    with pytest.raises(ValueError):
        in_words(100)
    with pytest.raises(ValueError):
        in_words(-1)
