"""Read key=value labels."""

LABELS = ["color=red", "note=a=b", "size=3"]


def parse(label):
    """Return key and value; only the first = separates them."""
    key, value = label.split("=", 1)
    return key.strip(), value.strip()


def table(labels):
    return dict(parse(label) for label in labels)


if __name__ == "__main__":
    print(table(LABELS))
