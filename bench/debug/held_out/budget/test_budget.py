from budget import remaining, warnings


def test_remaining():
    assert remaining({"food": 300, "fun": 50}, {"food": 120}) == {"food": 180, "fun": 50}


def test_warnings():
    assert warnings({"food": 100, "fun": 50}, {"food": 95}) == ["food"]
