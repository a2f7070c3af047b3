"""Simple facts: 300 currencies, official languages and chemical symbols.

A task family for `cogitate evaluate --family bench/facts.py`, beside bench/capitals.py. No model is
trained on it. Currencies and languages are those of countries of capitals.tsv that have just one,
from CLDR by way of Babel 2.19 (Unicode License v3), without changes since 2023, which a model may
not know, and without those that are words of the country's name; many languages still follow from
it (Albania, Albanian). Symbols are those of the first 75 elements that are no English words, from
periodictable 2.1 (public domain). They come one kind after the other: `--n 300` asks all.
"""

import re
from pathlib import Path

from capitals import mentions

QUESTIONS = {
    "currency": "What is the currency of {}?",
    "language": "What is the official language of {}?",
    "symbol": "What is the chemical symbol of {}?",
}
ALSO = {
    "Azerbaijani": ("azeri",),
    "Bangla": ("bengali",),
    "Chinese": ("mandarin",),
    "Indonesian": ("bahasa indonesia",),
    "Persian": ("farsi",),
    "colón": ("colones",),
    "koruna": ("koruny", "korun"),
    "krona": ("kronor",),
    "krone": ("kroner",),
    "leu": ("lei",),
    "real": ("reais",),
    "rial": ("riyal",),
    "riyal": ("rial",),
    "ruble": ("rouble",),
    "sol": ("soles",),
    "tugrik": ("togrog",),
    "yuan": ("renminbi",),
}
"""Other names in use, and plurals without an s."""
PLURAL = "s?"
ROWS = [
    line.split("\t") for line in Path(__file__).with_suffix(".tsv").read_text("utf-8").splitlines()
]
ANSWERS = {kind: {answer for which, _, answer in ROWS if which == kind} for kind in QUESTIONS}


def generate(split, seed, level):
    """Return the fact of that place in the list; there is one split, and no level."""
    del split, level
    kind, about, answer = ROWS[seed % len(ROWS)]
    return {"question": QUESTIONS[kind].format(about), "answer": answer, "kind": kind}


def verify(task, answer):
    """Accept the name alone or in a sentence, with no other of its kind beside it.

    Of a currency the unit is enough, in singular or plural. Symbols are read in their case.
    """
    target, kind = task.target, task.metadata["kind"]
    if kind == "symbol":
        return set(re.findall(r"\b[A-Z][a-z]?\b", answer)) & ANSWERS[kind] == {target}
    own = set(names(target))
    others = {name for other in ANSWERS[kind] for name in names(other)} - own
    return any(mentions(name, answer, PLURAL) for name in own) and not any(
        mentions(name, answer, PLURAL) for name in others
    )


def names(target):
    """Return all names of a currency or a language."""
    return (target, *ALSO.get(target, ()))
