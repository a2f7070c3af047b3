from invoice import net, with_tax


def test_net():
    assert net([]) == 0
    assert net([("a", 2, 1.5), ("b", 1, 4.0)]) == 7.0


def test_with_tax():
    assert with_tax(100) == 120.0
    assert with_tax(9.99) == 11.99
    assert with_tax(10, tax=0.05) == 10.5
    assert with_tax(9.99, 0) == 9.99
