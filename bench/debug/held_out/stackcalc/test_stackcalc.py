from stackcalc import evaluate


def test_sum():
    assert evaluate("1 2 +") == 3


def test_difference():
    assert evaluate("7 2 -") == 5
