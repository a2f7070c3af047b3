from familytree import ancestors, children, siblings

TREE = {"Zoe": "Mia", "Lea": "Mia", "Ida": "Mia", "Pia": "Zoe", "Uma": "Pia", "Kai": "Other"}


def test_children():
    assert children(TREE, "Mia") == ["Ida", "Lea", "Zoe"]
    assert children(TREE, "Other") == ["Kai"]
    assert children({}, "Mia") == []


def test_ancestors():
    assert ancestors(TREE, "Uma") == ["Pia", "Zoe", "Mia"]
    assert ancestors(TREE, "Kai") == ["Other"]
    assert ancestors(TREE, "Mia") == []


def test_siblings():
    assert siblings(TREE, "Lea") == ["Ida", "Zoe"]
    assert siblings(TREE, "Uma") == []
    assert siblings(TREE, "Mia") == []
    assert siblings(TREE, "Other") == []
