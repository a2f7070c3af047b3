from agegroups import count, group


def test_group():
    assert group(3) == "free"
    assert group(6) == "reduced"


def test_count():
    assert count([1, 2, 70]) == {"free": 2, "senior": 1}
