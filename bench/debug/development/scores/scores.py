"""High scores."""


class Scores:
    def __init__(self, size=3):
        self.size = size
        self.entries = []

    def add(self, name, points):
        """Add an entry; only the best are kept."""
        self.entries.append((name, points))
        self.entries.sort(key=lambda entry: -entry[1])
        del self.entries[self.size :]

    def names(self):
        return [name for name, _ in self.entries]
