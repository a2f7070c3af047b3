class Network:
    def __init__(self):
        self._friends = {}

    def connect(self, first, second):
        self._friends.setdefault(first, set()).add(second)
        self._friends.setdefault(second, set()).add(first)

    def friends(self, name):
        return sorted(self._friends.get(name, ()))

    def common(self, first, second):
        return [name for name in self.friends(first) if name in self.friends(second)]

    def suggestions(self, name):
        known = {name, *self.friends(name)}
        found = set()
        for friend in self.friends(name):
            found.update(self.friends(friend))
        return sorted(found - known)
