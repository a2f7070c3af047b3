"""A small library."""


class Library:
    def __init__(self, titles):
        self.free = set(titles)
        self.lent = {}

    def lend(self, title, reader):
        """Lend a book; return whether it was free."""
        if title not in self.free:
            return False
        self.free.remove(title)
        self.lent[title] = reader
        return True

    def give_back(self, title):
        """Take a book back and return who had it."""
        reader = self.lent.pop(title)
        self.free.add(title)
        return reader

    def of(self, reader):
        return sorted(title for title, who in self.lent.items() if who == reader)
