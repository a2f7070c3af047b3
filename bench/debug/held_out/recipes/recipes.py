"""Scale recipes to a number of people."""


def scale(recipe, people):
    """Return the amounts for so many people, rounded to one decimal."""
    factor = people / recipe["serves"]
    return {name: round(amount * factor, 1) for name, amount in recipe["amounts"].items()}


def share(recipe, name):
    """Return the share of one ingredient in the whole weight, 0 if there is none."""
    whole = sum(recipe["amounts"].values())
    if not whole:
        return 0
    return recipe["amounts"].get(name, 0) / whole
