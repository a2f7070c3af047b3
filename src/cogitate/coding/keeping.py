'''A rewritten file in the words of the present one: only what does something else looks changed.

    present:  def add(a, b):          code:  def add(a, b):        kept:  def add(a, b):
                  """Sum of two."""              return a + b                 """Sum of two."""
                  return a - b  # all                                         return a + b
                                             print(add(1, 2))

Models write a file again without its comments and docstrings, in a layout of their own, and show
at its end what it does. Here statements that do the same keep their text, definitions their
docstrings, and what only demonstrates is left out. What is left is the program of the code, or else
the code is returned as it is.
'''

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from cogitate.coding.demonstrations import demonstrates, used_in_functions
from cogitate.coding.splicing import DEFINITIONS, names_of
from cogitate.coding.syntax import first_line, last_line, parsed, source_lines

_WITH_BODIES = (*DEFINITIONS, ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)
_SHOWING = ("test", "main", "demo", "example")
"""Beginnings of the names of functions that only show others."""


def kept(present: str, code: str) -> str:
    """Return the code, with the text of the present file where both do the same."""
    old, new = parsed(present), parsed(code)
    if old is None or new is None or not old.body:
        return code
    before = _Block(_ended_lines(present), old.body)
    after = _without_demonstration(before, _Block(_ended_lines(code), new.body))
    end = before.lines[last_line(old.body[-1]) :]
    merged = "".join([*_merged(before, after), *end])
    found = parsed(merged)
    return merged if found and _program(found.body) == _program(after.body) else code


@dataclass(frozen=True, slots=True)
class _Block:
    """The statements of one body. Each has the lines from the end of the one before it.

    Example: _Block(lines=[...], body=parsed(text).body).above(0) -> the comments over the first
    """

    lines: list[str]
    """Of the whole text."""
    body: list[ast.stmt]
    start: int = 0
    """Number of lines before the body."""

    def above(self, place: int) -> list[str]:
        """Return the lines between the statement before and this one: empty ones and comments."""
        return self.lines[self._begin(place) : first_line(self.body[place]) - 1]

    def own(self, place: int) -> list[str]:
        """Return the lines of a statement."""
        node = self.body[place]
        return self.lines[max(self._begin(place), first_line(node) - 1) : last_line(node)]

    def header(self, place: int) -> list[str]:
        """Return the lines of a statement up to its body."""
        return self.lines[first_line(self.body[place]) - 1 : self._header_end(place)]

    def inner(self, place: int) -> "_Block":
        """Return the body of a statement."""
        return _Block(self.lines, _body(self.body[place]), self._header_end(place))

    def split(self) -> tuple[list[str], "_Block"]:
        """Return the lines of the docstring, if there is one, and the statements behind it."""
        if not self.body or not _is_docstring(self.body[0]):
            return [], self
        end = last_line(self.body[0])
        return self.lines[self.start : end], _Block(self.lines, self.body[1:], end)

    def _begin(self, place: int) -> int:
        return last_line(self.body[place - 1]) if place else self.start

    def _header_end(self, place: int) -> int:
        """Return the number of lines up to the end of a header, before comments of the body."""
        node = self.body[place]
        end = first_line(_body(node)[0]) - 1
        while end > node.lineno and self.lines[end - 1].strip()[:1] in ("", "#"):
            end -= 1
        return end


def _merged(before: _Block, after: _Block) -> Iterator[str]:
    """Yield the lines of the new statements, as the present ones wherever these do the same."""
    docstring, before = before.split()
    _, after = after.split()
    yield from docstring
    for place, partner in enumerate(_pairs(before.body, after.body)):
        if partner is None:
            yield from after.above(place)
            yield from after.own(place)
            continue
        yield from before.above(partner)
        if _dump(before.body[partner]) == _dump(after.body[place]):
            yield from before.own(partner)
        else:
            yield from _changed(before, partner, after, place)


def _changed(before: _Block, partner: int, after: _Block, place: int) -> Iterator[str]:
    """Yield the lines of a new statement, by those of the one that it replaces."""
    old, new = before.body[partner], after.body[place]
    if not (_has_one_body(old) and _has_one_body(new)):
        yield from after.own(place)
        return
    is_same = _header(old) == _header(new)
    yield from before.header(partner) if is_same else after.header(place)
    yield from _merged(before.inner(partner), after.inner(place))


def _pairs(old: list[ast.stmt], new: list[ast.stmt]) -> list[int | None]:
    """Return which present statement each new one is or replaces; None if it is added.

    A definition replaces that of its name. Of as many others each replaces the one in its turn.
    """
    found: list[int | None] = [None] * len(new)
    keys = list(map(_dump, old)), list(map(_dump, new))
    for kind, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        named = {(type(old[place]), *names_of(old[place])): place for place in range(a, b)}
        for place, in_turn in zip(range(c, d), range(a, a + d - c), strict=True):
            names = names_of(new[place])
            if kind == "equal":
                found[place] = in_turn
            elif names and (type(new[place]), *names) in named:
                found[place] = named[type(new[place]), *names]
            elif b - a == d - c and type(old[in_turn]) is type(new[place]):
                found[place] = in_turn
    return found


def _without_demonstration(before: _Block, after: _Block) -> _Block:
    """Return the new statements without those that are added at the end and only show the others.

    What others use, or what a test could use, stays, and so does all that stands before it.
    """
    pairs, last = _pairs(before.body, after.body), len(before.body) - 1
    if last not in pairs:
        return after
    first = pairs.index(last) + 1
    head = "".join(after.lines[: last_line(after.body[first - 1])])
    used, tail = set(used_in_functions(head)), after.body[first:]
    needed = (place for place, node in enumerate(tail, 1) if _is_needed(node, used, tail[place:]))
    first += max(needed, default=0)
    shown = any(map(demonstrates, after.body[first:]))
    return _Block(after.lines, after.body[:first]) if shown else after


def _is_needed(node: ast.stmt, used: set[str], later: list[ast.stmt]) -> bool:
    """Return whether an added statement defines more than what itself and later ones use."""
    names = set(names_of(node))
    if isinstance(node, DEFINITIONS):
        return bool(names & used) or not node.name.lower().startswith(_SHOWING)
    own = {n.id for other in later for n in ast.walk(other) if isinstance(n, ast.Name)}
    return bool(names & used or names - own)


# ---------------------------------------------------------------- of syntax


def _body(node: ast.stmt) -> list[ast.stmt]:
    assert isinstance(node, _WITH_BODIES)
    return node.body


def _has_one_body(node: ast.stmt) -> bool:
    """Return whether a statement has a body in lines of its own, and no other body."""
    is_one = isinstance(node, _WITH_BODIES) and not getattr(node, "orelse", None)
    return is_one and first_line(_body(node)[0]) > node.lineno


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )


def _program(body: list[ast.stmt]) -> list[str]:
    """Return what a program does: all its statements but docstrings."""
    behind = body[1:] if body and _is_docstring(body[0]) else body
    return list(map(_dump, behind))


def _dump(node: ast.stmt) -> str:
    """Return a statement without the docstrings in it."""
    node = copy.deepcopy(node)
    for inner in ast.walk(node):
        if isinstance(inner, DEFINITIONS) and _is_docstring(inner.body[0]):
            del inner.body[0]
    return ast.dump(node)


def _header(node: ast.stmt) -> str:
    """Return a statement without its body."""
    node = copy.copy(node)
    vars(node)["body"] = []
    return ast.dump(node)


def _ended_lines(text: str) -> list[str]:
    """Return lines, each with an end."""
    return [line if line.endswith(("\n", "\r")) else f"{line}\n" for line in source_lines(text)]
