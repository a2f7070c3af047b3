"""Print the errors of a log."""

import re

LOG = """2026-03-01 ERROR disk full
2026-03-01 INFO started
---
2026-03-02 ERROR no route
"""
LINE = re.compile(r"(\d{4}-\d\d-\d\d) ([A-Z]+) (.*)")


def entries(text, level):
    """Return (date, message) of all lines of a level; other lines are skipped."""
    found = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match and match.group(2) == level:
            found.append((match.group(1), match.group(3)))
    return found


if __name__ == "__main__":
    for date, message in entries(LOG, "ERROR"):
        print(date, message)
