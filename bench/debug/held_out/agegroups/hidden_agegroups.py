import pytest
from agegroups import group


@pytest.mark.parametrize(
    ("age", "name"),
    [(0, "free"), (5, "free"), (17, "reduced"), (18, "full"), (64, "full"), (65, "senior")],
)
def test_limits(age, name):
    assert group(age) == name


def test_negative():
    with pytest.raises(ValueError, match="an age"):
        group(-1)
