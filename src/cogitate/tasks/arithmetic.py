"""Whole-number arithmetic: + - and *, by number of digits, worked column by column.

    "What is 478 + 356?" -> thought " 8+6=14 4 c1 ; 7+5+1=13 3 c1 ; 4+3+1=8 8", answer "834"

At level n the operands have up to n digits; the second factor of a product has half as many.
A thought takes the columns from the right: the sum, the digit that is written and, after c,
what is carried; a subtraction shows the digit and, after b, what is borrowed. The ood split has
two digits more.
"""

from random import Random

from cogitate.errors import UsageError
from cogitate.tasks.splits import content_share, need_level, need_split, normalised
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_LEVELS = 8
_PHRASINGS = ("What is {sum}?", "Work out {sum}.", "Calculate {sum}.", "{sum} = ?")
_LEVEL_WEIGHTS = (3, 4, 4, 2)
_OOD_DIGITS = 2
_TEST_SHARE, _OOD_SHARE = 0.2, 0.1
_TRIES = 200


class Arithmetic:
    """The family: see the module."""

    name = "arithmetic"

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return sum `seed` of a split; without a level, of one to four digits."""
        need_split(self.name, split)
        need_level(self.name, level, highest=NUM_LEVELS)
        key = f"{self.name}/{split}/{seed}" + (f"/level{level}" if level else "")
        rng = Random(key)
        if level is None:
            level = rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        a, sign, b = _draw(rng, split, level)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=rng.choice(_PHRASINGS).format(sum=f"{a} {sign} {b}"),
            target=str({"+": a + b, "-": a - b, "*": a * b}[sign]),
            metadata={"cluster": content(a, sign, b), "a": a, "sign": sign, "b": b},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Give 1 for the number in digits, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Work the sum out column by column."""
        work = {"+": add_thought, "-": subtract_thought, "*": multiply_thought}
        given = task.metadata
        return work[given["sign"]](given["a"], given["b"]), task.target


def content(a: int, sign: str, b: int) -> str:
    """Return what makes two sums one: the order of the operands of + and * does not count."""
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
    """Multiply by each digit of `b` from the right, adding up as it goes.

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


def _draw(rng: Random, split: str, level: int) -> tuple[int, str, int]:
    """Draw until a sum belongs to the split."""
    for _ in range(_TRIES):
        sign = rng.choice("+-*")
        digits = level + _OOD_DIGITS * (split == "ood")
        a = rng.randrange(10 ** rng.randint(max(1, digits - 1), digits))
        b = rng.randrange(10 ** (max(1, digits // 2) if sign == "*" else rng.randint(1, digits)))
        if sign == "-":
            a, b = max(a, b), min(a, b)
        if _split_of(content(a, sign, b)) == split:
            return a, sign, b
    raise UsageError(f"arithmetic has no more {split} sums of level {level}; use a higher level")


def _split_of(canonical: str) -> str:
    share = content_share(normalised(canonical))
    if share < _TEST_SHARE:
        return "test"
    return "ood" if share < _TEST_SHARE + _OOD_SHARE else "train"
