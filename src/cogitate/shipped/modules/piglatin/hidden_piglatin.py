from piglatin import translate


def test_words():
    assert translate("banana") == "ananabay"
    assert translate("school") == "oolschay"
    assert translate("is") == "isway"
    assert translate("every green tree") == "everyway eengray eetray"
    assert translate("a b") == "away bay"
