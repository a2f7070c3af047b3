from racks import label, labels


def test_labels():
    assert labels(1, 2) == ["A1", "A2"]
    assert labels(2, 3) == ["A1", "A2", "A3", "B1", "B2", "B3"]
    assert len(labels()) == 12
    assert labels()[-1] == "C4"


def test_label():
    assert label(5, 5) == "B1"
