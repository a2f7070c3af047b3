"""Group files by their endings."""

from pathlib import PurePath

FILES = ["a.txt", "img/b.PNG", "c.txt", "README"]


def by_ending(names):
    """Return names by ending, in lower case and without the dot."""
    groups = {}
    for name in names:
        ending = PurePath(name).suffix.lower().lstrip(".")
        groups.setdefault(ending, []).append(name)
    return groups


if __name__ == "__main__":
    for ending, names in by_ending(FILES).items():
        print(ending or "none", len(names))
