"""Metrics over the texts of rollouts: shares that loop, are malformed, or in another script."""

from collections.abc import Mapping, Sequence
from typing import Any

from cogitate.verify.form import is_foreign, is_looping, is_malformed


def text_metrics(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the shares of rollouts that loop, are malformed, or are in another script.

    looping: a thought that repeats itself. malformed: an answer that is empty or contains markup.
    foreign: text in a script that the question does not use.

    Args:
        records: of rollouts, as in `rollouts/step-*.jsonl`.
    """
    if not records:
        return {}
    num = len(records)
    return {
        "looping": sum(is_looping(record["thought"] or "") for record in records) / num,
        "malformed": sum(is_malformed(record["answer"]) for record in records) / num,
        "foreign": sum(
            is_foreign(record["question"], (record["thought"] or "") + record["answer"])
            for record in records
        )
        / num,
    }
