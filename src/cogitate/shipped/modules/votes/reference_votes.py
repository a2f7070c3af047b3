from collections import Counter


def count_votes(ballots):
    names = [ballot.strip().lower() for ballot in ballots]
    return dict(Counter(name for name in names if name))


def winner(ballots):
    counts = count_votes(ballots)
    if not counts:
        raise ValueError("no votes")
    most = max(counts.values())
    leaders = [name for name, count in counts.items() if count == most]
    return leaders[0] if len(leaders) == 1 else None
