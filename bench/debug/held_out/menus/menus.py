"""A menu as text."""

MENU = {"Soup": 4.5, "Pasta": 9.0, "Cake": 3.25}


def row(name, price, width=20):
    """Return a name and a price with dots between."""
    amount = f"{price:.2f}"
    return name + "." * (width - len(name) - len(amount)) + amount


def menu(dishes, width=20):
    """Return all rows, the cheapest first."""
    ordered = sorted(dishes.items(), key=lambda item: item[1])
    return "\n".join(row(name, price, width) for name, price in ordered)


if __name__ == "__main__":
    print(menu(MENU))
