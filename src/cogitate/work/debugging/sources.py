"""What a model is shown of a project: the files that a failure came through, whole where short.

gather(failure, tree, ["python", "shop.py"])
  ->  Sources(programs={"shop.py": "..."}, texts={"shop.py": "..."}, tests={})
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cogitate.coding.prompts import LONG
from cogitate.coding.syntax import first_line, last_line, parsed, source_lines
from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.trees import Tree

_MAX_CHARS, _MAX_PROGRAMS = 12_000, 4
_MAX_LINES, _WINDOW = 100, 15
"""Most lines of a definition that is shown whole, and around a line of a longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is shown.

    Example: Sources(programs={"shop.py": "..."}, texts={"shop.py": "..."},
    tests={"test_shop.py": "def test_total(): ..."})
    """

    programs: dict[str, str]
    """What is shown of each file that may be changed; first the one that failed."""
    texts: dict[str, str]
    """Their whole texts."""
    tests: dict[str, str]
    """What is shown of test files, which are never changed."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the files is left out."""
        pairs = ((self.programs[name], self.texts[name]) for name in self.texts)
        return all(shown.split() == text.split() for shown, text in pairs)


def gather(failure: Failure, tree: Tree, argv: Sequence[str] = ()) -> Sources:
    """Return the sources of a failure, its innermost file first, and what tests of it import."""
    through = list(dict.fromkeys(frame.path for frame in reversed(failure.frames)))
    through = through or list(dict.fromkeys(_named(argv, tree)))
    own = [name for name in through if not tree.is_test(name)]
    imported = (file for name in through for file in tree.imported(name) if not tree.is_test(file))
    programs: dict[str, str] = {}
    num_chars = 0
    for name in dict.fromkeys([*own, *imported]):
        shown = _excerpt(name, tree, failure)
        fits = num_chars + len(shown) <= _MAX_CHARS and len(programs) < _MAX_PROGRAMS
        if shown.strip() and (fits or not programs):
            programs[name], num_chars = shown, num_chars + len(shown)
    tests = [name for name in through if tree.is_test(name)]
    return Sources(
        programs=programs,
        texts={name: tree.text(name) for name in programs},
        tests={name: _around(name, tree, failure.frames) for name in tests[:1]},
    )


def _named(argv: Sequence[str], tree: Tree) -> Iterator[str]:
    """Yield the files that a command names, by path or after -m."""
    for before, argument in zip(("", *argv), argv, strict=False):
        if before == "-m":
            yield from tree.module(argument)
            yield from tree.module(f"{argument}.__main__")
        elif (own := tree.own(argument.partition("::")[0])) and own.endswith(".py"):
            yield own


def _excerpt(name: str, tree: Tree, failure: Failure) -> str:
    """Return a file, or of a long one what the failure came through."""
    text = tree.text(name).replace("\r\n", "\n")
    return text if text.count("\n") <= LONG else _around(name, tree, failure.frames)


def _around(name: str, tree: Tree, frames: Iterable[Frame]) -> str:
    """Return a file's imports, and the definitions around the lines of frames."""
    lines = [line.rstrip("\r\n") for line in source_lines(tree.text(name))]
    numbers = [frame.line for frame in frames if frame.path == name]
    program = parsed(tree.text(name))
    if program is None or not name.endswith(".py"):
        return _joined(lines, {n for number in numbers for n in _window(number, len(lines))})
    shown: set[int] = set()
    for node in program.body:
        last = last_line(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            shown |= set(range(node.lineno, last + 1))
        for number in numbers:
            if node.lineno <= number <= last:
                shown |= _definition(node, number, len(lines))
    return _joined(lines, shown)


def _definition(node: ast.stmt, number: int, num_lines: int) -> set[int]:
    """Return the lines of a definition; of a class, those of its header and one method."""
    last = last_line(node)
    if isinstance(node, ast.ClassDef):
        inner = [n for n in node.body if n.lineno <= number <= last_line(n)]
        if inner:
            header = set(range(node.lineno, node.body[0].lineno))
            return header | _definition(inner[0], number, num_lines)
    first = first_line(node)
    if last - first < _MAX_LINES:
        return set(range(first, last + 1))
    return {first, *(n for n in _window(number, num_lines) if first <= n <= last)}


def _window(number: int, num_lines: int) -> range:
    return range(max(1, number - _WINDOW), min(num_lines, number + _WINDOW) + 1)


def _joined(lines: Sequence[str], numbers: set[int]) -> str:
    """Return some lines, with an empty line where others were left out."""
    shown: list[str] = []
    for number in sorted(numbers):
        if number - 1 not in numbers and shown:
            shown.append("")
        shown.append(lines[number - 1])
    return "\n".join(shown) + "\n" if shown else ""
