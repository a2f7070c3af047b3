class Budget:
    def __init__(self, limits):
        self._limits = dict(limits)
        self._spent = {}

    def spend(self, category, amount):
        self._spent[category] = self._spent.get(category, 0) + amount

    def left(self, category):
        return self._limits.get(category, 0) - self._spent.get(category, 0)

    def over_limit(self):
        return {name: -self.left(name) for name in sorted(self._spent) if self.left(name) < 0}

    def total(self):
        return sum(self._spent.values())
