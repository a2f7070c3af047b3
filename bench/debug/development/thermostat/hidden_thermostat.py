from thermostat import action


def test_action():
    assert action(20, 21) == "hold"
    assert action(22, 21) == "hold"
    assert action(19.9, 21) == "heat"
    assert action(22.1, 21) == "cool"
