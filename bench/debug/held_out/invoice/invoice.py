"""Print an invoice with tax."""

ITEMS = [("desk", 2, 120.0), ("lamp", 3, 19.5)]
TAX = 0.2


def net(items):
    """Return the sum of quantity times price."""
    total = 0.0
    for _name, quantity, price in items:
        total += quantity * price
    return total


def with_tax(amount, tax=TAX):
    return round(amount * (1 + tax), 2)


def main():
    for name, quantity, price in ITEMS:
        print(f"{name:<10}{quantity:>3} x {price:>8.2f}")
    print(f"to pay: {with_tax(net(ITEMS)):.2f}")


if __name__ == "__main__":
    main()
