import pytest
from splitbill import split_bill


@pytest.mark.parametrize(
    ("cents", "people", "shares"),
    [
        (100, 1, [100]),
        (0, 3, [0, 0, 0]),
        (105, 10, [11, 11, 11, 11, 11, 10, 10, 10, 10, 10]),
        (4999, 2, [2500, 2499]),
        (1, 3, [1, 0, 0]),
        (10007, 4, [2502, 2502, 2502, 2501]),
    ],
)
def test_shares(cents, people, shares):
    assert split_bill(cents, people) == shares


def test_shares_are_whole_cents():
    assert all(type(share) is int for share in split_bill(1234, 5))


def test_negative_number_of_people():
    with pytest.raises(ValueError, match="at least one person"):
        split_bill(500, -2)
