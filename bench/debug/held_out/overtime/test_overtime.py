from overtime import pay


def test_more_hours_are_more_pay():
    assert pay(40, 20) > pay(38, 20)
