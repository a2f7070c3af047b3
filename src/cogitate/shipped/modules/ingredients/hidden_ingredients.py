import pytest
from ingredients import format_line, parse_line, scale


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("10 ml rum", (10, "ml", "rum")),
        ("1 tsp baking powder", (1, "tsp", "baking powder")),
        ("4 large potatoes", (4, None, "large potatoes")),
        ("2.5 kg beef", (2.5, "kg", "beef")),
    ],
)
def test_there_and_back(line, parsed):
    assert parse_line(line) == parsed
    assert format_line(parsed[0], parsed[1], parsed[2]) == line


def test_no_amount():
    with pytest.raises(ValueError):
        parse_line("some 3 eggs")
    with pytest.raises(ValueError):
        scale(["1 egg", "pepper"], 3)


def test_scale():
    assert scale(["1 l milk", "4 eggs"], 0.5) == ["0.5 l milk", "2 eggs"]
    assert scale(["2.5 g salt"], 4) == ["10 g salt"]
    assert scale([], 7) == []
