"""Integer arithmetic: + - and *, by number of digits, worked column by column.

    "What is 478 + 356?" -> thought " 8+6=14 4 c1 ; 7+5+1=13 3 c1 ; 4+3+1=8 8", answer "834"
    "What is 3 + 4 * 12 - 5?" -> thought " 4*12=48 3+48=51 51-5=46", answer "46"

At level n the operands have up to n digits; the second factor of a product has half as many.
A thought takes the columns from the right: the sum, the digit written and, after c, the carry; a
subtraction shows the digit and, after b, the borrow. One question in four mixes signs (see
`mixed`); in the ood split each does, with more terms than at any level.
"""

from random import Random
from typing import Any

from cogitate.tasks.families import mixed
from cogitate.tasks.families.slips import with_slips
from cogitate.tasks.splits import begin, draw_phrasing, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_LEVELS = 8
PHRASINGS = ("What is {sum}?", "Work out {sum}.", "Calculate {sum}.", "{sum} = ?")
OOD_PHRASINGS = ("How much is {sum}?", "Find the value of {sum}.")
_LEVEL_WEIGHTS = (3, 4, 4, 2)
_MIXED_SHARE = {"train": 0.25, "test": 0.25, "ood": 1.0}
_OOD_TERMS = 3
_SLIP_SHARE = 0.1

Drawn = tuple[str, int, dict[str, Any]]
"""An expression as asked, its value, and the metadata for its worked solution."""


class Arithmetic:
    """The family: see the module."""

    name = "arithmetic"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of one to four digits."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        more_terms = _OOD_TERMS * (split == "ood")
        is_mixed = rng.random() < _MIXED_SHARE[split]
        asked, target, given = draw_within(
            split,
            lambda: _mixed(rng, level, more_terms) if is_mixed else _plain(rng, level),
            _content,
            f"sums of level {level}",
        )
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS).format(sum=asked),
            target=str(target),
            metadata={"cluster": _content((asked, target, given)), **given},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for the number in digits, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the worked solution, with some results first written wrongly and corrected."""
        thought, answer = self.demonstrate_straight(task)
        return with_slips(Random(f"slips/{task.key}"), thought, _SLIP_SHARE), answer

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return the solution column by column, or sign by sign."""
        given = task.metadata
        if "terms" in given:
            return mixed.thought(given["terms"]), task.target
        work = {"+": add_thought, "-": subtract_thought, "*": multiply_thought}
        return work[given["sign"]](given["a"], given["b"]), task.target


def content(a: int, sign: str, b: int) -> str:
    """Return the canonical form of an expression: operands of + and * are ordered."""
    first, second = (a, b) if sign == "-" else sorted((a, b))
    return f"{first}{sign}{second}"


def add_thought(a: int, b: int) -> str:
    """Add column by column.

    Example: add_thought(78, 6) -> " 8+6=14 4 c1 ; 7+1=8 8"
    """
    columns: list[str] = []
    carry = 0
    while a or b or not columns:
        parts = [str(a % 10)] + [str(b % 10)] * (b > 0 or not columns) + ["1"] * carry
        total = a % 10 + b % 10 + carry
        a, b, carry = a // 10, b // 10, total // 10
        written = total % 10 if a or b else total
        carried = " c1" if carry and (a or b) else ""
        columns.append(f" {'+'.join(parts)}={total} {written}{carried}")
    return " ;".join(columns)


def subtract_thought(a: int, b: int) -> str:
    """Subtract a smaller number column by column.

    Example: subtract_thought(82, 7) -> " 12-7=5 b1 ; 8-1=7"
    """
    columns: list[str] = []
    borrowed = 0
    while a or not columns:
        lower = b % 10 + borrowed
        borrows = a % 10 < lower
        upper = a % 10 + 10 * borrows
        parts = [str(upper)] + [str(b % 10)] * (b > 0 or not columns) + ["1"] * borrowed
        a, b, borrowed = a // 10, b // 10, int(borrows)
        columns.append(f" {'-'.join(parts)}={upper - lower}{' b1' * borrows}")
    return " ;".join(columns)


def multiply_thought(a: int, b: int) -> str:
    """Multiply by each digit of `b` from the right, and add up the products.

    Example: multiply_thought(34, 12) -> " 34*2: 4*2=8 8 ; 3*2=6 6 =68 ,
    34*10: 4*1=4 4 ; 3*1=3 3 =340 , 68+340: 8+0=8 8 ; 6+4=10 0 c1 ; 0+3+1=4 4 =408" (on one line)
    """
    lines: list[str] = []
    total = 0
    for place, digit in enumerate(reversed(str(b))):
        product = a * int(digit) * 10**place
        lines.append(f" {a}*{int(digit) * 10**place}:{_times_digit(a, int(digit))} ={product}")
        if place:
            lines.append(f" {total}+{product}:{add_thought(total, product)} ={total + product}")
        total += product
    return " ,".join(lines)


def _times_digit(a: int, digit: int) -> str:
    columns: list[str] = []
    carry = 0
    while a or not columns:
        total = a % 10 * digit + carry
        added = f"+{carry}" if carry else ""
        step = f" {a % 10}*{digit}{added}={total}"
        a //= 10
        carry = total // 10 if a else 0
        columns.append(f"{step} {total % 10 if a else total}" + (f" c{carry}" if carry else ""))
    return " ;".join(columns)


def _plain(rng: Random, digits: int) -> Drawn:
    sign = rng.choice("+-*")
    a = rng.randrange(10 ** rng.randint(max(1, digits - 1), digits))
    b = rng.randrange(10 ** (max(1, digits // 2) if sign == "*" else rng.randint(1, digits)))
    if sign == "-":
        a, b = max(a, b), min(a, b)
    value = {"+": a + b, "-": a - b, "*": a * b}[sign]
    return f"{a} {sign} {b}", value, {"a": a, "sign": sign, "b": b}


def _mixed(rng: Random, level: int, more_terms: int) -> Drawn:
    terms = mixed.draw(rng, level, more_terms)
    return " ".join(terms), mixed.value(terms), {"terms": terms}


def _content(drawn: Drawn) -> str:
    asked, _, given = drawn
    return content(given["a"], given["sign"], given["b"]) if "sign" in given else asked
