from lastword import last_word


def test_more():
    assert last_word("one  two   three") == "three"
    assert last_word("  alone  ") == "alone"
    assert last_word("   ") == ""
    assert last_word("what's up?") == "up?"
