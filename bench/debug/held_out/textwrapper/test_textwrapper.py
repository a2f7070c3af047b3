from textwrapper import wrap


def test_wrap():
    assert wrap("to be or not", 5) == ["to be", "or", "not"]
