"""Problems on disk, each a folder with shown tests, hidden tests and a reference."""

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

OPTIONS = [
    *("-q", "-rA", "--tb=no", "--assert=plain", "--continue-on-collection-errors"),
    *("-c", os.devnull, "-o", "python_files=test_*.py hidden_*.py", "-p", "no:cacheprovider"),
]

Outcomes = dict[str, Counter[str]]
"""How many tests of each file passed, failed and could not be collected."""


def source(problem: Path, kind: str) -> str:
    return (problem / f"{kind}_{problem.name}.py").read_text(encoding="utf-8")


def ran(argv: list[str], folder: Path) -> str:
    """What Python prints for a command in a folder."""
    return subprocess.run(
        [sys.executable, *argv],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    ).stdout


def outcomes(problems: Sequence[Path], folder: Path, solution: Callable[[Path], str]) -> Outcomes:
    """Runs the tests of problems in one process, each beside its solution."""
    for problem in problems:
        (folder / f"{problem.name}.py").write_text(solution(problem), encoding="utf-8")
        for kind in ("test", "hidden"):
            name = f"{kind}_{problem.name}.py"
            (folder / name).write_text(source(problem, kind), encoding="utf-8")
    said = ran(["-m", "pytest", *OPTIONS, "--rootdir", str(folder), "."], folder)
    counts: Outcomes = {}
    for outcome, file in re.findall(r"^(PASSED|FAILED|ERROR) (\w+)\.py", said, re.M):
        counts.setdefault(file, Counter())[outcome] += 1
    return counts


def stub(problem: Path) -> str:
    """The reference, with functions that return None."""
    tree = ast.parse(source(problem, "reference"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
    return ast.unparse(tree)


def used(tree: ast.AST) -> set[str]:
    """Every name that a file imports, reads from an object, or passes by keyword."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.alias(name=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
    return found


def defined(tree: ast.AST) -> set[str]:
    """Every function, class, parameter and attribute that a reference defines."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.AnnAssign(target=ast.Name(name)):
                found.add(name)
    return found


def names_known_from_the_shown_tests(problem: Path) -> bool:
    """Whether hidden tests use no name of the reference that the shown tests do not use."""
    shown, hidden, reference = (
        ast.parse(source(problem, kind)) for kind in ("test", "hidden", "reference")
    )
    return used(hidden) & defined(reference) <= used(shown)
