"""A user's questions and answers, from a JSONL or CSV file.

    {"question": "What is the capital of Peru?", "answer": "Lima"}  -> one task

Columns: question and answer; optionally thought (a worked solution, in every row or in none; it
may be part of the answer, see cogitate.tasks.files.rationale), level (an integer) and cluster (for
clustered intervals). Other columns are kept as metadata. A fifth of the questions, by a hash of
each, is the test split.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from numbers import Real
from pathlib import Path
from random import Random
from typing import Any

from cogitate.disk import encodable
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.tasks.files.letter_case import letter_case
from cogitate.tasks.files.rationale import bare_thought, split_answer
from cogitate.tasks.files.tables import read_table
from cogitate.tasks.splits import content_share, need_split, normalised, train_or_test
from cogitate.types import Task, Verdict
from cogitate.verify.maths import equivalent, looks_like_maths, plain
from cogitate.verify.quantity import clean, quantity
from cogitate.verify.strict import canonical, same, shown, strict

SPLITS = ("train", "test")
_COLUMNS = ("question", "answer", "thought", "level", "cluster")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question of a file.

    Example: Row(line=3, question="2 + 2?", answer="4", thought=None, level=1, cluster="2 + 2?",
    columns={"source": "school"})
    """

    line: int
    question: str
    answer: str
    thought: str | None
    level: int
    cluster: str
    columns: Mapping[str, Any]
    """All the other columns, as JSON values."""


