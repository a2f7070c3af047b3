from wordlengths import word_lengths


def test_word_lengths():
    assert word_lengths("x yy  zzz") == {"x": 1, "yy": 2, "zzz": 3}
    assert word_lengths("It's late") == {"It's": 4, "late": 4}
    assert word_lengths("  one  ") == {"one": 3}
