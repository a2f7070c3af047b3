"""Pay with overtime."""


class Contract:
    hours = 38
    factor = 1.35


def pay(hours, wage, contract=Contract):
    """Return the pay of a week; hours beyond the contract's are paid by its factor."""
    normal = min(hours, contract.hours)
    extra = max(hours - contract.hours, 0)
    return round(normal * wage + extra * wage * contract.factor, 2)
