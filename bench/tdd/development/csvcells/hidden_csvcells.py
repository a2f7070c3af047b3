import pytest
from csvcells import format_row, quote


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", ""),
        ("semi;colon", "semi;colon"),
        ('"', '""""'),
        (",", '","'),
        ('1", 2"', '"1"", 2"""'),
        ("line\n", '"line\n"'),
        ("it's", "it's"),
    ],
)
def test_quote(text, quoted):
    assert quote(text) == quoted


def test_quotes_are_doubled_for_any_separator():
    assert quote('a"b', sep="|") == '"a""b"'
    assert quote("a|b", sep="|") == '"a|b"'


@pytest.mark.parametrize(
    ("row", "sep", "line"),
    [
        ([], ",", ""),
        (["one"], ",", "one"),
        ([0, None, 0.5], ",", "0,,0.5"),
        (['say "x"', True, "a\nb"], ",", '"say ""x""",yes,"a\nb"'),
        ([1, False, "x\ty"], "\t", '1\tno\t"x\ty"'),
    ],
)
def test_rows(row, sep, line):
    assert format_row(row, sep=sep) == line
