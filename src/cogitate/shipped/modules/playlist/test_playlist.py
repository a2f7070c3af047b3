import pytest
from playlist import Playlist


@pytest.fixture
def songs():
    songs = Playlist()
    songs.add("Intro")
    songs.add("Ballad")
    songs.add("Finale")
    return songs


def test_starts_with_the_first(songs):
    assert songs.current() == "Intro"


def test_next_goes_around(songs):
    assert songs.next() == "Ballad"
    assert songs.next() == "Finale"
    assert songs.next() == "Intro"


def test_previous_goes_around_too(songs):
    assert songs.previous() == "Finale"
    assert songs.current() == "Finale"


def test_empty():
    assert Playlist().current() is None
    with pytest.raises(IndexError):
        Playlist().next()
    with pytest.raises(IndexError):
        Playlist().previous()
