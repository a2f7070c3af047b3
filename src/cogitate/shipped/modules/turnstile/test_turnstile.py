"""A turnstile is locked until a coin is put in; whoever passes locks it again."""

from turnstile import Turnstile


def test_locked_at_first():
    gate = Turnstile()
    assert gate.locked is True


def test_coin_unlocks():
    gate = Turnstile()
    gate.coin()
    assert gate.locked is False


def test_push_passes_once():
    gate = Turnstile()
    gate.coin()
    assert gate.push() is True
    assert gate.locked is True
    assert gate.push() is False
    assert gate.passed == 1


def test_a_second_coin_is_kept_but_opens_nothing_more():
    gate = Turnstile()
    gate.coin()
    gate.coin()
    gate.push()
    assert gate.locked is True
    assert gate.coins == 2
