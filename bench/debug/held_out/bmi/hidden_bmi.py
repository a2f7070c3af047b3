from bmi import bmi, label


def test_bmi():
    assert bmi(80, 2) == 20.0
    assert bmi(70, 1.75) == 22.8
    assert bmi(99.9, 1.8) == 30.8


def test_label():
    assert [label(v) for v in (18, 18.5, 25, 30)] == ["low", "normal", "raised", "high"]