class Rows:
    """The family of a file's rows."""

    demonstrate: Callable[[Task], tuple[str, str]]
    """Set only if the file has thoughts."""
    num_levels: int
    """Set only if the training questions have all levels from 1 to the highest, 2 or more."""

    def __init__(self, name: str, rows: list[Row]) -> None:
        """Assign the rows to splits, in an order that depends only on their questions."""
        self.name = name
        self._pools: dict[tuple[str, int | None], list[Row]] = {}
        for row in sorted(rows, key=lambda row: content_share(f"order/{row.question}")):
            split = train_or_test(row.question)
            for level in (None, row.level):
                self._pools.setdefault((split, level), []).append(row)
        self._thoughts = {row.question: row.thought for row in rows if row.thought}
        self.has_thoughts = bool(self._thoughts)
        self.letter_case = letter_case([(row.question, row.answer) for row in rows])
        self.needs_maths = any(looks_like_maths(row.answer) for row in rows)
        if self.has_thoughts:
            self.demonstrate = self._demonstrate
        levels = {level for split, level in self._pools if split == "train" and level is not None}
        if levels == set(range(1, len(levels) + 1)) != {1}:
            self.num_levels = len(levels)

    def size(self, split: str, level: int | None = None) -> int:
        """Return the number of distinct questions of a split."""
        need_split(self.name, split, SPLITS)
        return len(self._pools.get((split, level), ()))

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return a question of a split: train repeats in rounds, test ends after the last one.

        Raises:
            UsageError: the split has no question of that level, or no more.
        """
        num = self.size(split, level)
        what = f"{split} questions" + (f" of level {level}" if level is not None else "")
        if num == 0:
            raise UsageError(f"{self.name} has no {what}; give it more rows")
        if split == "test" and seed >= num:
            raise UsageError(f"{self.name} has {num} {what}: ask for {num} at most")
        row = self._pools[split, level][self._place(split, seed, num)]
        suffix = f"/level{level}" if level is not None else ""
        return task_of(row, self.name, f"{self.name}/{split}/{seed}{suffix}")

    def verify(self, task: Task, answer: str) -> Verdict:
        """Compare as text, by value if both are numbers, and as mathematics if it is LaTeX."""
        case = self.letter_case.counts(task.question)
        if looks_like_maths(task.target):
            return equivalent(task.target, answer, case=case)
        if quantity(task.target):
            answer = plain(answer)
        return strict(task.target, answer, case=case, units=True)

    def _demonstrate(self, task: Task) -> tuple[str, str]:
        return self._thoughts[task.question] or "", task.target

    @staticmethod
    def _place(split: str, seed: int, num: int) -> int:
        """Return the row's index: train has another order in each round."""
        return seed if split == "test" else _order(seed // num, num)[seed % num]


def task_of(row: Row, family: str, key: str) -> Task:
    """Return a row as a task."""
    return Task(
        key=key,
        family=family,
        level=row.level,
        question=row.question,
        target=row.answer,
        metadata={**row.columns, "cluster": row.cluster},
    )


@lru_cache(maxsize=8)
def _order(round_number: int, num: int) -> list[int]:
    order = list(range(num))
    Random(f"round/{round_number}").shuffle(order)
    return order


def read_rows(path: Path) -> list[Row]:
    """Read a .jsonl or .csv file.

    Raises:
        UsageError: the file is missing, or a line is wrong; names file, line and reason.
    """
    return gather_rows(f"{path}, line", read_table(path))


def gather_rows(where: str, numbered: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Row]:
    """Return the rows of numbered dictionaries, each question once; say how many are left out.

    Questions that differ only by case are the same, unless their answers differ.

    Raises:
        UsageError: a row is wrong, contradicts another, or lacks a thought that others have, or
            there is none; starts with `where` and the row's number.
    """
    rows: dict[str, Row] = {}
    alike: dict[str, Row] = {}
    read: list[Row] = []
    for line, values in numbered:
        row = _worked(f"{where} {line}", parse_row(f"{where} {line}", line, values))
        read.append(row)
        first = alike.setdefault(canonical(row.question), row)
        if first is not row:
            if same(first.answer, row.answer, units=True):
                continue
            first = rows.get(clean(row.question), row)
            if not same(first.answer, row.answer, units=True):
                raise UsageError(
                    f"{where} {line}: the question of line {first.line} with another answer"
                )
        rows.setdefault(clean(row.question), row)
    if not rows:
        raise UsageError(f"{where.rpartition(', ')[0]} has no rows")
    _need_thoughts(where, list(rows.values()))
    if again := len(read) - len(rows):
        name = where.rpartition(", ")[0]
        say(f"{name}: left out, with question and answer of an earlier row: {again} of {len(read)}")
    return list(rows.values())


def parse_row(where: str, line: int, values: Mapping[str, Any]) -> Row:
    """Return the row of a file's line, or of a dictionary with the same columns.

    Raises:
        UsageError: a column is missing, empty or of the wrong type; starts with `where`.
    """
    columns = _named(where, values)
    question = _text(where, columns, "question")
    answer = _text(where, columns, "answer")
    given = {name for name in _COLUMNS[2:] if columns.get(name) not in (None, "")}
    thought = _text(where, columns, "thought") if "thought" in given else None
    cluster = _text(where, columns, "cluster") if "cluster" in given else normalised(question)
    level = columns["level"] if "level" in given else 1
    try:
        level = int(str(level).removesuffix(".0"))
    except ValueError as error:
        raise UsageError(f"{where}: level {level!r} is not a whole number") from error
    return Row(
        line=line,
        question=question,
        answer=answer,
        thought=thought,
        level=level,
        cluster=cluster,
        columns={name: value for name, value in columns.items() if name not in _COLUMNS},
    )


def _named(where: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values by column; known columns are matched without case and white space."""
    columns: dict[str, Any] = {}
    for given, value in values.items():
        plain = str(given).strip().casefold()
        name = plain if plain in _COLUMNS else str(given)
        if name in columns:
            raise UsageError(f"{where}: duplicate column {name!r}")
        columns[name] = value
    return columns


def _text(where: str, columns: dict[str, Any], name: str) -> str:
    if name not in columns:
        found = shown(", ".join(columns), width=120)
        raise UsageError(
            f"{where}: there is no {name!r}; a row needs a question and an answer, and has {found}"
        )
    value = columns[name]
    if isinstance(value, bool):
        value = json.dumps(value)
    elif isinstance(value, Real | Decimal) and str(value)[-1].isdigit():  # no NaN, no infinity
        value = str(value)
    if not isinstance(value, str):
        raise UsageError(f"{where}: {name!r} is neither text nor a number")
    if not clean(value):
        raise UsageError(f"{where}: {name!r} is empty")
    if value != encodable(value):
        raise UsageError(f"{where}: {name!r} has half of a character (a lone surrogate)")
    return value.strip() if name != "thought" else value


def _worked(where: str, row: Row) -> Row:
    """Return the row with its thought separated from its answer and without tags.

    If the answer contained more, the original is kept among the columns.
    """
    try:
        thought, answer = split_answer(row.answer)
    except ValueError as error:
        raise UsageError(f"{where}: the answer {error}") from error
    try:
        thought = bare_thought(row.thought or thought)
    except ValueError as error:
        raise UsageError(f"{where}: the thought {error}") from error
    if (thought, answer) == (row.thought or "", row.answer):
        return row
    if not clean(answer):
        raise UsageError(f"{where}: 'answer' is empty after its thought")
    columns = row.columns if answer == row.answer else {**row.columns, "answer": row.answer}
    thought = thought if thought.strip() else None
    return replace(row, answer=answer.strip(), thought=thought, columns=columns)


def _need_thoughts(where: str, rows: list[Row]) -> None:
    with_thought = [row for row in rows if row.thought]
    if with_thought and len(with_thought) < len(rows):
        line = next(row.line for row in rows if not row.thought)
        raise UsageError(
            f"{where} {line}: no thought, but line {with_thought[0].line} has one;"
            " give every row a thought, or none"
        )
