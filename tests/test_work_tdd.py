"""`cogitate tdd`, from test file to written target, with a scripted server."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cogitate.cli import main
from test_sandbox_suite import FASTER

TESTS = """
import unittest
from shop import total


class TestTotal(unittest.TestCase):
    def test_some(self):
        self.assertEqual(total([1, 2]), 3)

    def test_none(self):
        self.assertEqual(total([]), 0)
"""
RIGHT = "def total(prices):\n    return sum(prices)\n"
WRONG = "def total(prices):\n    return 3\n"


class Scripted(ThreadingHTTPServer):
    """A server with OpenAI's API that gives these answers in turn."""

    daemon_threads = True

    def __init__(self, answers: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = answers, []
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = self.server.answers[len(self.server.asked) % len(self.server.answers)]
        self.server.asked.append(body)
        message = {"role": "assistant", "content": f"```python\n{text}```"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        data = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted([RIGHT]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = {FASTER}\n")
    (tmp_path / "test_shop.py").write_text(TESTS)
    return tmp_path


def tdd(project: Path, server: Scripted, *more: str) -> int:
    test = str(project / "test_shop.py")
    return main(["tdd", test, "--url", server.url, "--model", "m", "--samples", "2", *more])


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


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("from shop import total\n", "no tests were collected"),
        ("from shop import total\ndef test(:\n", "is no Python"),
        ("import json\ndef test(): assert json.x\n", "--target"),
        ("import shop\nfrom nowhere.at import all_\ndef test(): assert 0", "--target"),
        ("import pytest, shop\n@pytest.mark.skip\ndef test(): assert 0", "are skipped"),
        ("import shop\nraise OSError('no disk')\ndef test(): assert 0", "OSError: no disk"),
    ],
)
def test_bad_tests_are_one_line(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str], tests: str, why: str
) -> None:
    (project / "test_shop.py").write_text(tests)
    assert tdd(project, server) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert server.asked == []


def test_missing_files_and_models_are_one_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = str(project / "test_shop.py")
    for args in (
        [],
        [test],
        [f"{test}x", "--model", "m"],
        [test, "--model", "m", "--samples", "0"],
    ):
        assert main(["tdd", *args]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_server_that_is_down_is_one_line_after_the_tests_were_seen_red(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = [str(project / "test_shop.py"), "--url", "http://127.0.0.1:9/v1", "--model", "m"]
    assert main(["tdd", *args]) == 1
    assert "cannot be reached" in capsys.readouterr().err
    assert not (project / "shop.py").exists()


def test_no_sandbox_is_refused(
    project: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("cogitate.sandbox.suites.suite.LEVELS", ())
    monkeypatch.setattr("cogitate.sandbox.suites.suite.collect.__defaults__", ((),))
    assert tdd(project, server) == 1
    assert "no sandbox" in capsys.readouterr().err
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
