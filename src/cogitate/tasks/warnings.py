"""What is odd about a file's rows though they can be read: answers that no sensible one matches.

Row(line=3, answer="3,14", ...) -> "line 3: '3,14' is no number that is read: write 3.14"
"""

import re
from collections.abc import Iterator, Sequence

from cogitate.tasks.files.letter_case import LetterCase, letter_case
from cogitate.tasks.files.rows import Row
from cogitate.verify.form import is_malformed
from cogitate.verify.maths import looks_like_maths
from cogitate.verify.quantity import clean, quantity
from cogitate.verify.strict import same, shown

_MOST_WORDS = 12
_SHOWN = 5
"""Of the lines of one kind."""
_KINDS = (
    (
        re.compile(r"[$€£¥+-]*\d[\d.]*(,\d+)+(\.\d+)?( ?[$€£¥%])?"),
        "is compared as text, not as a number (as 1234.5 and 1,234.5 are)",
    ),
    (re.compile(r"nan|null|n/a|<na>|undefined", re.IGNORECASE), "seems to be a missing value"),
    (re.compile(r"</?\w+>.*"), "begins with a tag, which no answer has"),
    (re.compile(r"([\"'`*_“«]).*[\"'`*_”»]"), "is matched only with the marks around it"),
    (
        re.compile(r"=.*|(the )?(final )?answer\b.*", re.IGNORECASE),
        "is matched only with its start",
    ),
    (re.compile(r".*\w[.!?,;:]"), "is matched only with the mark at its end"),
    (
        re.compile(r"[$€£¥]?[\d.,]+ ?[^\W\d_]{3,}"),
        "is matched only with its word, which is no unit",
    ),
)
"""What is said of an answer that the pattern fits as a whole; the first that fits."""


def row_warnings(rows: Sequence[Row]) -> list[str]:
    """Return one line for each kind of oddity, with the lines of the file that have it."""
    case = letter_case([(row.question, row.answer) for row in rows])
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        if what := _oddity(row, case=case.counts(row.question)):
            kinds.setdefault(what, []).append(row)
    return [*_case(case, rows), *(_told(what, odd) for what, odd in kinds.items())]


def _oddity(row: Row, *, case: bool) -> str:
    answer = clean(row.answer)
    if same(row.question, answer, case=case, units=True):
        return "is the question itself, so that an echo of it is right"
    if quantity(answer) or looks_like_maths(answer):
        return ""
    if is_malformed(answer):
        return "has markup of a chat in it, which no answer has"
    if len(answer.split()) > _MOST_WORDS or "\n" in row.answer:
        return "is long, and matched only to the letter"
    return next((what for pattern, what in _KINDS if pattern.fullmatch(answer)), "")


def _told(what: str, rows: Sequence[Row]) -> str:
    lines = ", ".join(str(row.line) for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    s = "s" if len(rows) > 1 else ""
    return f"line{s} {lines}{more}: the answer {shown(rows[0].answer, 40)} {what}"


def _case(case: LetterCase, rows: Sequence[Row]) -> Iterator[str]:
    if case.twins:
        one, other = map(shown, case.twins)
        yield f"upper and lower case count in all answers: there are {one} and {other}"
    elif cased := [row for row in rows if case.counts(row.question)]:
        yield _told("is in its question in another case: upper and lower case count", cased)
