"""A program as blocks of statements with their lines, and what each of them does.

Docstrings, other texts that stand alone, `pass` and comments do nothing: they go with the lines
over a statement.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from cogitate.coding.syntax import first_line, last_line, lines_before, source_lines, tree_of

_BODIES = ("body", "handlers", "cases", "orelse", "finalbody")
_MARKS = re.compile(r"#!|#.*coding[:=]")


class Program:
    """A program's lines and statements.

    Example: Program(text).head -> the lines of a licence
    """

    def __init__(self, text: str) -> None:
        """Parse a text; raises what is in `syntax.UNREADABLE`."""
        self.lines = [
            line if line.endswith(("\n", "\r")) else f"{line}\n" for line in source_lines(text)
        ]
        self.tree = tree_of(text)
        self._does: dict[int, str] = {}
        self.corrected: frozenset[str] = frozenset()
        """Texts that are to replace those of another program that does the same."""

    @cached_property
    def head(self) -> list[str]:
        """The first lines, of interpreter and encoding, and a comment that stands alone."""
        num = len(list(takewhile(lambda line: line.startswith("#"), self.lines)))
        alone = num == len(self.lines) or not self.lines[num].strip()
        return self.lines[:num] if alone else list(takewhile(_MARKS.match, self.lines[:2]))

    @cached_property
    def comments(self) -> frozenset[str]:
        """All lines that are comments, without their indentation."""
        return comments(self.lines)

    def texts(self, node: ast.AST | None = None) -> frozenset[str]:
        """Return the words of the docstrings in a node, or in all of the program."""
        found = (_text(one) for one in ast.walk(node or self.tree))
        return frozenset(_words(text) for text in found if text is not None)

    def block(self) -> "Block":
        """Return the module's statements."""
        return Block(self, self.tree.body, len(self.head), len(self.lines))

    def does(self, node: ast.AST) -> str:
        """Return what a node does: its syntax without what does nothing."""
        if id(node) not in self._does:
            parts = [self.does_each(value) for _, value in ast.iter_fields(node)]
            self._does[id(node)] = f"{type(node).__name__}({', '.join(parts)})"
        return self._does[id(node)]

    def does_each(self, value: object) -> str:
        """Return what the value of a node's field does: a node, several, or a plain value."""
        if isinstance(value, list):
            return f"[{', '.join(self.does_each(one) for one in value if not _is_silent(one))}]"
        return self.does(value) if isinstance(value, ast.AST) else repr(value)


