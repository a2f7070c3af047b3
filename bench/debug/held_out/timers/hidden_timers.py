from timers import text


def test_text():
    assert text(0) == "0s"
    assert text(61) == "1m 1s"
    assert text(3600) == "1h 0m 0s"
    assert text(172800) == "2d 0h 0m 0s"
