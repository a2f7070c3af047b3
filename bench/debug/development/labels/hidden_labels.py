import pytest
from labels import parse, table


def test_parse():
    assert parse("a = b=c=") == ("a", "b=c=")
    assert table([]) == {}
    with pytest.raises(ValueError, match="unpack"):
        parse("none")
