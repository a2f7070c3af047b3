'''A rewritten file in the words of the present one: only what does something else looks changed.

    present:  def add(a, b):          code:  def add(a, b):        kept:  def add(a, b):
                  """Sum of two."""              return a + b                 """Sum of two."""
                  return a - b  # all                                         return a + b  # all
                                             print(add(1, 2))

Models write a file again without its comments and docstrings, in a layout of their own, and show
at its end what it does. Here statements that do the same keep their text with what stands over
them, and what only demonstrates is left out. What is left is the program of the code, or else the
code is returned as it is.
'''

import ast
from collections.abc import Callable, Collection, Iterator
from difflib import SequenceMatcher

from cogitate.coding.blocks import Block, Clause, Program, comments
from cogitate.coding.demonstrations import num_without_demonstration
from cogitate.coding.splicing import DEFINITIONS, names_of
from cogitate.coding.syntax import UNREADABLE

Pairs = list[int | None]
"""For each new statement the present one that it is or replaces; None if it is added."""


def kept(present: str, code: str, names: Collection[str] = ()) -> str:
    """Return the code, with the text of the present file where both do the same.

    Args:
        present: the text of the file.
        code: what it would be.
        names: what others use of the file, which is no demonstration.
    """
    try:
        return _kept(present, code, names)
    except UNREADABLE:
        return code


def _kept(present: str, code: str, names: Collection[str]) -> str:
    old, new = Program(present), Program(code)
    before, after = old.block(), new.block()
    if before.does == after.does:
        new.corrected = new.texts() - old.texts()
    after = _without_demonstration(before, after, names)
    head = old.head if old.lines else new.head
    merged = "".join([*head, *_merged(before, after)])
    if old.lines and not present.endswith(("\n", "\r")):
        merged = merged.rstrip("\r\n")
    return merged if Program(merged).block().does == after.does else code


def _without_demonstration(before: Block, after: Block, names: Collection[str]) -> Block:
    """Return the new statements without what only shows others."""
    pairs, defined = _pairs(before, after), {name for n in before.body for name in names_of(n)}
    if len(before.body) - 1 not in pairs:
        return after  # the last ones stand for those of the present file
    added = [partner is None for partner in pairs]
    return after.first(num_without_demonstration(after.body, added, {*names, *defined}))


def _merged(before: Block, after: Block) -> Iterator[str]:
    """Yield the lines of the new statements, as the present ones wherever these do the same."""
    is_new = after.words is not None and after.words != before.words
    yield from after.docstring if is_new else before.docstring
    if not after.body:
        yield from before.rest() if not before.body else after.rest()
        return
    for place, partner in enumerate(_pairs(before, after)):
        over = after.above(place)
        if partner is None:
            yield from (line for line in over if not comments([line]) & before.program.comments)
            yield from after.own(place)
        elif before.does[partner] == after.does[place] and not after.corrects(place):
            yield from before.above(partner)
            yield from before.own(partner)
        else:
            own = before.above(partner)
            is_corrected = comments(own) and comments(over) - before.program.comments
            yield from over if is_corrected else own
            yield from _changed(before, partner, after, place)
    yield from before.rest() if before.body else filter(_is_more_than_pass, before.rest())


def _is_more_than_pass(line: str) -> bool:
    return line.partition("#")[0].strip() not in ("pass", "...")


def _changed(before: Block, partner: int, after: Block, place: int) -> list[str]:
    """Return the lines of a new statement, by those of the one that it replaces."""
    clauses = before.clauses(partner), after.clauses(place)
    if not clauses[0] or len(clauses[0]) != len(clauses[1]):
        return after.own(place, before.comment(partner))
    lines = [line for old, new in zip(*clauses, strict=True) for line in _clause(old, new)]
    if not after.is_module:
        return lines
    try:
        does = Program("".join(lines)).block().does
    except UNREADABLE:
        does = []
    return lines if does == [after.does[place]] else after.own(place)


def _clause(old: Clause, new: Clause) -> Iterator[str]:
    yield from old.header if old.condition == new.condition else new.header
    yield from _merged(old.block, new.block)


def _pairs(before: Block, after: Block) -> Pairs:
    """Return which present statement each new one is or replaces; each is taken once.

    That is one that does the same, in its place or moved; or a definition of its name; or of what
    stands in the same place the one of its kind, if it has a body or if both sides are as many.
    """
    old, new = before.body, after.body
    places: tuple[dict[int, str], dict[int, str]] = {}, {}
    found: Pairs = [None] * len(new)
    matcher = SequenceMatcher(None, before.does, after.does, autojunk=False)
    for number, (kind, a, b, c, d) in enumerate(matcher.get_opcodes()):
        if kind == "equal":
            found[c:d] = range(a, b)
        is_many = b - a == d - c
        for block, own, first, last in ((old, places[0], a, b), (new, places[1], c, d)):
            for place in range(first, last):
                has_body = hasattr(block[place], "body")
                own[place] = f"{number} {type(block[place])}" if has_body or is_many else ""
    _pair(found, len(old), before.does.__getitem__, after.does.__getitem__)
    _pair(found, len(old), lambda i: _named(old[i]), lambda i: _named(new[i]))
    _pair(found, len(old), places[0].__getitem__, places[1].__getitem__)
    return found


def _pair(found: Pairs, num_old: int, old: Callable[[int], str], new: Callable[[int], str]) -> None:
    """Give new statements without a partner the first that is left of those with their key."""
    taken = set(found)
    left: dict[str, list[int]] = {}
    for place in range(num_old):
        if place not in taken and old(place):
            left.setdefault(old(place), []).append(place)
    for place, partner in enumerate(found):
        if partner is None and left.get(new(place)):
            found[place] = left[new(place)].pop(0)


def _named(node: ast.stmt) -> str:
    """Return a key of what a statement defines; empty if nothing."""
    kind = "class" if isinstance(node, ast.ClassDef) else isinstance(node, DEFINITIONS)
    names = names_of(node)
    return f"{kind} {names}" if names else ""
