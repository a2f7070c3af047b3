"""An ace counts 11; jack, queen and king count 10; other cards what is written on them."""

from cardvalue import value


def test_numbers():
    assert value("2") == 2
    assert value("10") == 10


def test_faces():
    assert value("J") == 10
    assert value("K") == 10


def test_ace():
    assert value("A") == 11
