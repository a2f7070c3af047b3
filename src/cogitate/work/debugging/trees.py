"""A working tree as a failure sees it: which files are the project's own, and what they say."""

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from cogitate.coding.syntax import parsed

_PYTHON = re.compile(r"python[\d.]*")
_TESTS = re.compile(r"\bunittest\b|\bpytest\b|^\s*(async\s+)?def test|^\s*assert\b", re.MULTILINE)
_LIBRARIES = frozenset({"site-packages", "dist-packages", ".venv", "venv", "node_modules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The files of a project.

    Example: Tree(root=Path("/p"), cwd=Path("/p/tools"), files=frozenset({"shop.py", "tools/a.py"}))
    """

    root: Path
    cwd: Path
    """Relative names in an output are relative to it, or to the root."""
    files: frozenset[str]
    """From the root."""
    argv: tuple[str, ...] = ()
    """The command that failed, if it is known."""
    _texts: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    def own(self, name: str) -> str | None:
        """Return a file of the project as a path from its root; None if it is not the project's.

        A path of another machine is found by its end.

        Example: own("/app/shop/total.py") -> "shop/total.py"
        """
        path = Path(name)
        if name.startswith("<") or not _LIBRARIES.isdisjoint(path.parts):
            return None
        for base in (self.cwd, self.root):
            full = base / path
            if full.is_relative_to(self.root):
                inside = Path(*full.relative_to(self.root).parts).as_posix()
                if inside in self.files:
                    return inside
        if path.is_absolute() and path.exists():
            return None
        ends = (PurePath(*path.parts[n:]).as_posix() for n in range(1, len(path.parts)))
        return next((end for end in ends if end in self.files), None)

    def text(self, name: str) -> str:
        """Return the text of a file, without a byte order mark; empty if it is none."""
        if name not in self._texts:
            try:
                self._texts[name] = (self.root / name).read_bytes().decode("utf-8-sig")
            except (OSError, UnicodeDecodeError):
                self._texts[name] = ""
        return self._texts[name]

    def is_test(self, name: str) -> bool:
        """Return whether a file, or the one that it is a link to, belongs to the tests.

        A script test.py that the command runs and that tests nothing does not.
        """
        is_alone = PurePath(name).stem in ("test", "tests") and "/" not in name
        if is_alone and name == self.script and not _TESTS.search(self.text(name)):
            return False
        real = Path(os.path.relpath((self.root / name).resolve(), self.root.resolve()))
        return is_test(name) or is_test(real.as_posix())

    @property
    def script(self) -> str | None:
        """The file that the command runs by Python."""
        match [argument for argument in self.argv if not argument.startswith("-")]:
            case [python, file, *_] if _PYTHON.fullmatch(Path(python).name):
                return None if {"-m", "-c"} & {*self.argv} else self.own(file)
            case _:
                return None

    def line(self, name: str, number: int) -> str:
        """Return a line, counted from 1."""
        lines = self.text(name).split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def imported(self, name: str) -> list[str]:
        """Return the project's own files that a file imports, in order."""
        tree = parsed(self.text(name))
        if tree is None:
            return []
        found = dict.fromkeys(
            file for module in _modules(tree, PurePath(name)) for file in self.module(module, name)
        )
        return [file for file in found if file != name]

    def module(self, module: str, beside: str = "") -> Iterator[str]:
        """Yield the file of a module, if it is the project's own."""
        path = PurePath(*module.split("."))
        folder = PurePath(beside).parent
        within = self.cwd.relative_to(self.root)
        for base in dict.fromkeys([folder, PurePath(), PurePath("src"), PurePath(within)]):
            for file in (base / f"{path}.py", base / path / "__init__.py"):
                if file.as_posix() in self.files:
                    yield file.as_posix()
                    return


def is_test(name: str) -> bool:
    """Return whether a file belongs to the tests, which are never changed.

    Example: is_test("tests/conftest.py") -> True
    """
    path = PurePath(name)
    stem, folders = path.stem.lower(), {part.lower() for part in path.parts[:-1]}
    is_named = stem.startswith("test_") or stem.endswith(("_test", "_tests"))
    return is_named or stem in ("test", "tests", "conftest") or bool({"tests", "test"} & folders)


def _modules(tree: ast.Module, path: PurePath) -> Iterable[str]:
    package = list(path.parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            stem = [*above, *([node.module] if node.module else [])]
            yield from (".".join([*stem, alias.name]) for alias in node.names)
            yield ".".join(stem)
