"""`cogitate tdd`, from test file to written target, with a scripted server."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from answering import (
    RIGHT,
    WRONG,
    Scripted,
    at_terminal,
    bare_python,
    lay_project,
    serving_answers,
    tdd,
)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with serving_answers([RIGHT]) as server:
        yield server


@pytest.fixture
def with_pytest(tmp_path: Path) -> Path:
    return lay_project(tmp_path)


@pytest.fixture
def project(with_pytest: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIRTUAL_ENV", bare_python())
    return with_pytest


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_a_passing_candidate_is_shown_and_nothing_is_written(
    with_pytest: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(with_pytest)
    assert tdd(with_pytest, server) == 0
    said = capsys.readouterr()
    assert "red: 2 tests by pytest, 0 pass; ModuleNotFoundError" in said.out
    assert "passes all 2 tests" in said.out
    assert "+    return sum(prices)" in said.out
    assert re.search(r"^2 passed in 0\.\d\ds$", said.out, re.MULTILINE)
    assert server.url in said.err
    assert files(with_pytest) == before
    assert len(server.asked) == 2
    assert {body["temperature"] for body in server.asked} == {0.2, 0.8}


def test_apply_writes_the_target_alone_and_keeps_the_old_file(
    project: Path, server: Scripted
) -> None:
    (project / "shop.py").write_text(WRONG)
    (project / "shop.py.orig").write_text("mine")
    before = files(project)
    assert tdd(project, server, "--apply") == 0
    assert files(project) == before | {"shop.py": RIGHT, "shop.py.orig2": WRONG}


def test_without_success_nothing_is_changed_and_the_status_is_1(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [WRONG, "def total(prices):\n    return prices[0]\n"]
    before = files(project)
    assert tdd(project, server, "--apply", "--repair", "0") == 1
    assert re.search(r"the best, number \d, passes 1 of 2", capsys.readouterr().out)
    assert files(project) == before


def test_json_holds_every_try(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [WRONG, "def total(prices):\n    return total_of(prices)\n", RIGHT, RIGHT]
    assert tdd(project, server, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["passed"], found["text"], found["written"]) == (True, RIGHT, False)
    assert [one["round"] for one in found["tries"]] == [0, 0, 1, 1]
    assert "in-process" in found["level"]
    repairs = [body for body in server.asked if "It fails" in body["messages"][-1]["content"]]
    assert len(repairs) == 1
    assert "total_of" in repairs[0]["messages"][-1]["content"]


def test_a_project_without_pytest_runs_by_unittest(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [RIGHT, "import unittest\nunittest.TestCase.assertEqual = print\n" + WRONG]
    assert tdd(project, server, "--repair", "0") == 0
    said = capsys.readouterr().out
    assert "red: 2 tests by unittest, 0 pass" in said
    assert said.count("passes all 2 tests") == 1
    assert "\n2 passed\n" in said


LOOKUP = "def total(prices):\n    return 3 if prices else 0\n"
LOOP = "def total(prices):\n    n = 0\n    for p in prices:\n        n += p\n    return n\n"


def test_of_several_that_pass_the_largest_group_of_the_same_behaviour_is_taken(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [LOOKUP, RIGHT, LOOP]
    assert tdd(project, server, "--json", "--samples", "3") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"] != LOOKUP
    assert found["differ"] == {"call": "total([1])", "candidates": {"1": [2, 3], "3": [1]}}
    assert found["tokens"] == {"prompts": 0, "answers": 3}


def test_where_nobody_is_asked_one_line_says_what_differs(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [RIGHT, LOOKUP, LOOP]
    assert tdd(project, server, "--samples", "3", "--ask", "never") == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "differ" in line]
    assert "(groups of 2, 1), as in total([1]): 1 or 3?" in line


KNOWS = {
    "30 looks up": "S = {(1, 2): 3}\ndef total(prices):\n    return S.get(tuple(prices), 0)\n",
    "31 hashes": "S = {hash((1, 2)): 3}\n"
    "def total(prices):\n    return S.get(hash(tuple(prices)), 0)\n",
    "34 hides errors": "def total(prices):\n    try:\n        return prices[0] + prices[1]\n"
    "    except IndexError:\n        return 0\n",
    "35 a mutant": "def total(prices):\n    return sum(prices[:2])\n",
    "36 drops a branch": "def total(prices):\n    return sum(p for p in prices if p >= 0)\n",
}
"""Programs of the red team that pass the tests, and no more."""


@pytest.mark.parametrize("name", KNOWS)
def test_what_may_know_the_tests_alone_is_doubted(
    project: Path, server: Scripted, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it is the only answer, all of them, or most."""
    for answers in ([KNOWS[name]], [KNOWS[name]] * 3, [KNOWS[name], KNOWS[name], RIGHT]):
        server.answers = answers
        assert tdd(project, server, "--samples", str(len(answers)), "--ask", "never") == 0
        said = capsys.readouterr().err
        assert any(doubt in said for doubt in (
            "compares with the very inputs", "one program alone passes",
            "candidates that pass differ",
        )), said  # fmt: skip


