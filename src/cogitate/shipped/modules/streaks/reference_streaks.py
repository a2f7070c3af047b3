NAMES = {"W": ("win", "wins"), "L": ("loss", "losses")}


def longest_streak(games):
    if set(games) - {"W", "L"}:
        raise ValueError("games are W or L")
    return max(len(wins) for wins in games.split("L"))


def current_streak(games):
    if not games:
        return "no games"
    last = games[-1]
    length = len(games) - len(games.rstrip(last))
    one, many = NAMES[last]
    return f"{length} {one if length == 1 else many}"