class Block:
    """The statements of one body that do something, with their lines.

    Example: Program("a = 2  # two").block().comment(0) -> "# two"
    """

    def __init__(self, program: Program, body: list[ast.stmt], start: int, end: int) -> None:
        """Take the statements of a body, which has the lines from `start` to `end`."""
        self.program, self._lines = program, program.lines
        words = _text(body[0]) if body else None
        self.words = None if words is None else _words(words)
        """Those of the docstring."""
        self._start, self._end = start if words is None else last_line(body[0]), end
        self.docstring = self._lines[start : self._start]
        """Its lines, with those over it."""
        self.body = [node for node in body if not _is_silent(node)]

    @property
    def is_module(self) -> bool:
        """Whether these are statements of the module itself."""
        return bool(self.body) and self.body[0] in self.program.tree.body

    @cached_property
    def does(self) -> list[str]:
        """What each statement does."""
        return list(map(self.program.does, self.body))

    def first(self, num: int) -> "Block":
        """Return the block with its first statements alone, at least one."""
        found = Block(self.program, self.body[:num], self._start, self.end(num - 1))
        found.words, found.docstring = self.words, self.docstring
        return found

    def corrects(self, place: int) -> bool:
        """Return whether a statement has a docstring that is to replace another."""
        corrected = self.program.corrected
        return bool(corrected) and bool(corrected & self.program.texts(self.body[place]))

    def above(self, place: int) -> list[str]:
        """Return the lines between the statement before and this one."""
        return self._lines[self._begin(place) : first_line(self.body[place]) - 1]

    def own(self, place: int, comment: str = "") -> list[str]:
        """Return the lines of a statement; a comment is added behind it if it has none."""
        node = self.body[place]
        lines = self._lines[max(self._begin(place), first_line(node) - 1) : self.end(place)]
        last = last_line(node) - first_line(node)
        if comment and last < len(lines) and not self._behind(node):
            lines[last] = f"{lines[last].rstrip()}  {comment}\n"
        return lines

    def comment(self, place: int) -> str:
        """Return the comment behind a statement; empty without one."""
        behind = self._behind(self.body[place])
        return behind if behind.startswith("#") else ""

    def rest(self) -> list[str]:
        """Return the lines behind the last statement; of a body without one, all."""
        return self._lines[self.end(len(self.body) - 1) if self.body else self._start : self._end]

    def end(self, place: int) -> int:
        """Return the number of lines up to the end of a statement, and of comments within it."""
        node = self.body[place]
        end = last_line(node)
        for number in range(end, self._end):
            line = self._lines[number]
            if line.strip() and not line.lstrip().startswith("#"):
                break
            if len(line) - len(line.lstrip()) > node.col_offset and line.strip():
                end = number + 1
        return end

    def clauses(self, place: int) -> list["Clause"]:
        """Return the bodies of a statement, each with its header; none if one shares its line."""
        node = self.body[place]
        found: list[Clause] = []
        start, parts = first_line(node) - 1, list(_parts(node, self.program))
        for number, (condition, body) in enumerate(parts, 1):
            if not self._begins_a_line(body[0]):
                return []
            header = lines_before(body[0], self._lines, start)
            end = self.end(place) if number == len(parts) else self._next_code(last_line(body[-1]))
            block = Block(self.program, body, header, end)
            found.append(Clause(condition, self._lines[start:header], block))
            start = end
        return found

    def _begin(self, place: int) -> int:
        return self.end(place - 1) if place else self._start

    def _behind(self, node: ast.stmt) -> str:
        line = self._lines[last_line(node) - 1].encode()
        return line[node.end_col_offset :].decode(errors="replace").strip()

    def _begins_a_line(self, node: ast.stmt) -> bool:
        line = self._lines[node.lineno - 1].encode()
        return not line[: node.col_offset].strip()

    def _next_code(self, start: int) -> int:
        while self._lines[start].strip()[:1] in ("", "#"):
            start += 1
        return start


@dataclass(frozen=True, slots=True)
class Clause:
    """One body of a statement, and what stands before it.

    Example: of `else: ...` Clause("orelse", header, block)
    """

    condition: str
    """What the header says."""
    header: list[str]
    """Its lines."""
    block: Block


def _parts(node: ast.AST, program: Program) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Yield the bodies of a statement in order, each with what its header says."""
    head = "".join(
        program.does_each(value) for name, value in ast.iter_fields(node) if name not in _BODIES
    )
    for name in _BODIES:
        for part in getattr(node, name, ()) if name in ("handlers", "cases") else ():
            yield from ((f"{head} {said}", body) for said, body in _parts(part, program))
        if name not in ("handlers", "cases") and getattr(node, name, None):
            yield f"{name} {head}", getattr(node, name)


def _is_silent(node: object) -> bool:
    """Return whether a node is a statement that does nothing."""
    if isinstance(node, ast.Pass) or _text(node) is not None:
        return True
    return isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) and node.value.value is ...
    )


def _text(node: object) -> str | None:
    """Return the text that a statement consists of, as a docstring does; None if it is none."""
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
        case _:
            return None


def comments(lines: Iterable[str]) -> frozenset[str]:
    """Return the lines that are comments, without their indentation."""
    return frozenset(line.strip() for line in lines if line.lstrip().startswith("#"))


def _words(text: str) -> str:
    return " ".join(text.split())
