from cipher import shift, unshift


def test_all_letters():
    text = "The quick brown fox jumps over the lazy dog, 42 times!"
    for number in (0, 1, 13, 25, 26, 30):
        assert unshift(shift(text, number), number) == text
    assert shift("Zz", 1) == "Aa"
    assert shift("az", 25) == "zy"
