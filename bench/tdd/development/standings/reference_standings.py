import re
from collections import defaultdict


class Table:
    def __init__(self):
        self._rows = defaultdict(lambda: [0, 0, 0])  # points, goals scored, goals conceded

    def add(self, line):
        home, a, b, away = re.fullmatch(r"(.+) (\d+):(\d+) (.+)", line).groups()
        self._count(home, int(a), int(b))
        self._count(away, int(b), int(a))

    def _count(self, name, scored, conceded):
        row = self._rows[name]
        row[0] += 3 if scored > conceded else int(scored == conceded)
        row[1] += scored
        row[2] += conceded

    def points(self, name):
        return self._rows[name][0]

    def _key(self, name):
        points, scored, conceded = self._rows[name]
        return -points, conceded - scored, -scored

    def ranking(self):
        ranked = []
        for place, name in enumerate(sorted(self._rows, key=lambda n: (self._key(n), n)), start=1):
            if ranked and self._key(ranked[-1][1]) == self._key(name):
                place = ranked[-1][0]
            ranked.append((place, name))
        return ranked

    def render(self):
        width = max(map(len, self._rows), default=0)
        return "\n".join(
            "{}. {:{}}  {} ({}:{})".format(rank, name, width, *self._rows[name])
            for rank, name in self.ranking()
        )
