"""Simple facts: the capitals of 145 countries, which nobody disputes and no name gives away.

A task family for `cogitate evaluate --family bench/capitals.py`. Nothing here trains on it: it
asks what a model knows of the world, beside what it can work out. From GeoNames
(https://www.geonames.org), CC BY 4.0: countries of more than a million people.
"""

import re
from pathlib import Path

ROWS = [
    line.split("\t") for line in Path(__file__).with_suffix(".tsv").read_text("utf-8").splitlines()
]


def generate(split, seed, level):
    """Return the country of that place in the list; there is one split, and no level."""
    del split, level
    country, capital = ROWS[seed % len(ROWS)]
    return {"question": f"What is the capital of {country}?", "answer": capital}


def verify(task, answer):
    """Take the name by itself or in a sentence, with no other capital beside it."""
    return {capital for _, capital in ROWS if stands_in(capital, answer)} == {task.target}


def stands_in(name, text):
    return re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) is not None
