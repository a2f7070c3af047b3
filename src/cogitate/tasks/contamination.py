"""Texts that share words with HumanEval's prompts: nothing that trains has them.

    shares_words("... any two numbers closer to each other than given threshold ...") -> True

Two texts share words if 13 consecutive words of one are in the other, as GPT-3's authors measured
it (arXiv 2005.14165). Only hashes of these 13-grams are kept here, so that the package of the
problems is not needed; `bench/humaneval_grams.py` writes them.
"""

import re
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

NUM_WORDS = 13
GRAMS = Path(__file__).with_name("humaneval.grams")
"""Sorted hashes of `_BYTES` bytes each, one after the other."""
_BYTES = 6
_WORD = re.compile(r"\w+")


def shares_words(*texts: str) -> bool:
    """Return whether one of the texts shares 13 consecutive words with a prompt of HumanEval.

    Case and punctuation do not count.
    """
    return any(not known().isdisjoint(hashes(text)) for text in texts)


def hashes(text: str) -> Iterator[bytes]:
    """Yield a hash of each 13-gram of words."""
    words = _WORD.findall(text.casefold())
    for first in range(len(words) - NUM_WORDS + 1):
        gram = " ".join(words[first : first + NUM_WORDS])
        yield blake2b(gram.encode(), digest_size=_BYTES).digest()


@cache
def known() -> frozenset[bytes]:
    """Return the hashes of HumanEval's prompts."""
    data = GRAMS.read_bytes()
    return frozenset(data[at : at + _BYTES] for at in range(0, len(data), _BYTES))
