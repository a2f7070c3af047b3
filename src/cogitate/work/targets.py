"""What a test file asks for: the module that it imports, and the names that it needs there.

from dotget import get, put      ->  Target(path=.../dotget.py, module="dotget", ...)
assert get(TREE, "a.b") == 0         Asked(name="get", kind="function", calls=("get(_, _)",))
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cogitate.coding.asked import Asked, asked_by
from cogitate.coding.candidates import UNREADABLE
from cogitate.errors import UsageError
from cogitate.sandbox.copies import is_left_out
from cogitate.sandbox.suites.project import CONFIGURATION, Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The module to write.

    Example: Target(path=Path("/p/dotget.py"), module="dotget", asked=(Asked(...), Asked(...)))
    """

    path: Path
    module: str
    asked: tuple[Asked, ...]


def find_target(project: Project, tests: Sequence[Path], given: Path | None = None) -> Target:
    """Return the module that some test files import and that is to be written.

    A module that does not exist yet comes before one that does.

    Args:
        project: theirs.
        tests: the test files.
        given: its path, if the user named it.

    Raises:
        UsageError: there is none, there are several, or it is no file that may be written.
    """
    trees = {test: _parsed(test) for test in tests}
    found: dict[Path, str] = {}
    for test, tree in trees.items():
        for module, level in _imports(tree):
            if path := _place(project, test, module, level):
                found[path] = module
    chosen = given.resolve() if given is not None else _only(found, tests)
    _check(project, tests, chosen)
    module = found.get(chosen, chosen.stem)
    asked = {one.name: one for tree in trees.values() for one in asked_by(tree, module)}
    return Target(path=chosen, module=module, asked=tuple(asked.values()))


def _parsed(test: Path) -> ast.Module:
    try:
        return ast.parse(test.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{test} is not UTF-8: {error}") from error
    except UNREADABLE as error:
        raise UsageError(f"{test} is no Python: {error}") from error
    except OSError as error:
        raise UsageError(f"{test} cannot be read: {error.strerror}") from error


def _only(found: dict[Path, str], tests: Sequence[Path]) -> Path:
    missing = [path for path in found if not path.exists()]
    choice = missing or [path for path in found if path not in tests]
    names = ", ".join(map(str, tests))
    if not choice:
        raise UsageError(f"{names} import no module of the project: name it by --target FILE")
    if len(choice) > 1:
        several = ", ".join(path.name for path in choice)
        raise UsageError(f"{names} import {several}: name the one to write by --target FILE")
    return choice[0]


def _check(project: Project, tests: Sequence[Path], path: Path) -> None:
    if path in [test.resolve() for test in tests] or _belongs_to_tests(path):
        raise UsageError(f"--target {path} is part of the tests, which are never changed")
    if path.suffix != ".py" or path.is_dir():
        raise UsageError(f"--target {path} is no Python file")
    if not path.is_relative_to(project.root):
        raise UsageError(f"--target {path} is outside of the project {project.root}")
    between = [path, *path.parents][: len(path.parts) - len(project.root.parts)]
    if any(map(is_left_out, between)):
        raise UsageError(f"--target {path} is in no copy: the tests would not see it")
    if path.stem in sys.stdlib_module_names and not path.exists():
        raise UsageError(f"--target {path} would hide a module of Python: give it another name")


def _belongs_to_tests(path: Path) -> bool:
    """Return whether a file is a test or configures tests, by its name."""
    is_test = path.stem.startswith("test_") or path.stem.endswith("_test")
    return is_test or path.name in CONFIGURATION


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the modules that are imported anywhere, with the number of leading dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module:
                yield node.module, node.level
            else:
                yield from ((alias.name, node.level) for alias in node.names)


def _place(project: Project, test: Path, module: str, level: int) -> Path | None:
    """Return where a module is or would be; None if it is not the project's."""
    parts = module.split(".")
    folder = test.resolve().parent
    if level:
        if level > len(folder.parents):
            return None
        base = folder if level == 1 else folder.parents[level - 2]
        return _file(base, parts) or base.joinpath(*parts).with_suffix(".py")
    if parts[0] in sys.stdlib_module_names or parts[0] == "pytest":
        return None
    root = project.root
    path = [Path(name) for name in project.path]
    own = [place for place in path if place.is_relative_to(root) and _is_source(place, root)]
    bases = [*own, root / "src", folder, root]
    for base in bases:
        if found := _file(base, parts):
            return found
    if any(_is_in(place, parts[0]) for place in path if place not in own):
        return None  # installed
    packages = [base for base in bases if len(parts) > 1 and base.joinpath(*parts[:-1]).is_dir()]
    sources = [base for base in bases[:-2] if base.is_dir()]
    base = (packages or ([root] if folder == root else sources) or [root])[0]
    return base.joinpath(*parts).with_suffix(".py")


def _is_source(path: Path, root: Path) -> bool:
    return not any((p / "pyvenv.cfg").exists() for p in (path, *path.parents) if p != root.parent)


def _file(base: Path, parts: Sequence[str]) -> Path | None:
    path = base.joinpath(*parts)
    files = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    return next((file.resolve() for file in files if file.is_file()), None)


def _is_in(folder: Path, name: str) -> bool:
    return (folder / name).is_dir() or any(folder.glob(f"{name}.*"))