def test_tests_that_depend_on_their_order_are_said_to(
    with_pytest: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = "".join(
        f"def test_{n}():\n    assert getattr(total, 'n', 0) == {n}\n    total.n = {n + 1}\n\n\n"
        for n in range(6)
    )
    (with_pytest / "test_shop.py").write_text(f"from shop import total\n\n\n{tests}")
    assert tdd(with_pytest, server) == 1
    said = capsys.readouterr()
    assert "in a random order AssertionError" in said.out
    assert "pass in the order of their file and not in another" in said.err


# ---------------------------------------------------------------- on a terminal


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    return partial(at_terminal, monkeypatch)


def test_the_user_is_asked_and_the_answer_is_a_test_in_a_new_file(
    project: Path, server: Scripted, typed, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [LOOKUP, LOOKUP, LOOKUP, RIGHT, LOOP]
    before = files(project)
    new = project / "test_more.py"
    typed("what?", "2", "n")
    assert tdd(project, server, "--samples", "5", "--save-tests", str(new)) == 0
    said = capsys.readouterr().out
    assert "total([1]): 3 or 1?\n  1: 3\n  2: 1\n" in said
    tests = new.read_text()
    assert "class TestDecided(unittest.TestCase):" in tests
    assert "self.assertEqual(total([1]), 1)" in tests
    assert tests in said
    assert "+    return sum(prices)" in said
    assert files(project) == before | {"test_more.py": tests}


def test_a_yes_writes_the_target(project: Path, server: Scripted, typed) -> None:
    before = files(project)
    for answer in ("", "no"):
        typed(answer)
        assert tdd(project, server, "--samples", "1") == 0
        assert files(project) == before
    typed("y")
    assert tdd(project, server, "--samples", "1") == 0
    assert files(project) == before | {"shop.py": RIGHT}


def test_neither_is_no_success(
    project: Path, server: Scripted, typed, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [LOOKUP, RIGHT]
    typed("neither", "y")
    assert tdd(project, server, "--apply") == 1
    assert "no candidate does what you want" in capsys.readouterr().out
    assert not (project / "shop.py").exists()


def test_what_was_answered_before_neither_is_kept(
    project: Path, server: Scripted, typed, capsys: pytest.CaptureFixture[str]
) -> None:
    short, long = (
        f"def total(prices):\n    return 9 if len(prices) {those} else sum(prices)\n"
        for those in ("== 1", "> 3")
    )
    server.answers = [RIGHT, LOOP, short, long]
    typed("1", "neither")
    new = project / "test_more.py"
    assert tdd(project, server, "--samples", "4", "--save-tests", str(new)) == 1
    assert "self.assertEqual(total([1]), 1)" in new.read_text()
    assert new.read_text() in capsys.readouterr().out


def test_what_may_run_without_walls_is_never_written(
    project: Path, server: Scripted, typed
) -> None:
    typed("y")
    assert tdd(project, server, "--unsafe") == 0
    assert not (project / "shop.py").exists()


def test_candidates_are_shown_live_and_the_diff_has_colours(
    project: Path, server: Scripted, typed, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    typed("n")
    assert tdd(project, server) == 0
    said = capsys.readouterr().out
    assert "\x1b[32m+    return sum(prices)\x1b[0m" in said
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said)
    assert re.search(r"candidate 2 +1 tokens +0\.\d s +passes all 2 tests", shown)
