import pytest
from playlist import Playlist


def test_one_song():
    songs = Playlist()
    songs.add("Solo")
    assert songs.next() == "Solo"
    assert songs.previous() == "Solo"
    assert songs.current() == "Solo"


def test_there_and_back():
    songs = Playlist()
    songs.add("a")
    songs.add("b")
    songs.add("c")
    assert songs.next() == "b"
    assert songs.current() == "b"
    assert songs.previous() == "a"
    assert songs.previous() == "c"
    assert songs.next() == "a"


def test_adding_keeps_the_place():
    songs = Playlist()
    songs.add("a")
    songs.add("b")
    assert songs.next() == "b"
    songs.add("c")
    assert songs.current() == "b"
    assert songs.next() == "c"


def test_empty():
    songs = Playlist()
    with pytest.raises(IndexError):
        songs.next()
