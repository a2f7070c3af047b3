class WaitingLine:
    def __init__(self):
        self._people = []

    def __len__(self):
        return len(self._people)

    def join(self, name):
        if name in self._people:
            raise ValueError(f"{name} is waiting already")
        self._people.append(name)

    def serve(self):
        return self._people.pop(0) if self._people else None

    def leave(self, name):
        if name not in self._people:
            raise ValueError(f"{name} is not waiting")
        self._people.remove(name)

    def position(self, name):
        return self._people.index(name) + 1 if name in self._people else None
