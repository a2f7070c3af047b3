class InsufficientFunds(Exception):
    def __init__(self, owner, missing):
        super().__init__(f"{owner} is short of {missing}")
        self.missing = missing


class Wallet:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        self._check(amount)
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        self._check(amount)
        if amount > self.balance:
            raise InsufficientFunds(self.owner, amount - self.balance)
        self.balance -= amount
        self.history.append(("withdraw", amount))

    def _check(self, amount):
        if amount <= 0:
            raise ValueError("amount must be positive")


def transfer(source, target, amount):
    source.withdraw(amount)
    target.deposit(amount)
