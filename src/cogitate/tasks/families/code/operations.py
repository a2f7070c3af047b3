"""Operations: one expression each, with its clause, its usual mistakes, and its parameter.

    Operation("first", "take the first K numbers", "X[:K]", ("[:K]", "[-K:]"), values=(2, 3, 4))

Every operation is defined for every value of its type, and its clause determines what it does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NUMBERS, WORDS, TEXT, NUMBER, COUNTS = "list[int]", "list[str]", "str", "int", "dict[str, int]"
VARIABLES = {NUMBERS: "numbers", WORDS: "words", TEXT: "text", NUMBER: "number", COUNTS: "counts"}
"""Type -> the variable that holds such a value."""
Value = int | str | None
SMALL, FEW, LENGTHS, DIVISORS = (2, 3, 4, 5, 6, 7, 8, 9), (2, 3, 4), (3, 4, 5), (3, 4, 5, 7)
LETTERS = ("a", "e", "i", "n", "o", "r", "s", "t")
"""Values that parameters may have."""
Table = dict[tuple[str, str], Sequence["Operation"]]
"""(type taken, type given) -> operations."""
_INTEGER = re.compile(r"(?<![\w\"'.])\d+(?![\w\"'])")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation; X stands for its input and K for its parameter.

    Example: Operation("times", "multiply each number by K", "[n * K for n in X]", ("*", "+"),
    values=(2, 3))
    """

    name: str
    says: str
    """Clause of the docstring, as an order."""
    code: str
    """Expression."""
    slips: Sequence[str] = ()
    """Mistakes, in pairs: a part of `code`, and what is put in its place."""
    values: Sequence[Value] = (None,)
    """Values that K may have."""

    def clause(self, value: Value) -> str:
        """Return the clause for a value of K."""
        return filled(self.says, repr(value))

    def expression(self, value: Value) -> str:
        """Return the expression in X for a value of K."""
        return filled(self.code, repr(value))

    def mutants(self, value: Value) -> list[str]:
        """Return wrong expressions in X; some of them may be equivalent to the correct one."""
        code = self.code
        wrong = [
            code.replace(part, other)
            for part, other in zip(self.slips[::2], self.slips[1::2], strict=True)
        ]
        wrong += [
            f"{code[: found.start()]}{int(found[0]) + 1}{code[found.end() :]}"
            for found in _INTEGER.finditer(code)
        ]
        near = [value - 1, value + 1] if isinstance(value, int) else []
        pairs = [(mutant, value) for mutant in wrong] + [(code, other) for other in near]
        return [filled(mutant, repr(value)) for mutant, value in pairs]


def filled(text: str, value: str) -> str:
    """Return a clause or an expression with a text in place of K."""
    return re.sub(r"\bK\b", value, text)
