"""Times of a relay race."""


class Team:
    def __init__(self, name, times=None):
        self.name = name
        self.times = list(times or [])

    def add(self, seconds):
        self.times.append(seconds)

    def total(self):
        return sum(self.times)

    def best(self):
        """Return the fastest leg; None without one."""
        return min(self.times, default=None)


def ranking(teams):
    """Return the names by total time."""
    return [team.name for team in sorted(teams, key=Team.total)]
