"""The benchmark of `cogitate tdd`: its references pass, and what is no solution fails."""

import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from problems_on_disk import names_known_from_the_shown_tests, outcomes, source, stub

BENCH = Path(__file__).resolve().parent.parent / "bench" / "tdd"
SIZES = {"held_out": 60, "development": 20}
PROBLEMS = sorted(path.parent for path in BENCH.glob("*/*/reference_*.py"))


def test_references_pass(tmp_path: Path) -> None:
    counts = outcomes(PROBLEMS, tmp_path, lambda problem: source(problem, "reference"))
    assert len(counts) == 2 * len(PROBLEMS)
    assert {file: count for file, count in counts.items() if set(count) != {"PASSED"}} == {}


@pytest.mark.parametrize("solution", [lambda _: "", stub], ids=["empty", "stub"])
def test_what_is_no_solution_fails(tmp_path: Path, solution: Callable[[Path], str]) -> None:
    counts = outcomes(PROBLEMS, tmp_path, solution)
    assert len(counts) == 2 * len(PROBLEMS)
    assert [file for file, count in counts.items() if not count["FAILED"] + count["ERROR"]] == []


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_hidden_tests_use_only_what_the_shown_tests_name(problem: Path) -> None:
    assert names_known_from_the_shown_tests(problem)


def test_the_readme_lists_every_problem() -> None:
    table = (BENCH / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (easy|medium|hard) \|", table, re.MULTILINE)
    assert sorted((split, name) for name, split, _ in rows) == [
        (problem.parent.name, problem.name) for problem in PROBLEMS
    ]
    assert Counter(split for _, split, _ in rows) == SIZES


def test_no_problem_hides_a_module_of_python() -> None:
    assert [problem.name for problem in PROBLEMS if problem.name in sys.stdlib_module_names] == []
