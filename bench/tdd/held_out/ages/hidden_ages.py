from datetime import date

import pytest
from ages import age_on


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 1, 1), date(2000, 12, 31), 0),
        (date(2000, 1, 1), date(2001, 1, 1), 1),
        (date(1985, 12, 31), date(2024, 12, 30), 38),
        (date(1985, 12, 31), date(2024, 12, 31), 39),
        (date(1970, 3, 10), date(2023, 4, 1), 53),
        (date(1970, 3, 10), date(2023, 2, 28), 52),
        (date(1920, 7, 4), date(2024, 7, 4), 104),
        (date(1996, 2, 29), date(2024, 2, 28), 27),
        (date(1996, 2, 29), date(2023, 3, 2), 27),
    ],
)
def test_ages(born, day, age):
    assert age_on(born, day) == age


def test_years_before_birth():
    with pytest.raises(ValueError, match="before birth"):
        age_on(date(2010, 5, 5), date(2009, 12, 31))
