from centuries import century


def test_century():
    assert century(100) == 1
    assert century(101) == 2
    assert century(1492) == 15
    assert century(1900) == 19
    assert century(2026) == 21
