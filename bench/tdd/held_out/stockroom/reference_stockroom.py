class OutOfStock(Exception):
    pass


class Stockroom:
    def __init__(self):
        self._counts = {}
        self._minimums = {}

    def quantity(self, item):
        return self._counts.get(item, 0)

    def receive(self, item, count):
        self._require_positive(count)
        self._counts[item] = self.quantity(item) + count

    def ship(self, item, count):
        self.ship_order({item: count})

    def ship_order(self, order):
        for item, count in order.items():
            self._require_positive(count)
            have = self.quantity(item)
            if count > have:
                raise OutOfStock(f"{item}: asked for {count}, have {have}")
        for item, count in order.items():
            self._counts[item] -= count

    def set_minimum(self, item, count):
        self._minimums[item] = count

    def to_reorder(self):
        missing = {item: low - self.quantity(item) for item, low in self._minimums.items()}
        return {item: count for item, count in missing.items() if count > 0}

    @staticmethod
    def _require_positive(count):
        if count <= 0:
            raise ValueError("count must be positive")
