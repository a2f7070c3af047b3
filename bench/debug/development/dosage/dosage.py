"""Doses of a plant food."""

PLANTS = [("fern", 2.0), ("palm", 5.0)]
DOSE = 0.35


def dose(litres):
    """Return the grams for some litres of soil, as the label of the package says."""
    return round(litres * DOSE, 2)


if __name__ == "__main__":
    for name, litres in PLANTS:
        print(name, dose(litres))
