from articles import with_article


def test_more():
    assert with_article("dog") == "a dog"
    assert with_article("igloo") == "an igloo"
    assert with_article("umbrella") == "an umbrella"
    assert with_article("Island") == "an Island"
    assert with_article("yard") == "a yard"
