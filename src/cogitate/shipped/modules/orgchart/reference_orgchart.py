class Company:
    def __init__(self, top):
        self._boss = {top: None}

    def hire(self, name, boss):
        if boss not in self._boss:
            raise KeyError(boss)
        self._boss[name] = boss

    def bosses(self, name):
        line = []
        while self._boss[name] is not None:
            name = self._boss[name]
            line.append(name)
        return line

    def team(self, name):
        return sorted(member for member, boss in self._boss.items() if boss == name)

    def leave(self, name):
        boss = self._boss[name]
        if boss is None:
            raise ValueError(f"{name} is at the top")
        for member in self.team(name):
            self._boss[member] = boss
        del self._boss[name]
