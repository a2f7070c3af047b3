"""Money for a month."""


def remaining(budget, spent):
    """Return what is left in each category; without spending all of it is."""
    return {name: limit - spent.get(name, 0) for name, limit in budget.items()}


def warnings(budget, spent, share=0.9):
    """Return the categories in which more than a share is spent, sorted."""
    return sorted(name for name, limit in budget.items() if spent.get(name, 0) > share * limit)
