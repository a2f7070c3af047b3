"""Questions to the user: the model's own where they are about the program, else built from it.

asked("Which currency are the prices in `total`?", words)  ->  the same, in a list
built(failure, tree)  ->  ["What does `print(list(row))` show at shop.py:3: 'price' by another name,
                           or nothing like it?"]

Those that are built name an output, and two causes that it tells apart.
"""

import ast
import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from cogitate.coding.syntax import parsed
from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.objections import statement
from cogitate.work.debugging.trees import Tree

MOST = 3
Parts = Sequence[ast.expr]
_LENGTH = range(12, 300)
_FENCES = re.compile(r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_OFFER = re.compile(
    r"^(would you like|do you want me|shall i|should i|can i|may i|is there anything|does this"
    r"|can you (please )?(provide|share|clarify|explain)|could you (please )?(provide|share))\b",
    re.IGNORECASE,
)
"""How questions begin that ask for no fact."""
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        a an and any are as at be by can code data do does error exception expected fail fails file
        for from function give has have how i if in input inputs int is it its len line list main
        name no not of on one or output print program python return self set should str string test
        tests that the their them then there this to type up use used value values was what when
        where which who why will with you your
        """,
    )
)
"""Words of a program that say nothing in a question."""


def words(texts: Iterable[str]) -> frozenset[str]:
    """Return the names and values of programs that a question can be about."""
    found: set[str] = set()
    for text in texts:
        found |= set(re.findall(r"[A-Za-z_]\w{2,}", text))
        found |= set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", text))
    return frozenset(word for word in found - _COMMON if not keyword.iskeyword(word))


def asked(answer: str, known: frozenset[str]) -> list[str]:
    """Return the questions of an answer that name something of the program, at most three."""
    prose = _FENCES.sub("\n", answer)
    found: dict[str, None] = {}
    for line in prose.splitlines():
        text = re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+|\*\*", "", line).strip()
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            if sentence.endswith("?") and len(sentence) in _LENGTH and is_about(sentence, known):
                found.setdefault(sentence)
    return list(found)[:MOST]


def is_about(question: str, known: frozenset[str]) -> bool:
    """Return whether a question names something of the program, and asks for a fact."""
    if _OFFER.match(question):
        return False
    return not known.isdisjoint(re.findall(r"\w+(?:\.\d+)?", question))


# ---------------------------------------------------------------- our own


def built(failure: Failure, tree: Tree) -> list[str]:
    """Return questions that follow from the error and the line that it was raised at."""
    if not failure.frames:
        return []
    frame = failure.frames[-1]
    found = dict.fromkeys(_questions(failure, frame, tree))
    return list(found)[:MOST]


def _questions(failure: Failure, frame: Frame, tree: Tree) -> Iterator[str]:
    program = parsed(tree.text(frame.path))
    failed = statement(program, frame.line) if program else None
    place = f"{frame.path}:{frame.line}"
    if failed is None:
        source = tree.line(frame.path, frame.line).strip()
        yield f"What should line {frame.line} of {frame.path} be, instead of `{source}`?"
        return
    parts = [node for node in ast.walk(failed) if isinstance(node, ast.expr)]
    message = " ".join(failure.message.split())
    yield from _BY_KIND.get(failure.kind.rpartition(".")[2], _none)(parts, place, message)
    for part in _names(parts):
        yield f"What does `print({part})` show at {place}: is it wrong already, or what follows?"


def _none(_parts: Parts, _place: str, _message: str) -> Iterator[str]:
    yield from ()


def _of_keys(parts: Parts, place: str, message: str) -> Iterator[str]:
    for base in _bases(parts):
        yield (
            f"What does `print(list({base}))` show at {place}: {message} by another name, or"
            " nothing like it?"
        )


def _of_items(parts: Parts, place: str, _message: str) -> Iterator[str]:
    for base in _bases(parts):
        yield (
            f"What does `print(len({base}))` show at {place}: are there too few items, or is the"
            " index wrong?"
        )


def _of_none(parts: Parts, place: str, message: str) -> Iterator[str]:
    if "None" in message:
        for part in _names(parts):
            yield f"May `print({part})` show None at {place}, or should it have been set before?"


def _of_zero(parts: Parts, place: str, _message: str) -> Iterator[str]:
    for part in parts:
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div | ast.FloorDiv | ast.Mod):
            yield (
                f"May `print({ast.unparse(part.right)})` show 0 at {place}, and what is"
                f" `{ast.unparse(part)}` then, or is it wrong already?"
            )


def _of_missing(_parts: Parts, _place: str, message: str) -> Iterator[str]:
    yield (
        f"Where is {message.rpartition(' ')[2]}: elsewhere or by another name, or is it still to be"
        " made or installed?"
    )


def _of_assertion(parts: Parts, place: str, message: str) -> Iterator[str]:
    values = re.match(r"(?:assert )?(.+?) == (.+)$", message)
    for part in parts:
        if values and isinstance(part, ast.Compare):
            left = ast.unparse(part.left)
            yield f"Should `{left}` be {values[2]}, as {place} says, or {values[1]}?"


_BY_KIND: dict[str, Callable[[Parts, str, str], Iterator[str]]] = {
    "KeyError": _of_keys,
    "IndexError": _of_items,
    "AttributeError": _of_none,
    "TypeError": _of_none,
    "ZeroDivisionError": _of_zero,
    "ModuleNotFoundError": _of_missing,
    "FileNotFoundError": _of_missing,
    "AssertionError": _of_assertion,
}


def _bases(parts: Parts) -> Iterator[str]:
    yield from (ast.unparse(part.value) for part in parts if isinstance(part, ast.Subscript))


def _names(parts: Parts) -> Iterator[str]:
    """Yield the variables that are read, not those that are called."""
    called = [part.func for part in parts if isinstance(part, ast.Call)]
    for part in parts:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part not in called:
            yield part.id
