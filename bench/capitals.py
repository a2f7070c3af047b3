"""Simple facts: the capitals of 142 countries with one capital, which no name reveals.

A task family for `cogitate evaluate --family bench/capitals.py`. No model is trained on it: it
measures knowledge, not reasoning. From GeoNames (https://www.geonames.org), CC BY 4.0: countries
of more than a million people.
"""

import re
import unicodedata
from pathlib import Path

ALSO = {
    "Nay Pyi Taw": ("naypyidaw", "naypyitaw"),
    "Kyiv": ("kiev",),
    "Washington": ("washington dc",),
}
"""Other names in use."""
ROWS = [
    line.split("\t") for line in Path(__file__).with_suffix(".tsv").read_text("utf-8").splitlines()
]
_WHOLE = str.maketrans("ıłđø", "ildo")
"""Letters that Unicode does not take apart."""


def generate(split, seed, level):
    """Return the country of that place in the list; there is one split, and no level."""
    del split, level
    country, capital = ROWS[seed % len(ROWS)]
    return {"question": f"What is the capital of {country}?", "answer": capital}


def verify(task, answer):
    """Accept the name alone or in a sentence, with no other capital beside it.

    Accents, apostrophes and hyphens do not count: Brasília, N’Djamena, Port au Prince.
    """
    return {capital for _, capital in ROWS if stands_in(capital, answer)} == {task.target}


def stands_in(name, text):
    """Return whether a text contains a name, or another name for the same."""
    return any(mentions(other, text) for other in (name, *ALSO.get(name, ())))


def mentions(name, text, ending=""):
    """Return whether a text contains a name as a separate word, whatever its case and accents."""
    return bool(re.search(rf"\b{plain(name)}{ending}\b", plain(text)))


def plain(text):
    """Return letters without accents, in lower case, with single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_WHOLE))
    letters = "".join(c for c in letters if not unicodedata.combining(c) and c not in "'’ʼ`")
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())
