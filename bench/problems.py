"""Problems of `cogitate tdd`: a test file that is shown, and one that is hidden and decides.

Those of the folder tdd were written for this. Those of HumanEval are its own tests: one half of a
problem's assertions is shown, with the docstring as a comment, and the other half is hidden.

    def check(candidate):                     def test_1():
        assert candidate([1, 2]) == False         assert is_sorted([1, 2]) == False
"""

import ast
import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cogitate.tasks.families.code import humaneval

SETS = ("development", "held_out", "humaneval")
FOLDER = Path(__file__).resolve().parent / "tdd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A module to write.

    Example: Problem(name="HumanEval/55", module="fib", test="from fib ...", hidden="from fib ...")
    """

    name: str
    module: str
    test: str
    """The text of test_MODULE.py."""
    hidden: str
    """The text of hidden_MODULE.py."""


def problems(name: str, limit: int | None = None) -> list[Problem]:
    """Return the problems of a set; with a limit only the first ones.

    Those of HumanEval are in an order that a hash fixes, so that the first are a random sample.
    """
    if name == "humaneval":
        halves = map(split, *zip(*humaneval.problems().items(), strict=True))
        found = [problem for problem in halves if problem is not None]
        found.sort(key=lambda problem: hashlib.sha256(problem.name.encode()).digest())
    else:
        folders = sorted(path for path in (FOLDER / name).iterdir() if path.is_dir())
        found = [_of_folder(folder) for folder in folders]
    return found[:limit]


def _of_folder(folder: Path) -> Problem:
    test, hidden = (
        (folder / f"{kind}_{folder.name}.py").read_text(encoding="utf-8")
        for kind in ("test", "hidden")
    )
    return Problem(name=folder.name, module=folder.name, test=test, hidden=hidden)


def split(name: str, problem: Mapping[str, str]) -> Problem | None:
    """Return a problem of HumanEval; None if its tests cannot be split.

    They can if all of them are equalities of a call and there are at least two.
    """
    function = problem["entry_point"]
    equalities = _equalities(problem["test"], function)
    if equalities is None or len(equalities) < 2:
        return None
    comment = "".join(f"# {line}".rstrip() + "\n" for line in _described(problem))
    return Problem(
        name=name,
        module=function,
        test=comment + _file(function, equalities[::2]),
        hidden=_file(function, equalities[1::2]),
    )


def _equalities(tests: str, function: str) -> list[str] | None:
    """Return the different equalities of `check`, without those that are true of any function."""
    (check,) = (
        node
        for node in ast.parse(tests).body
        if isinstance(node, ast.FunctionDef) and node.name == "check"
    )
    found: list[str] = []
    for node in check.body:
        match node:
            case ast.Assert(test=ast.Constant()):
                continue
            case ast.Assert(
                test=ast.Compare(
                    left=ast.Call(func=ast.Name("candidate") as called), ops=[ast.Eq()]
                )
            ) if _names(node.test) == ["candidate"]:
                called.id = function
                found.append(ast.unparse(node.test))
            case _:
                return None
    return list(dict.fromkeys(found))


def _names(node: ast.AST) -> list[str]:
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]


def _described(problem: Mapping[str, str]) -> list[str]:
    """Return the lines of the description of the function to write."""
    (function,) = (
        node
        for node in ast.parse(problem["prompt"]).body
        if isinstance(node, ast.FunctionDef) and node.name == problem["entry_point"]
    )
    for node in function.body:
        match node:
            case ast.Expr(ast.Constant(str(text))):
                return inspect.cleandoc(text).splitlines()
            case _:
                pass  # an import before the docstring
    return []


def _file(function: str, equalities: Sequence[str]) -> str:
    tests = [
        f"def test_{number}():\n    assert {equality}\n"
        for number, equality in enumerate(equalities, 1)
    ]
    return "\n\n".join([f"from {function} import {function}\n", *tests])
