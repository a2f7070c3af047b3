import pytest
from wallet import InsufficientFunds, Wallet, transfer


@pytest.fixture
def wallet():
    return Wallet("alice", balance=100)


def test_deposit_and_withdraw(wallet: Wallet) -> None:
    wallet.deposit(50)
    wallet.withdraw(30)
    assert wallet.balance == 120


def test_starts_at_zero() -> None:
    assert Wallet("bob").balance == 0


def test_overdraw(wallet: Wallet) -> None:
    with pytest.raises(InsufficientFunds) as info:
        wallet.withdraw(130)
    assert str(info.value) == "alice is short of 30"
    assert info.value.missing == 30
    assert wallet.balance == 100


@pytest.mark.parametrize("amount", [0, -5])
def test_amounts_must_be_positive(wallet: Wallet, amount: int) -> None:
    with pytest.raises(ValueError, match="amount must be positive"):
        wallet.deposit(amount)
    with pytest.raises(ValueError, match="amount must be positive"):
        wallet.withdraw(amount)


def test_transfer(wallet: Wallet) -> None:
    bob = Wallet("bob", balance=5)
    transfer(wallet, bob, 40)
    assert (wallet.balance, bob.balance) == (60, 45)


def test_failed_transfer_changes_nothing(wallet: Wallet) -> None:
    bob = Wallet("bob", balance=5)
    with pytest.raises(InsufficientFunds):
        transfer(bob, wallet, 6)
    assert (wallet.balance, bob.balance) == (100, 5)


def test_history(wallet: Wallet) -> None:
    wallet.deposit(20)
    wallet.withdraw(5)
    assert wallet.history == [("deposit", 20), ("withdraw", 5)]
