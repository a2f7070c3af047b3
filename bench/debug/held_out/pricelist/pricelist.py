"""Clean a price list."""

LINES = ["Apple; 1,20", "PEAR ;0,80", "", "plum;0,30 "]


def parse(lines):
    """Return prices by name, in lower case; empty lines are skipped."""
    prices = {}
    for line in lines:
        if not line.strip():
            continue
        name, price = line.split(";")
        prices[name.strip().lower()] = float(price.strip().replace(",", "."))
    return prices


def cheapest(prices):
    return min(prices, key=prices.get)


if __name__ == "__main__":
    prices = parse(LINES[1:])
    print(cheapest(prices), prices)
