"""Can a model spell and count the letters of five well-known words, which no training has seen?

    python bench/house_words.py runs/full

"strawberry" and four more, each in ten wordings that are for evaluation alone, about letters that
occur more than once, greedy, within the model's own budget. Told are the correct counts, and those
that are correct behind a thought which spells the word correctly.
"""

import argparse
import json
import re
from collections.abc import Iterator
from itertools import count

from cogitate.ask import ask
from cogitate.evaluate import share_interval
from cogitate.runs.opening import load
from cogitate.tasks import load_family
from cogitate.tasks.families.words import PINNED_TEST_WORDS
from cogitate.types import Task

FAMILY = "letter_counting:wordings=unseen"
NUM_WORDINGS = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="name, run or folder")
    model, family = load(parser.parse_args().model), load_family(FAMILY)
    rows = list[dict[str, object]]()
    for task in tasks():
        answer = ask(model, task.question)
        row = {
            "word": task.metadata["text"],
            "letter": task.metadata["letter"],
            "correct": family.verify(task, answer.text.strip()).reward == 1,
            "spelled": spells(answer.thought, task.metadata["text"]),
            "thought": answer.thought,
            "answer": answer.text,
        }
        rows.append(row)
        print(f"{row['word']:<12}{row['letter']}  {answer.text.strip():<6}{answer.thought.strip()}")
    words = [str(row["word"]) for row in rows]
    both = [float(bool(row["correct"] and row["spelled"])) for row in rows]
    for name in ("correct", "spelled"):
        print(f"{name:<20}{sum(bool(row[name]) for row in rows)} of {len(rows)}")
    print(
        f"{'correct and spelled':<20}{sum(both):.0f} of {len(rows)}  {share_interval(both, words)}"
    )
    print("\n" + json.dumps({"benchmark": "house_words", "rows": rows}))


def tasks() -> Iterator[Task]:
    """Yield one question for each word and wording, word by word."""
    family = load_family(FAMILY)
    found: dict[str, dict[str, Task]] = {word: {} for word in PINNED_TEST_WORDS}
    seeds = count()
    while any(len(own) < NUM_WORDINGS for own in found.values()):
        task = family.generate("test", next(seeds))
        if int(task.target) > 1 and task.metadata["text"] in found:
            found[task.metadata["text"]].setdefault(task.metadata["cluster"], task)
    for own in found.values():
        yield from list(own.values())[:NUM_WORDINGS]


def spells(thought: str, word: str) -> bool:
    """Return whether a thought has a word letter by letter, perhaps with counts behind letters.

    Example: spells(" _banana BANANA b a1 n a2 n a3", "banana") -> True
    """
    letters = re.sub(r"(?<=[a-z])[0-9]+", "", thought)
    return bool(re.search(rf"(?<!\b[a-z] )\b{' '.join(word)}\b(?! [a-z]\b)", letters))


if __name__ == "__main__":
    main()
