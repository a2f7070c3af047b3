"""A waiting line with numbers."""


class Line:
    def __init__(self):
        self.waiting = []
        self.last = 0

    def draw(self):
        """Return a new number."""
        self.last += 1
        self.waiting.append(self.last)
        return self.last

    def call(self):
        """Return the number that waits longest; None if nobody waits."""
        if not self.waiting:
            return None
        return self.waiting.pop(0)

    def leave(self, number):
        if number in self.waiting:
            self.waiting.remove(number)
