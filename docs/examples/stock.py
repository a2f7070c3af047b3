"""A program with a mistake: cogitate debug -- python docs/examples/stock.py."""

STOCK = {"apples": 12, "pears": 4}
SOLD = ["apples", "pears", "plums"]


def left(stock: dict[str, int], sold: list[str]) -> dict[str, int]:
    rest = dict(stock)
    for name in sold:
        rest[name] -= 1
    return rest


print(left(STOCK, SOLD))
