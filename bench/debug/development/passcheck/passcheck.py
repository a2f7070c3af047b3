"""What a password lacks."""


def faults(password):
    """Return what is wrong: short, no digit, no letter."""
    found = []
    if len(password) < 8:
        found.append("short")
    if not any(c.isdigit() for c in password):
        found.append("no digit")
    if not any(c.isalpha() for c in password):
        found.append("no letter")
    return found
