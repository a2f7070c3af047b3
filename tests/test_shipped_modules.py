"""The modules to train on: references pass, what is no solution fails, a converter reads them."""

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "src" / "cogitate" / "shipped" / "modules"
SIZES = {"very easy": 70, "easy": 60, "medium": 30}
LINES = {"test": 40, "hidden": 40, "reference": 60}
PROBLEMS = sorted(path.parent for path in MODULES.glob("*/reference_*.py"))
OPTIONS = [
    *("-q", "-rA", "--tb=no", "--assert=plain", "--continue-on-collection-errors"),
    *("-c", os.devnull, "-o", "python_files=test_*.py hidden_*.py", "-p", "no:cacheprovider"),
]
UNITTEST = {"assertEqual", "assertTrue", "assertFalse", "assertAlmostEqual", "assertRaises"}
LOOPS = (ast.For, ast.While, ast.comprehension)

Outcomes = dict[str, Counter[str]]
"""How many tests of each file passed, failed and could not be collected."""


def source(problem: Path, kind: str) -> str:
    return (problem / f"{kind}_{problem.name}.py").read_text(encoding="utf-8")


def stub(problem: Path) -> str:
    """The reference, with functions that return None."""
    tree = ast.parse(source(problem, "reference"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
    return ast.unparse(tree)


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


def test_references_pass(tmp_path: Path) -> None:
    counts = outcomes(tmp_path, lambda problem: source(problem, "reference"))
    assert len(counts) == 2 * len(PROBLEMS)
    assert {file: count for file, count in counts.items() if set(count) != {"PASSED"}} == {}


@pytest.mark.parametrize("solution", [lambda _: "", stub], ids=["empty", "stub"])
def test_what_is_no_solution_fails(tmp_path: Path, solution: Callable[[Path], str]) -> None:
    counts = outcomes(tmp_path, solution)
    assert len(counts) == 2 * len(PROBLEMS)
    assert [file for file, count in counts.items() if not count["FAILED"] + count["ERROR"]] == []


# ---------------------------------------------------------------- the form


def plain(node: ast.expr, names: set[str]) -> bool:
    """Whether a converter knows the value: a literal, a name that stands for one, or approx()."""
    match node:
        case ast.Name(name):
            return name in names
        case ast.Call(func=ast.Attribute(attr="approx"), args=[value]):
            return plain(value, names)
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def states_a_fact(test: ast.expr, names: set[str]) -> bool:
    match test:
        case ast.Compare(
            ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot()], comparators=[right]
        ):
            return plain(right, names)
        case ast.Compare(ops=[ast.In() | ast.NotIn()], left=left, comparators=[right]):
            return plain(left, names) or plain(right, names)
        case ast.Compare(ops=ops):
            return len(ops) == 1
        case ast.BoolOp():
            return False
    return True


def asserts_a_fact(call: ast.Call, names: set[str]) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(attr="assertEqual" | "assertAlmostEqual"), args=args):
            return len(args) == 2 and plain(args[1], names)
        case ast.Call(func=ast.Attribute(attr=str(name))) if name.startswith("assert"):
            return name in UNITTEST
    return True


def odd_statements(function: ast.FunctionDef, names: set[str]) -> Iterator[ast.AST]:
    for statement in function.body:
        match statement:
            case ast.Assert(test=test) if states_a_fact(test, names):
                pass
            case ast.Expr(value=ast.Constant()) | ast.Assign(targets=[_]):
                pass
            case ast.Expr(value=ast.Call() as call) if asserts_a_fact(call, names):
                pass
            case ast.With(
                items=[ast.withitem(ast.Call(ast.Attribute(attr=attr)), None)],
                body=[ast.Expr(value=ast.Call())],
            ) if attr in ("raises", "assertRaises"):
                pass
            case ast.Return() | ast.Expr(value=ast.Yield()) if function.decorator_list:
                pass
            case _:
                yield statement
    yield from (node for node in ast.walk(function) if isinstance(node, LOOPS))


def names_of_values(tree: ast.Module) -> set[str]:
    """Constants of the module and names that are parametrized."""
    found = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, _]):
                given = ast.literal_eval(names)
                found |= {given} if isinstance(given, str) else set(given)
    return found


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("kind", ["test", "hidden"])
def test_a_converter_can_read_the_tests(problem: Path, kind: str) -> None:
    tree = ast.parse(source(problem, kind))
    names = names_of_values(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    fixtures = {function.name for function in functions if not function.name.startswith("test_")}
    odd = [ast.unparse(node) for function in functions for node in odd_statements(function, names)]
    assert odd == []
    for function in functions:
        assert {argument.arg for argument in function.args.args} <= {"self"} | names | fixtures
        assert function.decorator_list or function.name.startswith(("test_", "setUp"))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_problem_is_small_and_its_own(problem: Path) -> None:
    for kind, limit in LINES.items():
        assert len(source(problem, kind).splitlines()) <= limit
    assert len(source(problem, "test").splitlines()) >= 8


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


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_hidden_tests_use_only_what_the_shown_tests_name(problem: Path) -> None:
    shown, hidden, reference = (
        ast.parse(source(problem, kind)) for kind in ("test", "hidden", "reference")
    )
    assert used(hidden) & defined(reference) <= used(shown)


def test_no_subject_of_the_benchmark() -> None:
    table = (ROOT / "bench" / "tdd" / "README.md").read_text(encoding="utf-8")
    subjects = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    names = {problem.name for problem in PROBLEMS}
    assert subjects & names == set()
    assert names & sys.stdlib_module_names == set()


def test_the_readme_lists_every_problem() -> None:
    text = (MODULES / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (very easy|easy|medium) \| (.+) \|$", text, re.MULTILINE))
    names = {level: re.findall(r"`(\w+)`", row) for level, row in rows.items()}
    assert sorted(chain(*names.values())) == [problem.name for problem in PROBLEMS]
    assert {level: len(row) for level, row in names.items()} == SIZES
