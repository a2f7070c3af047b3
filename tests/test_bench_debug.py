"""The benchmark of `cogitate debug`: its programs fail as they are said to, and references pass."""

import importlib.util
import json
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from problems_on_disk import OPTIONS, ran

BENCH = Path(__file__).resolve().parent.parent / "bench"


def bench_script(name: str) -> ModuleType:
    """Imports a script of the benchmarks, whose folder is on its path alone."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    sys.path.append(str(BENCH))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCH))
    return module


DEBUG = bench_script("debug")
ALL = DEBUG.problems()
SCRIPTS = """
import contextlib, io, json, runpy, sys
found = {}
for name in sys.argv[1:]:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(f"{name}.py", run_name="__main__")
        found[name] = None
    except BaseException as error:
        found[name] = type(error).__name__
print(json.dumps(found))
"""
NUMBER = re.compile(r"(?<!\w)\d+\.?\d*")


def errors(folder: Path, *, broken: bool) -> dict[str, set[str]]:
    """Runs all commands and hidden tests; returns the errors of each, empty if it passes."""
    for problem in ALL:
        for kind in ("test", "hidden"):
            problem.write(folder, problem.broken if broken else problem.reference, kind)
    scripts = [problem.name for problem in ALL if not problem.has_tests]
    found = {
        name: set() if kind is None else {kind}
        for name, kind in json.loads(ran(["-c", SCRIPTS, *scripts], folder)).items()
    }
    said = ran(["-m", "pytest", *OPTIONS, "--rootdir", str(folder), "."], folder)
    lines = re.findall(r"^(PASSED|FAILED|ERROR) (\w+)\.py\S*(?: - (\w+))?", said, re.MULTILINE)
    for outcome, file, kind in lines:
        kinds = found.setdefault(file, set())
        if outcome != "PASSED":
            kinds.add(kind)
    return found


def command(problem: Any) -> str:
    return f"test_{problem.name}" if problem.has_tests else problem.name


def test_references_pass(tmp_path: Path) -> None:
    found = errors(tmp_path, broken=False)
    for problem in ALL:
        assert found[command(problem)] == set(), problem.name
        assert found[f"hidden_{problem.name}"] == set(), problem.name


def test_broken_programs_fail_their_commands_and_the_hidden_tests(tmp_path: Path) -> None:
    found = errors(tmp_path, broken=True)
    for problem in ALL:
        assert problem.error in found[command(problem)], problem.name
        assert found[f"hidden_{problem.name}"] != set(), problem.name


@pytest.mark.parametrize("problem", ALL, ids=lambda problem: problem.name)
def test_a_fault_is_in_one_place(problem: Any) -> None:
    assert problem.reference.count(problem.old) == 1
    assert problem.broken != problem.reference
    assert problem.name not in sys.stdlib_module_names


def test_a_withheld_value_is_stated_nowhere() -> None:
    for problem in (problem for problem in ALL if problem.withheld):
        (value,) = NUMBER.findall(problem.old)
        tests = problem.folder / f"test_{problem.name}.py"
        shown = problem.broken + (tests.read_text() if problem.has_tests else "")
        assert value not in NUMBER.findall(shown), problem.name


def test_the_sets_have_their_sizes() -> None:
    assert Counter(problem.split for problem in ALL) == {"held_out": 60, "development": 20}
    held_out = [problem for problem in ALL if problem.split == "held_out"]
    assert sum(problem.withheld for problem in held_out) == 8
    folders = {path.parent.name for path in DEBUG.PROBLEMS.glob("*/*/hidden_*.py")}
    assert folders == {problem.name for problem in ALL}


def test_shares_are_of_what_they_say() -> None:
    rows = [
        {"name": "a", "outcome": "mended", "withheld": False},
        {"name": "b", "outcome": "wrong", "withheld": False},
        {"name": "c", "outcome": "asked", "withheld": True},
        {"name": "d", "outcome": "given up", "withheld": False},
    ]
    found = {name: (sum(outcomes), len(outcomes)) for name, outcomes, _ in DEBUG.shares(rows)}
    assert found["mended"] == found["wrong"] == found["asked"] == (1, 4)
    assert found["asked, a fact withheld"] == (1, 1)
    assert found["mended, nothing withheld"] == (1, 3)
    assert found["wrong, of those shown as passing"] == (1, 2)
