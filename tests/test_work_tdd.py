"""`cogitate tdd`, from test file to written target, with a scripted server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering import RIGHT, WRONG, Scripted, lay_project, serving_answers, tdd


@pytest.fixture
def server() -> Iterator[Scripted]:
    with serving_answers([RIGHT]) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return lay_project(tmp_path)


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_a_passing_candidate_is_shown_and_nothing_is_written(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(project)
    assert tdd(project, server) == 0
    said = capsys.readouterr()
    assert "red: 2 tests by pytest, 0 pass; ModuleNotFoundError" in said.out
    assert "passes all 2 tests" in said.out
    assert "+    return sum(prices)" in said.out
    assert server.url in said.err
    assert files(project) == before
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


def test_tests_that_pass_already_need_no_model(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.py").write_text(RIGHT)
    assert tdd(project, server) == 0
    assert "pass already" in capsys.readouterr().err
    assert server.asked == []


def test_a_project_without_pytest_runs_by_unittest(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    import venv

    venv.create(project / ".venv", with_pip=False, symlinks=True)
    server.answers = [RIGHT, "import unittest\nunittest.TestCase.assertEqual = print\n" + WRONG]
    assert tdd(project, server, "--json", "--repair", "0") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"] == RIGHT
    assert [one["report"]["passed"] for one in found["tries"]].count(True) == 1
    assert (project / ".venv" / "pyvenv.cfg").exists()


def test_of_several_that_pass_the_largest_group_of_the_same_behaviour_is_taken(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    lookup = "def total(prices):\n    return 3 if prices else 0\n"
    loop = "def total(prices):\n    n = 0\n    for p in prices:\n        n += p\n    return n\n"
    server.answers = [lookup, RIGHT, loop]
    assert tdd(project, server, "--json", "--samples", "3") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["text"] != lookup
    assert "groups of 2, 1" in said.err
