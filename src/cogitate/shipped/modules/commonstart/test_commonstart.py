import pytest
from commonstart import common_start


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("flower", "flow", "flow"),
        ("interview", "internet", "inter"),
        ("dog", "car", ""),
        ("same", "same", "same"),
    ],
)
def test_common_start(first, second, expected):
    assert common_start(first, second) == expected
