from dosage import dose


def test_dose():
    assert dose(10) == 3.5
