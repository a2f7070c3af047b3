"""Hunger and mood stay between 0 and 10. Each hour adds 1 to the hunger; where that makes it more
than 7, the mood falls by 2."""

import pytest
from petcare import Pet


@pytest.fixture
def pet():
    return Pet("Rex")


def test_feed(pet):
    assert (pet.hunger, pet.mood) == (5, 5)
    pet.feed(3)
    pet.feed(3)
    assert pet.hunger == 0


def test_play(pet):
    pet.play()
    assert (pet.hunger, pet.mood) == (6, 6)


def test_hours(pet):
    pet.wait(2)
    assert (pet.hunger, pet.mood) == (7, 5)
    pet.wait(2)
    assert (pet.hunger, pet.mood) == (9, 1)


def test_describe(pet):
    assert pet.describe() == "Rex is fine"
    pet.wait(3)
    assert pet.describe() == "Rex is hungry"  # hunger above 7
