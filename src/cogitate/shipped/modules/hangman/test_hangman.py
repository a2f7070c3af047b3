import pytest
from hangman import Hangman


@pytest.fixture
def game():
    return Hangman("banana", lives=2)


def test_right_guess(game):
    assert game.shown() == "______"
    assert game.guess("a") is True
    assert game.shown() == "_a_a_a"


def test_wrong_guess_costs_a_life(game):
    assert game.guess("x") is False
    assert game.lives == 1
    game.guess("y")
    assert game.state() == "lost"


def test_guessing_a_letter_again_is_an_error(game):
    game.guess("x")
    with pytest.raises(ValueError, match="x was guessed"):
        game.guess("x")


def test_state(game):
    game.guess("b")
    game.guess("n")
    assert game.state() == "playing"
    game.guess("a")
    assert game.state() == "won"
