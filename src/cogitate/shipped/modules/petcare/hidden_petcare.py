from petcare import Pet


def test_limits():
    pet = Pet("Tom")
    pet.wait(20)
    assert pet.hunger == 10
    assert pet.mood == 0
    pet.feed(100)
    assert pet.hunger == 0
    assert pet.mood == 0


def test_playing_all_day():
    pet = Pet("Ada")
    pet.play()
    pet.play()
    pet.play()
    assert (pet.hunger, pet.mood) == (8, 8)
    assert pet.describe() == "Ada is hungry"
    pet.feed(1)
    assert pet.describe() == "Ada is fine"
    pet.play()
    pet.play()
    pet.play()
    assert (pet.hunger, pet.mood) == (10, 10)


def test_one_hour():
    pet = Pet("Kit")
    pet.feed(5)
    pet.wait(1)
    assert (pet.hunger, pet.mood) == (1, 5)
    pet.wait(7)
    assert (pet.hunger, pet.mood) == (8, 3)
