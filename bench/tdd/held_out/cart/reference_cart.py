from decimal import ROUND_HALF_UP, Decimal


class Cart:
    def __init__(self):
        self.lines = {}

    def add(self, name, price, quantity=1):
        old_price, old_quantity = self.lines.get(name, (price, 0))
        if old_price != price:
            raise ValueError(f"price of {name} changed from {old_price} to {price}")
        self.lines[name] = (price, old_quantity + quantity)

    def remove(self, name, quantity=1):
        price, in_cart = self.lines[name]
        if quantity > in_cart:
            raise ValueError(f"only {in_cart} of {name} in the cart")
        if quantity == in_cart:
            del self.lines[name]
        else:
            self.lines[name] = (price, in_cart - quantity)

    def count(self):
        return sum(quantity for _, quantity in self.lines.values())

    def total(self, percent_off=0):
        total = sum(price * quantity for price, quantity in self.lines.values())
        total = Decimal(total) * (100 - percent_off) / 100
        return total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
