"""Hunger and mood are always between 0 and 10. Each hour adds 1 to the hunger; if it is above 7 then,
the mood falls by 2."""

import pytest
from petcare import Pet


@pytest.fixture
def pet():
    return Pet("Rex")


def test_new_pet(pet):
    assert pet.hunger == 5
    assert pet.mood == 5


def test_feed(pet):
    pet.feed(3)
    assert pet.hunger == 2
    pet.feed(3)
    assert pet.hunger == 0


def test_play(pet):
    pet.play()
    assert pet.mood == 6
    assert pet.hunger == 6


def test_hours(pet):
    pet.wait(2)
    assert (pet.hunger, pet.mood) == (7, 5)
    pet.wait(2)
    assert (pet.hunger, pet.mood) == (9, 1)


def test_describe(pet):
    assert pet.describe() == "Rex is fine"
    pet.wait(3)
    assert pet.describe() == "Rex is hungry"  # hunger above 7
