"""A checklist as text."""

TEXT = """[x] buy paint
[ ] find brush
[x] open window
"""


def parse(text):
    """Return (done, what) for each line."""
    return [(line[1] == "x", line[4:]) for line in text.splitlines() if line]


def progress(items):
    """Return the number of things done and of all."""
    return sum(done for done, _ in items), len(items)


def render(items):
    return "\n".join(f"[{'x' if done else ' '}] {what.capitalize()}" for done, what in items)


if __name__ == "__main__":
    items = parse(TEXT)
    print(render(items))
    done, of = progress(items)
    print(f"{done} of {of}")
