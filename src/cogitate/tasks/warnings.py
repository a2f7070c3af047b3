r"""Warnings about targets that parse but that no sensible answer matches, or that an echo matches.

    line 3: the answer '3,14' is compared as text, not as a number (as 1234.5 and 1,234.5 are)

The family's own verifier decides: a target is odd if the verifier refuses a sensible answer
("7" for "x = 7."), or accepts a repeated part of the question.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from cogitate.protocols import Family
from cogitate.tasks.echoes import ECHOES, echoes
from cogitate.tasks.files.letter_case import letter_case
from cogitate.types import Task
from cogitate.verify.form import is_malformed
from cogitate.verify.judge import judge
from cogitate.verify.maths import looks_like_maths
from cogitate.verify.quantity import clean, quantity
from cogitate.verify.strict import shown

_SHOWN = 5
"""Lines named per kind of oddity."""
_MAX_S = 60.0
"""Time limit for all rows: math-verify may take 0.1 s for each, a user's verifier longer."""
_MAX_PLACES = 50
_LATEX_SPACE = re.compile(r"(?<!\\begin)(?<!\\end)([{^_=+(,])")
"""A space after one of these changes no mathematics."""
_N, _UNIT = r"[$€£¥]?[+-]?\d(?:[\d.,]*\d)?", r"[^\W\d_]\S*"
_LISTED = "is matched only with its signs, its words between, and in its order"
_KINDS: tuple[tuple[str, str, str], ...] = (
    (r".*(?![0-9])\d.*", "", "has digits that are compared as text: write 0 to 9"),
    (r"[$€£¥+-]*(?:\d[\d.]*(?:,\d+)+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,})(?: ?[$€£¥%])?", "",
     "is compared as text, not as a number (as 1234.5 and 1,234.5 are)"),
    (r"nan|null|none|nil|#?n/a|<na>|undefined|tbd|[?_…]+|-{2,}|—|\.{2,}", "",
     "seems to be a missing value"),
    (r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve", "",
     "is matched only in words, not in digits"),
    (r"</?\w+>.*", "", "begins with a tag, which no answer has"),
    (r"[\"'`*_“‘«]+(.+?)[\"'`*_”»]+|[(\[{<]([^()\[\]{}<>,]+)[)\]}>]|(.+) \([^()]+\)"
     r"|\$([^$]+)\$( .+)", r"\1\2\3\4\5", "is matched only with the marks around it"),
    (r"(?:=|(?:the )?(?:final )?answer\b(?: is)?:?|it is|it's|[a-z]\w{0,2} ?[=≈:]"
     r"|(?:about|approximately|approx\.?|around|roughly|ca\.)(?= ?\d)"
     r"|[~≈≃<>≤≥±#*†]+=?(?= ?[$€£¥]?[+-]?\d)) *(.+)", r"\1", "is matched only with its start"),
    (r"(?=(?:\S+ ){3,}).* (?:is|are|was|were|has|have|had|equals|because) .*|(?:\S+ ){12,}.*",
     r"\g<0>.", "is long, and matched only to the letter"),
    (rf"(?!.*\.\w\.$)(.*\w)[.!?,;:。]+|(\w+)\)|({_N})[+*†]+", r"\1\2\3",
     "is matched only with the mark at its end"),
    (r"(.+?)(?: or | ?[|;] ?| / |(?<=[^\W\d_]{3})/(?=[^\W\d_]{3})).+", r"\1",
     "has several answers, and is matched only with all of them"),
    (rf"({_N}) ?- ?({_N})", r"\1 to \2", _LISTED),
    (rf"({_N}) (?:to|and) ({_N})", r"\1-\2", _LISTED),
    (r"([^\s,]+(?:, ?[^\s,]+)*), ?([^\s,]+)", r"\1 and \2", _LISTED),
    (rf"({_N}) ?({_UNIT}),? (?:and )?({_N}) ?({_UNIT})", r"\1 \2, \3 \4", _LISTED),
    (rf"({_N})(?: (?![ap]\.?m|BCE?$|CE$|AD$)|(?=\w\w\w)){_UNIT}(?: [^\d\s]+)*"
     rf"|(?-i:[A-Z]{{3}}) ?({_N})", r"\1\2", "is matched only with its word, which is no unit"),
    (rf"({_N}) ?[x×*·] ?10\^[({{]?([+-]?\d+)[)}}]?", r"\1e\2", "is compared as text"),
    (r"10\^[({]?([+-]?\d+)[)}]?", r"1e\1", "is compared as text"),
)  # fmt: skip
"""A pattern of the whole target, a sensible answer to it ("" if there is none), and the warning if
the verifier refuses that answer; the first pattern that matches counts."""


