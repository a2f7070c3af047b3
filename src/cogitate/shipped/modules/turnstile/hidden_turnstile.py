from turnstile import Turnstile


def test_two_people():
    gate = Turnstile()
    assert gate.push() is False
    gate.coin()
    assert gate.push() is True
    gate.coin()
    assert gate.push() is True
    assert gate.push() is False
    assert gate.passed == 2
    assert gate.coins == 2
    assert gate.locked is True


def test_new():
    gate = Turnstile()
    assert gate.passed == 0
    assert gate.coins == 0


def test_refused_push_does_not_count():
    gate = Turnstile()
    gate.push()
    gate.coin()
    assert gate.passed == 0
    assert gate.locked is False
