"""What the texts of rollouts tell of their form, as shares of the rollouts of a step."""

from collections.abc import Mapping, Sequence
from typing import Any

from cogitate.verify.form import is_foreign, is_looping, is_malformed


def text_metrics(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the shares of rollouts that loop, are malformed, or are in another script.

    looping: a thought that goes round in circles. malformed: an answer that is empty, or contains
    markup. foreign: in a script that the question does not use.

    Args:
        records: of rollouts, as `rollouts/step-*.jsonl` has them.
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
