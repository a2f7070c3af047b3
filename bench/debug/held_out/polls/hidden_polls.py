import pytest
from polls import Poll


def test_tie_and_change():
    poll = Poll(["b", "a", "c"])
    poll.vote("x", "b")
    poll.vote("y", "a")
    assert poll.leading() == ["a", "b"]
    poll.vote("x", "a")
    assert poll.leading() == ["a"]


def test_unknown():
    with pytest.raises(ValueError, match="no option"):
        Poll(["a"]).vote("x", "z")
