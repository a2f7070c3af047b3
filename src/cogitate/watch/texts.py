"""What the texts of rollouts tell of their form, as shares of the rollouts of a step."""

from collections.abc import Mapping, Sequence
from typing import Any

from cogitate.verify.form import is_malformed

_MOST_FOREIGN = 0.3
"""Of a text's letters."""


def text_metrics(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the shares of rollouts that loop, are malformed, or are in another script.

    looping: the engine broke off a thought that went round in circles. malformed: an answer that
    is empty, or contains markup. foreign: letters beyond the question's own alphabet.

    Args:
        records: of rollouts, as `rollouts/step-*.jsonl` has them.
    """
    if not records:
        return {}
    num = len(records)
    return {
        "looping": sum(record["thought_end"] == "loop" for record in records) / num,
        "malformed": sum(is_malformed(record["answer"]) for record in records) / num,
        "foreign": sum(map(_is_foreign, records)) / num,
    }


def _is_foreign(record: Mapping[str, Any]) -> bool:
    letters = [char for char in (record["thought"] or "") + record["answer"] if char.isalpha()]
    known = set(record["question"])
    foreign = sum(not char.isascii() and char not in known for char in letters)
    return foreign > _MOST_FOREIGN * len(letters)
