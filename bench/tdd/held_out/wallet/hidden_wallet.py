import pytest
from wallet import InsufficientFunds, Wallet, transfer


def test_withdraw_everything():
    w = Wallet("kim", balance=75)
    w.withdraw(75)
    assert w.balance == 0
    with pytest.raises(InsufficientFunds) as info:
        w.withdraw(1)
    assert str(info.value) == "kim is short of 1"
    assert info.value.missing == 1


def test_new_history_is_empty():
    assert Wallet("kim", balance=10).history == []


def test_failures_are_not_in_the_history():
    w = Wallet("kim", balance=10)
    with pytest.raises(InsufficientFunds):
        w.withdraw(11)
    with pytest.raises(ValueError, match="amount must be positive"):
        w.deposit(-1)
    assert w.history == []


def test_transfer_of_everything():
    a, b = Wallet("a", balance=10), Wallet("b")
    transfer(a, b, 10)
    assert (a.balance, b.balance) == (0, 10)


def test_transfer_of_nothing():
    a, b = Wallet("a", balance=10), Wallet("b", balance=10)
    with pytest.raises(ValueError, match="amount must be positive"):
        transfer(a, b, -10)
    assert (a.balance, b.balance) == (10, 10)


def test_overdrawn_transfer_names_the_sender():
    a, b = Wallet("ann", balance=3), Wallet("ben", balance=100)
    with pytest.raises(InsufficientFunds, match="ann is short of 7"):
        transfer(a, b, 10)
    assert b.history == []


def test_histories_are_independent():
    a, b = Wallet("a"), Wallet("b")
    a.deposit(1)
    assert b.history == []
