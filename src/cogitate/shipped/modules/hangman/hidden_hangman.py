import pytest
from hangman import Hangman


def test_lost():
    game = Hangman("sun", lives=1)
    game.guess("s")
    assert game.state() == "playing"
    game.guess("q")
    assert game.state() == "lost"
    assert game.shown() == "s__"
    assert game.lives == 0


def test_won_with_a_mistake():
    game = Hangman("oo", lives=3)
    game.guess("e")
    game.guess("o")
    assert game.shown() == "oo"
    assert game.state() == "won"
    assert game.lives == 2


def test_right_letter_again():
    game = Hangman("sun", lives=5)
    game.guess("u")
    with pytest.raises(ValueError, match="u was guessed"):
        game.guess("u")
    assert game.lives == 5
