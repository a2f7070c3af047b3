"""Short names of titles."""


def slug(title):
    """Return the words in lower case, joined by dashes."""
    words = "".join(c if c.isalnum() else " " for c in title.lower()).split()
    return "-".join(words)


def unique(title, taken):
    """Return a slug that is not taken, with a number from 2 on if it has to."""
    name, number = slug(title), 2
    while name in taken:
        name = f"{slug(title)}-{number}"
        number += 1
    return name
