from csvsum import column_sum

TEXT = """item, price
pen, 1.5
ink,
pad, 3
"""


def test_sum():
    assert column_sum(TEXT, "price") == 4.5
