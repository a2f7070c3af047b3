"""Format a list of contacts."""

CONTACTS = [
    {"first": "Ada", "last": "Lovelace", "mail": "ada@example.org"},
    {"first": "Alan", "last": "Turing", "mail": None},
]


def full_name(contact):
    return contact["first"] + " " + contact["last"]


def line(contact):
    """Return one line; a missing address is a dash."""
    mail = contact["mail"] or "-"
    return full_name(contact).ljust(20, ".") + mail


def card(contacts):
    return "\n".join(line(c) for c in sorted(contacts, key=lambda c: c["last"]))


if __name__ == "__main__":
    print(card(CONTACTS))
