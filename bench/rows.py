"""Rows of a benchmark in a file of JSON lines, so that a run that was stopped goes on.

A file only grows: a line adds to what earlier lines say of the row of the same name.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
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


def settled(
    options: argparse.Namespace, defaults: Row, older: Callable[[Row], Row] = lambda _: {}
) -> Row:
    """Return the settings that new rows tell, once all files have rows of the same.

    Args:
        options: those of the script, with the files `out` and, of another model, `against`.
        defaults: its settings, with which a row was made that does not tell them.
        older: what else such a row tells of its settings.

    Raises:
        SystemExit: a file has rows of other settings; name a new one.
    """
    settings = {key: getattr(options, key) for key in defaults}
    others = {key: value for key, value in settings.items() if key != "model"}

    def made(row: Row) -> Row:
        return defaults | older(row)

    need_same("--out", options.out, settings, made)
    need_same("--against", options.against, others, made)
    return settings


def need_same(
    option: str, path: Path | None, settings: Mapping[str, Any], made: Callable[[Row], Row]
) -> None:
    """Refuse the file of an option if it has rows of other settings.

    `made` returns the settings of a row that does not tell them.
    """
    for row in read(path).values():
        told = made(row) | row
        for key, value in settings.items():
            if told[key] != value:
                raise SystemExit(
                    f"{path} has rows with {key} {told[key]}, not {value}: name a new {option}"
                )


def named(path: Path, names: Iterable[str], key: str) -> dict[str, Row]:
    """Return the rows of these names; refuse a file in which one is missing, or its `key`."""
    found = read(path)
    chosen = {name: found.get(name, {}) for name in names}
    if missing := [name for name, row in chosen.items() if row.get(key) is None]:
        raise SystemExit(f"{path} has no result of {missing[0]}: let its own command end first")
    return chosen


def share(values: Mapping[str, float]) -> Interval:
    """Return the mean of values from 0 to 1, each of one problem."""
    return share_interval([*values.values()], [*values])


def difference(left: Mapping[str, float], right: Mapping[str, float]) -> Interval:
    """Return the mean of `left` minus `right` on the problems that both have."""
    names = [name for name in left if name in right]
    if not names:
        raise SystemExit("the two files have no problem in common")
    return difference_interval([left[name] - right[name] for name in names], names)
