"""What a project's own files say: which packages it needs, and where pytest looks for modules."""

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

_INI = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest",
        "setup.cfg": "tool:pytest"}  # fmt: skip
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
"""Of a requirement (PEP 508)."""
_REQUIRES = ("install_requires", "extras_require", "tests_require")


def test_paths(root: Path) -> tuple[Path, ...]:
    """Return the folders of pytest's setting `pythonpath`, that of the first file that has any."""
    options = _table(_toml(root / "pyproject.toml"), "tool", "pytest", "ini_options")
    given = options.get("pythonpath", ())
    names = given.split() if isinstance(given, str) else list(given)
    for name, section in _INI.items():
        names = names or _ini(root / name).get(section, {}).get("pythonpath", "").split()
    return tuple((root / str(name)).resolve() for name in names)


def requirements(root: Path) -> frozenset[str]:
    """Return the packages that a project says it needs, in the spelling of modules.

    Example: requirements(root) -> {"requests", "pytest_cov", "yaml", "pyyaml"}
    """
    found = {re.sub(r"[-.]+", "_", name.lower()) for name in _required(root)}
    return frozenset(found | {name.removeprefix("py") for name in found})


def _required(root: Path) -> Iterator[str]:
    tree, pip, setup = (
        _toml(root / "pyproject.toml"),
        _toml(root / "Pipfile"),
        _ini(root / "setup.cfg"),
    )
    project = _table(tree, "project")
    groups: list[Any] = [
        project.get("dependencies") or (),
        *_table(project, "optional-dependencies").values(),
        *_table(tree, "dependency-groups").values(),
        _table(tree, "tool", "poetry", "dependencies"),
        _table(pip, "packages"),
        _table(pip, "dev-packages"),
        _of_setup(root / "setup.py"),
    ]
    lines: list[Any] = [line for group in groups for line in group]
    texts = [setup.get("options", {}).get("install_requires", "")]
    texts += setup.get("options.extras_require", {}).values()
    texts += [one.get("deps", "") for one in _ini(root / "tox.ini").values()]
    for path in (*root.glob("requirements*.txt"), *root.glob("requirements/*.txt")):
        texts.append(path.read_text("utf-8", "replace"))
    lines += [line for text in texts for line in text.splitlines()]
    for line in lines:
        if isinstance(line, str) and (name := _NAME.match(line)):
            yield name[1]


def _of_setup(path: Path) -> Iterator[str]:
    """Yield the requirements that are written out in setup.py."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in _REQUIRES:
            texts = (one for one in ast.walk(node.value) if isinstance(one, ast.Constant))
            yield from (str(one.value) for one in texts)


def _toml(path: Path) -> dict[str, Any]:
    """Return what a file says; empty where there is none that can be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _table(tree: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a table inside of tables; empty where there is none."""
    for name in names:
        found = tree.get(name)
        tree = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    return tree


def _ini(path: Path) -> dict[str, dict[str, str]]:
    reader = configparser.RawConfigParser(strict=False)
    try:
        reader.read(path, encoding="utf-8")
    except (configparser.Error, ValueError):
        return {}
    return {name: dict(reader.items(name)) for name in reader.sections()}
