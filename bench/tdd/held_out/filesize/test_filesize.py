"""Sizes are shown in binary units, one decimal from KB on, as in our upload dialog."""

import pytest
from filesize import human_size


@pytest.mark.parametrize(
    ("num_bytes", "expected"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (1536, "1.5 KB"),
        (10 * 1024, "10.0 KB"),
        (5 * 1024**2, "5.0 MB"),
        (3 * 1024**3 + 512 * 1024**2, "3.5 GB"),
        (1024**4, "1.0 TB"),
    ],
)
def test_human_size(num_bytes, expected):
    assert human_size(num_bytes) == expected


def test_terabytes_are_the_largest_unit():
    assert human_size(2048 * 1024**4) == "2048.0 TB"


def test_negative_sizes_are_rejected():
    with pytest.raises(ValueError):
        human_size(-1)
