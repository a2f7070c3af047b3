"""The modules to train on: references pass, what is no solution fails, the family reads them."""

import re
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from cogitate.tasks.files.problems import Problems
from problems_on_disk import names_known_from_the_shown_tests, outcomes, source, stub

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "src" / "cogitate" / "shipped" / "modules"
SIZES = {"very easy": 70, "easy": 60, "medium": 30}
LINES = {"test": 40, "hidden": 40, "reference": 60}
PROBLEMS = sorted(path.parent for path in MODULES.glob("*/reference_*.py"))


def test_references_pass(tmp_path: Path) -> None:
    counts = outcomes(PROBLEMS, tmp_path, lambda problem: source(problem, "reference"))
    assert len(counts) == 2 * len(PROBLEMS)
    assert {file: count for file, count in counts.items() if set(count) != {"PASSED"}} == {}


@pytest.mark.parametrize("solution", [lambda _: "", stub], ids=["empty", "stub"])
def test_what_is_no_solution_fails(tmp_path: Path, solution: Callable[[Path], str]) -> None:
    counts = outcomes(PROBLEMS, tmp_path, solution)
    assert len(counts) == 2 * len(PROBLEMS)
    assert [file for file, count in counts.items() if not count["FAILED"] + count["ERROR"]] == []


def test_the_family_admits_every_problem() -> None:
    """References pass in the sandbox's reward tier, and what is no solution fails."""
    family = Problems("modules", MODULES)
    assert sum(map(family.size, ("train", "test"))) == len(PROBLEMS)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_problem_is_small_and_its_own(problem: Path) -> None:
    for kind, limit in LINES.items():
        assert len(source(problem, kind).splitlines()) <= limit
    assert len(source(problem, "test").splitlines()) >= 8


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_hidden_tests_use_only_what_the_shown_tests_name(problem: Path) -> None:
    assert names_known_from_the_shown_tests(problem)


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
