"""A program that fails, and answers that would mend it."""

from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.sources import Sources

SHOP = """import json

RATE = 2


def price(order):
    return order["price"] * RATE


def total(orders):
    return sum(price(order) for order in orders)


class Till:
    def __init__(self):
        self.sums = []

    def pay(self, orders):
        self.sums.append(total(orders))

    def last(self):
        return self.sums[-1]


print(total([{"prize": 1}]))
"""
FIXED = SHOP.replace('"prize"', '"price"')
FAILURE = Failure(
    kind="KeyError",
    message="'price'",
    frames=(
        Frame(path="shop.py", line=25, function="<module>"),
        Frame(path="shop.py", line=11, function="total"),
        Frame(path="shop.py", line=7, function="price"),
    ),
    text="KeyError: 'price'",
)


def sources(**texts: str) -> Sources:
    files = {f"{name}.py": text for name, text in (texts or {"shop": SHOP}).items()}
    return Sources(programs=files, texts=files, tests={})


def block(code: str, before: str = "The key is misspelt. It is prize.") -> str:
    return f"{before}\n\n```python\n{code}```\nDone."
