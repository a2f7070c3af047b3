from powersoftwo import powers_up_to


def test_powers():
    assert powers_up_to(2) == [1, 2]
    assert powers_up_to(31) == [1, 2, 4, 8, 16]
    assert powers_up_to(64) == [1, 2, 4, 8, 16, 32, 64]
    assert powers_up_to(-3) == []
