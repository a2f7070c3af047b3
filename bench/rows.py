"""Rows of a benchmark in a file of JSON lines, so that a run that was stopped goes on.

A file only grows: a line adds to what earlier lines say of the row of the same name.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cogitate.evaluate.intervals import Interval, difference_interval, share_interval

Row = dict[str, Any]


def read(path: Path | None) -> dict[str, Row]:
    """Return the rows of a file by name; none if there is no file."""
    found: dict[str, Row] = {}
    if path is not None and path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.setdefault(row["name"], {}).update(row)
    return found


def add(path: Path, row: Mapping[str, Any]) -> None:
    """Append a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def need_same(path: Path, settings: Mapping[str, Any]) -> None:
    """Refuse a file with rows of another model, or of other settings."""
    for row in read(path).values():
        for key, value in settings.items():
            if row.get(key, value) != value:
                raise SystemExit(
                    f"{path} has rows with {key} {row[key]}, not {value}: name another"
                )


def share(values: Mapping[str, float]) -> Interval:
    """Return the mean of values from 0 to 1, each of one problem."""
    return share_interval([*values.values()], [*values])


def difference(left: Mapping[str, float], right: Mapping[str, float]) -> Interval:
    """Return the mean of `left` minus `right` on the problems that both have."""
    names = [name for name in left if name in right]
    if not names:
        raise SystemExit("the two files have no problem in common")
    return difference_interval([left[name] - right[name] for name in names], names)
