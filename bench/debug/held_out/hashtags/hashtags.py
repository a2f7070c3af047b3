"""Find hashtags."""

import re

TAG = re.compile(r"#(\w+)")


def tags(text):
    """Return the tags of a text in lower case, each once, in order."""
    found = []
    for tag in TAG.findall(text):
        name = tag.lower()
        if name not in found:
            found.append(name)
    return found


def most_used(texts):
    """Return the tag that is in the most texts; None without tags."""
    counts = {}
    for text in texts:
        for tag in tags(text):
            counts[tag] = counts.get(tag, 0) + 1
    return max(counts, key=counts.get) if counts else None
