class Elevator:
    def __init__(self, top):
        self.top = top
        self.floor = 0
        self._calls = []

    def call(self, floor):
        if not 0 <= floor <= self.top:
            raise ValueError(f"no floor {floor}")
        if floor not in self._calls:
            self._calls.append(floor)

    def step(self):
        if self._calls:
            self.floor = self._calls.pop(0)
        return self.floor

    def pending(self):
        return list(self._calls)
