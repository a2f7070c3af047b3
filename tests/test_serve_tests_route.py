"""Pasted tests over real HTTP: what streams, what is refused, and what is left of it."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from cogitate.cli import main
from cogitate.sandbox import Level, levels
from cogitate.serve import Known, make_app
from cogitate.serve.tests_route import MOST_CHARACTERS, MOST_SAMPLES, MOST_TESTS
from cogitate.tokenizer import Tokenizer
from scripted import ENDLESS, TOKENIZER, ScriptedEngine, registry_of, serving_tests
from serving import listening

TESTS = """
import shop
from shop import total


def test_some():
    assert total([1, 2]) == 3


def test_none():
    assert total([]) == 0


def test_file(tmp_path):
    assert total([tmp_path]) == 1
"""
RIGHT = "def total(prices):\n    return sum(prices)\n"
WRONG = "def total(prices):\n    return 3\n"
UNNAMED = "def total(prices):\n    return suum(prices)\n"
SPINS = "def total(prices):\n    while True:\n        pass\n"
WAIT_S = 20.0
"""Longest that any test waits for anything."""


def origin(port: int) -> dict[str, str]:
    return {"origin": f"http://127.0.0.1:{port}"}


def post(port: int, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    headers = origin(port) if headers is None else headers
    body = {"tests": TESTS, "samples": 2, **body}
    url = f"http://127.0.0.1:{port}/tests"
    return httpx.post(url, json=body, headers=headers, timeout=WAIT_S)


def heard(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line[6:]) for line in response.text.split("\n\n") if line]


def run(*answers: str, **body: Any) -> list[dict[str, Any]]:
    with serving_tests(ScriptedEngine(answers)) as port:
        return heard(post(port, **body))


def fault(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["message"]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving_tests(ScriptedEngine([WRONG, RIGHT])) as port:
        yield port


def test_candidates_come_and_one_is_taken(port):
    events = heard(post(port))
    target, tests = events[:2]
    assert target == {
        "type": "target", "module": "shop", "names": [{"name": "total", "kind": "function"}]
    }  # fmt: skip
    assert (tests["tests"], tests["empty"]) == (["test_some", "test_none"], [])
    (unread,) = tests["unread"]
    assert unread["test"] == "test_file"
    assert "test_shop.py:14: the argument tmp_path is no parameter" in unread["reason"]
    tried = {e["number"]: e for e in events if e["type"] == "tried"}
    assert {n: (e["passed"], e["total"]) for n, e in tried.items()} == {1: (1, 2), 2: (2, 2)}
    assert tried[1]["failure"] == "test_none: AssertionError: total([]) == 0, but it gives 3"
    assert tried[2]["failure"] is None
    assert tried[2]["text"] == RIGHT
    assert tried[2]["tokens"] == len(f"```python\n{RIGHT}```") + 1
    assert events[-1]["type"] == "end"
    assert (events[-1]["chosen"], events[-1]["differ"]) == (2, None)


def test_what_is_told_of_a_candidate_is_in_order(port):
    events = heard(post(port))
    for number in (1, 2):
        mine = [e["type"] for e in events if e.get("number") == number]
        assert list(dict.fromkeys(mine)) == ["asked", "decoded", "runs", "tried"]
        assert mine.count("tried") == 1


def test_it_asks_as_tdd_does():
    engine = ScriptedEngine([UNNAMED])
    with serving_tests(engine) as port:
        events = heard(post(port, samples=3))
    prompts = [TOKENIZER.decode(list(request.prompt)) for request in engine.asked]
    assert [request.temperature for request in engine.asked] == [0.2, 0.8, 0.8, 0.2]
    assert [request.seed for request in engine.asked] == [0, 1, 2, 3]
    assert all("Write it, so that all of these tests pass." in text for text in prompts[:3])
    assert "It fails:" in prompts[3]  # one repair of three same faults
    assert "NameError: name 'suum' is not defined (line 2)" in prompts[3]
    assert events[-1]["chosen"] is None
    assert [e["number"] for e in events if e["type"] == "tried"][-1] == 4


def test_candidates_that_differ_are_told_apart():
    last = run(RIGHT, "def total(prices):\n    return sum(prices) if prices != [1] else 7\n", RIGHT,
               samples=3)[-1]  # fmt: skip
    assert (last["chosen"], last["groups"]) == (1, [2, 1])
    assert last["differ"] == "total([1]): 1 or 7?"


def test_a_test_that_passes_on_nothing_does_not_count():
    tests = "import shop\n\n\ndef test_empty():\n    assert 1 + 1 == 2\n"
    some = tests + "\n\ndef test_total():\n    assert shop.total([4]) == 4\n"
    events = run("def total(prices):\n    return 4\n", tests=some)
    assert (events[1]["tests"], events[1]["empty"]) == (["test_total"], ["test_empty"])
    assert {e["total"] for e in events if e["type"] == "tried"} == {1}
    assert "all tests pass on an empty module" in run(RIGHT, tests=tests)[-1]["error"]["message"]


def test_what_is_expected_is_never_beside_the_candidate():
    """A candidate that looks for the answer in its process finds none."""
    spy = (
        "import sys\n\n\ndef total(prices):\n    frame, seen = sys._getframe(), []\n"
        "    while frame:\n        seen += [*frame.f_locals.values(), *frame.f_globals.values(),"
        " *frame.f_code.co_consts]\n        frame = frame.f_back\n"
        "    return next(v for v in seen if v == 987654)\n"
    )
    tests = "from shop import total\n\n\ndef test():\n    assert total([900000, 87654]) == 987654\n"
    events = run(spy, tests=tests)
    assert "StopIteration" in next(e for e in events if e["type"] == "tried")["failure"]


def test_a_module_can_be_named():
    tests = (
        "from shop import total\nfrom till import pay\n\n\ndef test():\n    assert total(1) == 1\n"
    )
    with serving_tests(ScriptedEngine([RIGHT])) as port:
        assert fault(post(port, tests=tests)) == (
            400, "the tests import shop, till: name the one that is to be written"
        )  # fmt: skip
        last = heard(post(port, tests=tests, module="shop"))[-1]
        assert "the tests import till, which the sandbox does not have" in last["error"]["message"]
        status, message = fault(post(port, tests=tests, module="cart"))
        assert (status, message) == (
            400, "the tests do not import 'cart': they import shop, till"
        )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"tests": "def test(:"}, "the tests are no Python"),
        ({"tests": "\0"}, "the tests are no Python"),
        ({"tests": "x = 1"}, "name the one that is to be written"),
        ({"tests": "from shop import total"}, "test_shop.py has no tests"),
        ({"tests": "from .shop import total\n\ndef test():\n    assert total(1)"}, "relative"),
        ({"tests": "from shop import f\n\ndef test(tmp_path):\n    assert f(tmp_path) == 1"},
         "none of the tests can be read; the first is test: test_shop.py:3: the argument tmp_path"),
        ({"tests": ""}, "tests: String should have at least 1 character"),
        ({"tests": "#" * (MOST_CHARACTERS + 1)}, f"at most {MOST_CHARACTERS} characters"),
        ({"tests": "from shop import f\nimport pytest\n\n" + "".join(
            f"@pytest.mark.parametrize('{name}', {[0] * 99})\n" for name in "abcdefgh"
        ) + "def test(a, b, c, d, e, f, g, h):\n    assert f(a)"}, f"more than {MOST_TESTS} tests"),
        ({"tests": f"from shop import f\n\ndef test():\n    for n in {[0] * 99}:\n"
                   f"        for m in {[0] * 99}:\n            assert f(n) == m"}, "statements"),
        ({"tests": "from shop import f\nx = " + "(" * 3000}, "the tests are no Python"),
        ({"samples": 0}, "samples: Input should be greater than or equal to 1"),
        ({"samples": MOST_SAMPLES + 1}, f"less than or equal to {MOST_SAMPLES}"),
        ({"samples": True}, "samples: Input should be a valid integer"),
        ({"samples": 1.5}, "samples: "),
        ({"target": "x.py"}, "target: Extra inputs are not permitted"),
        ({"tests": 7}, "tests: Input should be a valid string"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line(port, body, message):
    status, said = fault(post(port, **body))
    assert status == 400
    assert message in said
    assert "\n" not in said


def test_other_refusals(port):
    assert fault(post(port, model="other"))[0] == 404
    url = f"http://127.0.0.1:{port}/tests"
    large = httpx.post(url, content=b"[" + b" " * 5_000_000, headers=origin(port), timeout=WAIT_S)
    assert large.status_code == 413
    assert httpx.get(url, headers=origin(port)).status_code == 405


def test_a_model_that_answers_nothing_is_refused():
    with listening(make_app(registry_of(ScriptedEngine([]), mute()), tests=True)) as port:
        status, message = fault(post(port))
    assert status == 400
    assert "no chat template" in message


def mute() -> Tokenizer:
    return TOKENIZER._with(template=None)


# ---------------------------------------------------------------- who may ask


def test_only_the_servers_own_page_may_ask(port):
    own = f"http://127.0.0.1:{port}"
    assert post(port, {"origin": own}).status_code == 200
    for headers in (
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": f"http://127.0.0.1:{port + 1}"},
        {"origin": f"http://localhost:{port}"},
        {"origin": f"https://127.0.0.1:{port}"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": f"evil.example:{port}", "origin": own},
        {"host": f"localhost:{port}", "origin": own},
    ):
        response = post(port, headers)
        assert response.status_code == 403, headers
        assert "type" not in response.json()
    localhost = {"host": f"localhost:{port}", "origin": f"http://localhost:{port}"}
    assert post(port, localhost).status_code == 200


def test_neither_a_name_nor_an_origin_nor_a_key_widens_that():
    known = Known.of(hosts=["box.lan"], origins=["http://friend.example"], any_host=True)
    engine = ScriptedEngine([RIGHT])
    with serving_tests(engine, known=known, api_key="secret") as port:
        key = {"authorization": "Bearer secret"}
        assert post(port, {**origin(port), **key}).status_code == 200
        assert post(port).status_code == 401
        assert post(port, {**origin(port), "authorization": "Bearer x"}).status_code == 401
        asked = len(engine.asked)
        for headers in (
            {},
            {"origin": "http://friend.example"},
            {"host": "box.lan", "origin": "http://box.lan"},
            {"host": "any.example", "origin": "http://any.example"},
        ):
            assert post(port, {**headers, **key}).status_code == 403
        assert len(engine.asked) == asked


def test_it_is_not_there_unless_it_is_allowed():
    with listening(make_app(registry_of(ScriptedEngine([RIGHT])))) as port:
        assert post(port).status_code == 404
        page = httpx.get(f"http://127.0.0.1:{port}/").text
        assert "pasted" not in page
        assert "tests" not in page.lower()


@pytest.fixture
def unloaded(monkeypatch):
    """Fail where a command gets as far as to load a model, and would then serve."""

    def load(_: Any) -> None:
        raise AssertionError("it was not refused")

    monkeypatch.setattr("cogitate.cli.serve._registry", load)


@pytest.mark.usefixtures("unloaded")
def test_the_command_refuses_what_is_reached_from_outside(capsys):
    for host in ("0.0.0.0", "::", "192.168.7.7", "box.lan", ""):
        assert main(["serve", "--allow-tests", "--host", host]) == 2
        error = capsys.readouterr().err
        assert "--allow-tests" in error
        assert "--host 127.0.0.1" in error
        assert error.count("\n") == 1


@pytest.mark.usefixtures("unloaded")
def test_the_command_refuses_weak_walls(capsys, monkeypatch):
    weak = Level(name="seccomp", missing=("namespaces: unshare: Operation not permitted",))
    monkeypatch.setattr(levels, "level", lambda: weak)
    assert main(["serve", "--allow-tests"]) == 2
    error = capsys.readouterr().err
    assert "reaches level seccomp here, not full (namespaces: unshare" in error
    assert "or start without --allow-tests" in error
    assert error.count("\n") == 1


# ---------------------------------------------------------------- one at a time, and its end


def children() -> set[int]:
    """Return all processes below this one."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found, new = set[int](), {os.getpid()}
    while new:
        found |= new
        new = {pid for pid, parent in parents.items() if parent in new} - found
    return found - {os.getpid()}


