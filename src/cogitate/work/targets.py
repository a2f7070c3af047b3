"""What a test file asks for: the module that it imports, and the names that it needs there.

from dotget import get, put      ->  Target(path=.../dotget.py, module="dotget", ...)
assert get(TREE, "a.b") == 0         Asked(name="get", kind="function", calls=("get(_, _)",))
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cogitate.coding.asked import Asked, asked_by
from cogitate.coding.syntax import UNREADABLE, tree_of
from cogitate.errors import UsageError
from cogitate.sandbox.copies import is_left_out
from cogitate.sandbox.suites.configuration import requirements, test_paths
from cogitate.sandbox.suites.project import CONFIGURATION, Project
from cogitate.work.debugging.trees import is_test


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The module to write.

    Example: Target(path=Path("/p/dotget.py"), module="dotget", asked=(Asked(...), Asked(...)))
    """

    path: Path
    module: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What one statement imports.

    Example: from .shop import cart -> Imported(module="shop", level=1, names={"cart": True})
    """

    module: str
    level: int = 0
    """Number of leading dots."""
    names: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """Those that are imported from it, and whether each seems to be a module itself."""


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
        for imported in _imports(tree):
            found |= _places(project, test, imported)
    chosen = given.resolve() if given is not None else _only(project, found, tests)
    module = found.get(chosen, chosen.stem)
    _check(project, tests, chosen, module)
    asked = {one.name: one for tree in trees.values() for one in asked_by(tree, module)}
    return Target(path=chosen, module=module, asked=tuple(asked.values()))


def _parsed(test: Path) -> ast.Module:
    try:
        return tree_of(test.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{test} is not UTF-8: {error}") from error
    except UNREADABLE as error:
        raise UsageError(f"{test} is no Python: {error}") from error
    except OSError as error:
        raise UsageError(f"{test} cannot be read: {error.strerror}") from error


def _only(project: Project, found: dict[Path, str], tests: Sequence[Path]) -> Path:
    missing = [path for path in found if not path.exists()]
    present = [path for path in found if path.exists() and not _is_of_tests(project, tests, path)]
    required = requirements(project.root)
    are_packaged = present and all(_is_packaged(path, found[path]) for path in present)
    for path in missing:
        is_required = found[path].partition(".")[0] in required
        if is_required or (are_packaged and not _is_packaged(path, found[path])):
            what = "required by the project" if is_required else "in no package of the project"
            raise UsageError(
                f"{found[path]} is {what} and not installed: install it for"
                f" {project.python}, name another by --python, or the file to write by --target"
            )
    choice = missing or present
    names = ", ".join(map(str, tests))
    if not choice:
        raise UsageError(f"{names} import no module of the project: name it by --target FILE")
    if len(choice) > 1:
        several = ", ".join(path.name for path in choice)
        raise UsageError(f"{names} import {several}: name the one to write by --target FILE")
    return choice[0]


def _is_packaged(path: Path, module: str) -> bool:
    """Return whether a module is a package or in one."""
    return "." in module or path.stem == "__init__" or (path.parent / "__init__.py").exists()


def _check(project: Project, tests: Sequence[Path], path: Path, module: str) -> None:
    if _is_of_tests(project, tests, path):
        raise UsageError(f"--target {path} is part of the tests, which are never changed")
    if path.suffix != ".py" or path.is_dir():
        raise UsageError(f"--target {path} is no Python file")
    if not path.is_relative_to(project.root):
        raise UsageError(f"--target {path} is outside of the project {project.root}")
    between = [path, *path.parents][: len(path.parts) - len(project.root.parts)]
    if any(map(is_left_out, between)):
        raise UsageError(f"--target {path} is in no copy: the tests would not see it")
    hides = path.stem in sys.stdlib_module_names and not _is_packaged(path, module)
    if hides and not path.exists():
        raise UsageError(f"--target {path} would hide a module of Python: give it another name")


def _is_of_tests(project: Project, tests: Sequence[Path], path: Path) -> bool:
    inside = path.relative_to(project.root) if path.is_relative_to(project.root) else path
    is_test_file = path in [test.resolve() for test in tests] or is_test(inside.as_posix())
    return is_test_file or path.name in CONFIGURATION


def _imports(tree: ast.Module) -> Iterator[Imported]:
    """Yield what is imported anywhere."""
    modules = _used_as_modules(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Imported(module=alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is None:
            yield from (Imported(module=alias.name, level=node.level) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = {a.name: (a.asname or a.name) in modules for a in node.names}
            yield Imported(module=node.module or "", level=node.level, names=names)


def _used_as_modules(tree: ast.Module) -> set[str]:
    """Return the names of which only attributes are used."""
    owners = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return {n.id for n in names} - {n.id for n in names if id(n) not in owners}


def _places(project: Project, test: Path, imported: Imported) -> dict[Path, str]:
    """Return where an imported module is or would be, or those of a package that are imported."""
    module, level = imported.module, imported.level
    place = _place(project, test, module, level)
    if place is None:
        return {}
    found: dict[Path, str] = {}
    is_package = place.name == "__init__.py" or place.with_suffix("").is_dir()
    text = place.read_text("utf-8", "replace") if is_package and place.is_file() else ""
    for name, is_module in imported.names.items():
        part = _place(project, test, f"{module}.{name}", level) if is_package else None
        is_new = is_module and name.islower() and not re.search(rf"\b{name}\b", text)
        if part is not None and (is_new or part.exists()):
            found[part] = f"{module}.{name}"
        else:
            found[place] = module
    return found or {place: module}


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
    bases = [*own, *test_paths(root), root / "src", folder, root]
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
