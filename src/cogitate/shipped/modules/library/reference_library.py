class Library:
    def __init__(self):
        self._copies = {}
        self._readers = {}

    def add(self, title, copies):
        self._copies[title] = copies
        self._readers[title] = []

    def available(self, title):
        return self._copies.get(title, 0) - len(self._readers.get(title, []))

    def lend(self, title, reader):
        if reader in self._readers.get(title, []):
            raise ValueError(f"{reader} has {title} already")
        if self.available(title) == 0:
            raise LookupError(f"no copy of {title} is left")
        self._readers[title].append(reader)

    def give_back(self, title, reader):
        if reader not in self._readers.get(title, []):
            raise ValueError(f"{reader} does not have {title}")
        self._readers[title].remove(reader)
