"""Polls with one vote a person."""


class Poll:
    def __init__(self, options):
        self.votes = {option: set() for option in options}

    def vote(self, person, option):
        """Count a vote; a later one replaces the earlier."""
        if option not in self.votes:
            raise ValueError(f"there is no option {option!r}")
        for voters in self.votes.values():
            voters.discard(person)
        self.votes[option].add(person)

    def leading(self):
        """Return the options with the most votes, sorted."""
        most = max(len(voters) for voters in self.votes.values())
        return sorted(o for o, voters in self.votes.items() if len(voters) == most)
