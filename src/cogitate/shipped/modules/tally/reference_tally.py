class Tally:
    def __init__(self):
        self._counts = {}

    def add(self, name, amount=1):
        if amount <= 0:
            raise ValueError("amount must be positive")
        self._counts[name] = self.count(name) + amount

    def count(self, name):
        return self._counts.get(name, 0)

    def total(self):
        return sum(self._counts.values())

    def leader(self):
        return max(self._counts, key=self._counts.get, default=None)