def target_warnings(noun: str, tasks: Mapping[int, Task], family: Family) -> list[str]:
    """Return one line for each kind of oddity, with the numbers of its tasks.

    Example: target_warnings("line", {3: Task(target="7.", ...)}, family) -> ["line 3: the answer
    '7.' is matched only with the mark at its end, not by '7'"]
    """
    kinds: dict[str, dict[int, tuple[str, str]]] = {}
    tried, start = 0, time.monotonic()
    for number, task in tasks.items():
        if time.monotonic() - start > _MAX_S:
            break
        tried += 1
        for what, answer in _oddities(task, partial(_accepts, family, task)):
            kinds.setdefault(what, {})[number] = task.target, answer
    min_count = {what: share and max(2, share * tried) for what, share in ECHOES.items()}
    lines = [
        _line(noun, what, odd) for what, odd in kinds.items() if len(odd) > min_count.get(what, 0)
    ]
    if tried < len(tasks):
        lines.append(f"only the first {tried} of {len(tasks)} {noun}s were checked: time limit")
    return lines


def case_warning(noun: str, tasks: Mapping[int, Task]) -> Iterator[str]:
    """Yield a warning if the case of letters counts in a file of questions."""
    case = letter_case([(task.question, task.target) for task in tasks.values()])
    if case.twins:
        one, other = map(shown, case.twins)
        yield f"upper and lower case count in all answers: there are {one} and {other}"
    elif cased := {n: (task.target, "") for n, task in tasks.items() if case.counts(task.question)}:
        yield _line(noun, "is in its question in another case: upper and lower case count", cased)


def _accepts(family: Family, task: Task, answer: str) -> bool:
    return judge(family, task, answer).reward == 1


def _oddities(task: Task, accepts: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Yield the warning about a target, and the sensible answer that is refused or ""."""
    echo = next((rule for rule, text in echoes(task.question) if accepts(text)), None)
    if echo:
        yield echo, ""
    target = clean(task.target)
    if is_malformed(target):
        yield "has markup of a chat in it, which no answer has", ""
    elif not accepts(task.target):
        yield "is refused by the verifier itself", ""
    else:
        yield from _refused(target, accepts)


def _refused(target: str, accepts: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    if found := quantity(target):
        plain = f"{found.number:f}" if abs(found.number.adjusted()) < _MAX_PLACES else target
        if not accepts(plain):
            yield "is matched only as it is written", plain
    elif looks_like_maths(target):
        spaced = _LATEX_SPACE.sub(r"\1 ", target).replace("\\frac", "\\dfrac")
        if not accepts(spaced):
            yield "is compared as text: math-verify cannot read it", spaced
    else:
        for pattern, sensible, what in _KINDS:
            if match := re.fullmatch(pattern, target, re.IGNORECASE | re.DOTALL):
                answer = match.expand(sensible).strip()
                if not answer or not accepts(answer):
                    yield what, answer
                return


def _line(noun: str, what: str, odd: Mapping[int, tuple[str, str]]) -> str:
    numbers = list(odd)
    places = ", ".join(map(str, numbers[:_SHOWN]))
    more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
    target, answer = odd[numbers[0]]
    instead = f", not by {shown(answer, 40)}" if answer else ""
    instead = ", so that an echo of it is correct" if what in ECHOES else instead
    s = "s" if len(odd) > 1 else ""
    return f"{noun}{s} {places}{more}: the answer {shown(target, 40)} {what}{instead}"
