import pytest
from numberwords import in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "one"),
        (10, "ten"),
        (11, "eleven"),
        (13, "thirteen"),
        (18, "eighteen"),
        (30, "thirty"),
        (52, "fifty-two"),
        (66, "sixty-six"),
        (73, "seventy-three"),
        (85, "eighty-five"),
    ],
)
def test_in_words(number, words):
    assert in_words(number) == words


def test_out_of_range():
    with pytest.raises(ValueError):
        in_words(1000)
    with pytest.raises(ValueError):
        in_words(-20)
