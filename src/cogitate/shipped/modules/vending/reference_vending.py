class Machine:
    def __init__(self):
        self.credit = 0
        self._prices = {}
        self._counts = {}

    def fill(self, name, price, count):
        self._prices[name] = price
        self._counts[name] = count

    def insert(self, cents):
        self.credit += cents

    def buy(self, name):
        if not self._counts.get(name):
            raise LookupError(f"{name} is sold out")
        missing = self._prices[name] - self.credit
        if missing > 0:
            raise ValueError(f"{missing} more needed")
        self._counts[name] -= 1
        self.credit = 0
        return -missing

    def cancel(self):
        money, self.credit = self.credit, 0
        return money
