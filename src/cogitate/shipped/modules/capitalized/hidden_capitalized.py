from capitalized import capitalize_words


def test_capitalize_words():
    assert capitalize_words("x") == "X"
    assert capitalize_words("my iPhone is old") == "My IPhone Is Old"
    assert capitalize_words("it's 5 o'clock") == "It's 5 O'clock"
    assert capitalize_words("Already Done") == "Already Done"
