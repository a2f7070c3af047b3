import pytest
from filesize import human_size


@pytest.mark.parametrize(
    ("num_bytes", "expected"),
    [
        (512, "512 B"),
        (2048, "2.0 KB"),
        (1024 * 100 + 300, "100.3 KB"),
        (1024**2, "1.0 MB"),
        (1024**2 * 7 + 1024 * 768, "7.8 MB"),
        (1024**3, "1.0 GB"),
        (1024**3 * 250, "250.0 GB"),
        (1024**4 * 12, "12.0 TB"),
        (1024**5 * 3, "3072.0 TB"),
    ],
)
def test_more_sizes(num_bytes, expected):
    assert human_size(num_bytes) == expected


def test_far_below_zero():
    with pytest.raises(ValueError):
        human_size(-5000)
