"""The lines of a JSONL or CSV file as dictionaries, each with the number of its line.

    {"question": "2 + 2?", "answer": 4.0}  ->  (1, {"question": "2 + 2?", "answer": 4.0})

Ambiguous input is refused: a duplicate column or key, NaN, a value without a column, text that is
not UTF-8.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cogitate.errors import UsageError

_MAX_DIGITS = 4_000
"""Digits of an integer; longer ones, which Python does not parse, stay text."""
_INDEX = "Unnamed: 0"
"""pandas' name of a first column without a name, where it writes a table's index."""


class Decimals(float):
    """A float whose text keeps the digits of the file.

    Example: str(Decimals.read("0.00001")) -> "0.00001"
    """

    text: str

    @classmethod
    def read(cls, text: str) -> "Decimals":
        """Parse a number."""
        number = cls(text)
        number.text = text
        return number

    def __str__(self) -> str:
        """Return the original text."""
        return self.text


def read_table(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and values of each line that is not empty.

    Raises:
        UsageError: the file is missing, or a line is wrong; names file, line and reason.
    """
    try:
        yield from (_csv_lines if path.suffix.lower() == ".csv" else _json_lines)(path)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: save it as UTF-8 ({error})") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(
                    line,
                    parse_int=_whole,
                    parse_float=Decimals.read,
                    parse_constant=_refuse_constant,
                    object_pairs_hook=_unique,
                )
            except (ValueError, RecursionError) as error:
                raise UsageError(
                    f"{path}, line {number}: not JSON: {error}; each line is one object"
                ) from error
            if not isinstance(values, dict):
                raise UsageError(
                    f'{path}, line {number}: not an object like {{"question": ..., "answer": ...}}'
                )
            yield number, values


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it has no {name}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"duplicate key {twice!r}")
    return values


def _csv_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, strict=True, skipinitialspace=True)
        try:
            header = [name.strip() for name in next(reader, list[str]())]
            header[:1] = [name or _INDEX for name in header[:1]]
            for name in filter(None, header):
                if header.count(name) > 1:
                    raise UsageError(f"{path}, line 1: duplicate column {name!r}")
            for values in reader:
                if any(map(str.strip, values)):
                    yield reader.line_num, _under(header, values, f"{path}, line {reader.line_num}")
        except csv.Error as error:
            raise UsageError(
                f"{path}, line {reader.line_num}: not CSV: {error}"
                " (no space goes between a quote and a comma, and a quote inside is doubled)"
            ) from error


def _under(header: list[str], values: list[str], where: str) -> dict[str, Any]:
    if len(values) != len(header):
        raise UsageError(f"{where}: not {len(header)} columns as in the header")
    named = dict(zip(header, values, strict=True))
    if any(value.strip() for name, value in zip(header, values, strict=True) if not name):
        raise UsageError(f"{where}: a value in a column without a name")
    return {name: value for name, value in named.items() if name}