def until(holds: Any, what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Client:
    """A client that begins to read, and leaves when it is told to."""

    def __init__(self, port: int, kind: str, **body: Any) -> None:
        """Return once an event of that kind has come."""
        self.began, self.leaves = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.read, args=(port, kind, body), daemon=True)
        self.thread.start()
        assert self.began.wait(WAIT_S)

    def read(self, port: int, kind: str, body: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{port}/tests"
        body = {"tests": TESTS, "samples": 2, **body}
        with httpx.stream("POST", url, json=body, headers=origin(port), timeout=WAIT_S) as response:
            lines = response.iter_lines()  # it is kept, since its end would be the client's
            next(line for line in lines if f'"type": "{kind}"' in line)
            self.began.set()
            self.leaves.wait(WAIT_S)

    def leave(self) -> None:
        self.leaves.set()
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()


def test_a_client_that_leaves_stops_the_model_and_is_followed_by_the_next():
    engine = ScriptedEngine([ENDLESS], pause_s=0.005)
    before = children()
    with serving_tests(engine) as port:
        client = Client(port, "decoded")
        try:
            assert children() - before
            status, message = fault(post(port))
            assert status == 429
            assert "one paste at a time" in message
        finally:
            client.leave()
        until(lambda: engine.idle, "the model goes on")
        until(lambda: not children() - before, "processes are left")
        assert engine.num_cancelled == 2
        engine.answers, engine.pause_s = [f"```python\n{RIGHT}```"], 0.0
        assert heard(post(port))[-1]["chosen"] == 1


def test_a_client_that_leaves_ends_the_candidate_that_runs():
    before = children()
    many = (
        f"from shop import total\nimport pytest\n\n@pytest.mark.parametrize('n', {[*range(15)]})\n"
    )
    tests = many + "def test(n):\n    assert total([n]) == n\n"
    with serving_tests(ScriptedEngine([SPINS])) as port:
        client = Client(port, "runs", tests=tests)
        client.leave()
        left = time.monotonic()
        until(lambda: not children() - before, "processes are left")
        assert time.monotonic() - left < 10  # it would spin for a second in each of the tests
        until(lambda: not running(), "its threads are left")


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("tests")]
