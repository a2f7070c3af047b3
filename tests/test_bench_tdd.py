"""The benchmark of `cogitate tdd`: its references pass, and what is no solution fails."""

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench" / "tdd"
SIZES = {"held_out": 60, "development": 20}
PROBLEMS = sorted(path.parent for path in BENCH.glob("*/*/reference_*.py"))
OPTIONS = [
    *("-q", "-rA", "--tb=no", "--assert=plain", "--continue-on-collection-errors"),
    *("-c", os.devnull, "-o", "python_files=test_*.py hidden_*.py", "-p", "no:cacheprovider"),
]

Outcomes = dict[str, Counter[str]]
"""How many tests of each file passed, failed and could not be collected."""


def source(problem: Path, kind: str) -> str:
    return (problem / f"{kind}_{problem.name}.py").read_text(encoding="utf-8")


def outcomes(folder: Path, solution: Callable[[Path], str]) -> Outcomes:
    """Runs the tests of all problems in one process, each beside its solution."""
    for problem in PROBLEMS:
        (folder / f"{problem.name}.py").write_text(solution(problem), encoding="utf-8")
        for kind in ("test", "hidden"):
            name = f"{kind}_{problem.name}.py"
            (folder / name).write_text(source(problem, kind), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, "--rootdir", str(folder), "."],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    counts: Outcomes = {}
    for outcome, file in re.findall(r"^(PASSED|FAILED|ERROR) (\w+)\.py", run.stdout, re.M):
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


def test_references_pass(tmp_path: Path) -> None:
    counts = outcomes(tmp_path, lambda problem: source(problem, "reference"))
    assert len(counts) == 2 * len(PROBLEMS)
    assert {file: count for file, count in counts.items() if set(count) != {"PASSED"}} == {}


@pytest.mark.parametrize("solution", [lambda _: "", stub], ids=["empty", "stub"])
def test_what_is_no_solution_fails(tmp_path: Path, solution: Callable[[Path], str]) -> None:
    counts = outcomes(tmp_path, solution)
    assert len(counts) == 2 * len(PROBLEMS)
    assert [file for file, count in counts.items() if not count["FAILED"] + count["ERROR"]] == []


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_hidden_tests_use_only_what_the_shown_tests_name(problem: Path) -> None:
    shown, hidden, reference = (
        ast.parse(source(problem, kind)) for kind in ("test", "hidden", "reference")
    )
    assert used(hidden) & defined(reference) <= used(shown)


def test_the_readme_lists_every_problem() -> None:
    table = (BENCH / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (easy|medium|hard) \|", table, re.MULTILINE)
    assert sorted((split, name) for name, split, _ in rows) == [
        (problem.parent.name, problem.name) for problem in PROBLEMS
    ]
    assert Counter(split for _, split, _ in rows) == SIZES


def test_no_problem_hides_a_module_of_python() -> None:
    assert [problem.name for problem in PROBLEMS if problem.name in sys.stdlib_module_names] == []
