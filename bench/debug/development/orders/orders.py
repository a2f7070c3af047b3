"""Total of orders by customer."""

ORDERS = [{"customer": "kim", "total": 20.0}, {"customer": "lee", "total": 5.5}]


def by_customer(orders):
    sums = {}
    for order in orders:
        name = order["customer"]
        sums[name] = sums.get(name, 0) + order["total"]
    return sums


if __name__ == "__main__":
    for name, total in by_customer(ORDERS).items():
        print(f"{name}: {total:.2f}")
