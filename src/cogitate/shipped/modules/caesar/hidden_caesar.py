from caesar import decrypt, encrypt


def test_encrypt():
    assert encrypt("hello world", 5) == "mjqqt btwqi"
    assert encrypt("ABC-xyz", 26) == "ABC-xyz"
    assert encrypt("Quiz?", 13) == "Dhvm?"
    assert encrypt("", 4) == ""


def test_decrypt():
    assert decrypt("mjqqt btwqi", 5) == "hello world"
    assert decrypt("Aab", 1) == "Zza"
    assert decrypt(encrypt("Meet me at 10!", 17), 17) == "Meet me at 10!"
