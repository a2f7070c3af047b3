from articles import with_article


def test_consonant():
    assert with_article("cat") == "a cat"
    assert with_article("Banana") == "a Banana"


def test_vowel():
    assert with_article("apple") == "an apple"
    assert with_article("old car") == "an old car"
    assert with_article("Egg") == "an Egg"
