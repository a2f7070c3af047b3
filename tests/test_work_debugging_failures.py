"""What is read from real output: Python's, pytest's and unittest's, cut to the project's part."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cogitate.work.debugging.failures import Failure, Frame, counts, failed_tests, read
from cogitate.work.debugging.sources import gather
from cogitate.work.debugging.trees import Tree, is_test

SHOP = """import json


def total(order):
    return sum(order["prices"])


def load(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise RuntimeError("no order") from error


class Till:
    def pay(self, order):
        return total(order)
"""
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]


def test_what_fails_before_pytest_begins_is_read(project: Path) -> None:
    (project / "conftest.py").write_text("import shop\n")
    text = (
        f"ImportError while loading conftest '{project}/conftest.py'.\nconftest.py:1: in <module>\n"
        "    import shop\nshop.py:5: in <module>\n    X = totl(1)\n"
        "E   NameError: name 'totl' is not defined\n"
    )
    found = read(text, tree(project))
    assert (found.kind, found.message) == ("NameError", "name 'totl' is not defined")
    assert [frame.path for frame in found.frames] == ["conftest.py", "shop.py"]
    assert list(gather(found, tree(project)).programs) == ["shop.py"]


def test_a_link_to_a_test_is_no_file_to_change(project: Path) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "data.py").write_text("x = 1 / 0\n")
    (project / "data.py").symlink_to("tests/data.py")
    (project / "prices.json").write_text("{}")
    (project / "marked.py").write_text("\ufeffy = 1 / 0\n")
    frames = tuple(Frame(path=f"{name}.py", line=1, function="f") for name in ("data", "marked"))
    found = Failure(kind="ZeroDivisionError", message="", text="", frames=frames)
    assert gather(found, tree(project)).texts == {"marked.py": "y = 1 / 0\n"}
    named = Failure(kind="Error", message="", text="")
    assert gather(named, tree(project), ["cat", "prices.json"]).texts == {}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def tree(project: Path) -> Tree:
    names = (path.relative_to(project).as_posix() for path in project.rglob("*.*"))
    return Tree(root=project, cwd=project, files=frozenset(names))


def failure(project: Path, code: str, *argv: str, name: str = "main.py") -> Failure:
    """Runs a program of the project, and reads what it says."""
    (project / name).write_text(code)
    done = subprocess.run(
        argv or [sys.executable, name],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode != 0
    return read(f"{done.stdout}\n{done.stderr}", tree(project))


def places(found: Failure) -> list[tuple[str, int]]:
    return [(frame.path, frame.line) for frame in found.frames]


def test_a_traceback_is_cut_to_the_frames_of_the_project(project: Path) -> None:
    code = "import functools, shop\nprint(functools.reduce(lambda a, b: shop.total(b), [1, {}]))\n"
    found = failure(project, code)
    assert (found.kind, found.message) == ("KeyError", "'prices'")
    assert found.frames[-1] == Frame(path="shop.py", line=5, function="total")
    assert {frame.path for frame in found.frames} == {"main.py", "shop.py"}
    assert str(project) not in found.text
    assert 'sum(order["prices"])' in found.text


def test_a_chained_exception_keeps_both_and_ends_with_the_last(project: Path) -> None:
    found = failure(project, "import shop\nshop.load('{')\n")
    assert (found.kind, found.message) == ("RuntimeError", "no order")
    assert places(found) == [("shop.py", 10), ("main.py", 2), ("shop.py", 12)]
    assert "JSONDecodeError" in found.text
    assert "json/decoder" not in found.text


@pytest.mark.parametrize("imported", [False, True])
def test_a_syntax_error_is_at_its_line(project: Path, imported: bool) -> None:
    (project / "broken.py").write_text("def f(:\n    pass\n")
    code = "import broken\n" if imported else "def f(:\n    pass\n"
    found = failure(project, code)
    assert found.kind == "SyntaxError"
    assert places(found)[-1] == ("broken.py" if imported else "main.py", 1)


def test_warnings_and_logged_tracebacks_are_no_failure(project: Path) -> None:
    code = (
        "import logging, shop, warnings\nwarnings.warn('old: KeyError')\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('kept')\n"
        "shop.Till().pay({})\n"
    )
    found = failure(project, code)
    assert found.kind == "KeyError"
    assert places(found) == [("main.py", 7), ("shop.py", 17), ("shop.py", 5)]
    assert "ZeroDivisionError" not in found.text


def test_a_module_that_is_run_by_its_name(project: Path) -> None:
    (project / "tools").mkdir()
    argv = [sys.executable, "-m", "tools.run"]
    found = failure(project, "import shop\nshop.total({})\n", *argv, name="tools/run.py")
    assert places(found) == [("tools/run.py", 2), ("shop.py", 5)]


def test_deep_recursion_and_long_messages_stay_short(project: Path) -> None:
    found = failure(project, "def f(n):\n    return f(n + 1)\n\n\nf(0)\n")
    assert found.kind == "RecursionError"
    assert len(found.frames) == 2
    found = failure(project, "raise ValueError('x' * 10**5)\n")
    assert len(found.text) < 2500
    assert found.text.startswith("Traceback")


@pytest.mark.parametrize("style", ["long", "short", "auto", "native"])
def test_pytest_gives_the_assertion_with_its_values(project: Path, style: str) -> None:
    code = (
        "import shop\n\n\ndef test_total():\n    assert shop.total({'prices': [1, 2]}) == 4\n\n\n"
        "def test_key():\n    shop.Till().pay({})\n\n\ndef test_good():\n    pass\n"
    )
    argv = [*PYTEST, f"--tb={style}", "test_shop.py"]
    found = failure(project, code, *argv, name="test_shop.py")
    assert found.kind == "AssertionError"
    assert ("test_shop.py", 5) in places(found)
    assert found.tests == {"test_shop.py::test_total", "test_shop.py::test_key"}
    if style != "native":
        assert "assert 3 == 4" in found.message
        assert "where 3" in found.text
    sources = gather(found, tree(project))
    assert list(sources.programs) == ["shop.py"]
    assert "== 4" in sources.tests["test_shop.py"]
    assert "test_good" not in sources.tests["test_shop.py"]


def test_pytest_in_a_folder_with_a_space_in_its_name(project: Path) -> None:
    (project / "my code").mkdir()
    name = "my code/test_shop.py"
    found = failure(project, "def test_it():\n    assert 1 == 2\n", *PYTEST, name, name=name)
    assert places(found) == [(name, 2)]


def test_pytest_that_cannot_import(project: Path) -> None:
    argv = [*PYTEST, "test_shop.py"]
    found = failure(project, "from shop import missing\n", *argv, name="test_shop.py")
    assert found.kind == "ImportError"
    assert "missing" in found.message
    assert list(gather(found, tree(project)).programs) == ["shop.py"]


def test_unittest_names_its_tests(project: Path) -> None:
    code = (
        "import unittest, shop\n\n\nclass T(unittest.TestCase):\n"
        "    def test_a(self):\n        self.assertEqual(shop.total({'prices': [1]}), 2)\n\n"
        "    def test_b(self):\n        shop.total({})\n\n    def test_c(self):\n        pass\n"
    )
    found = failure(
        project, code, sys.executable, "-m", "unittest", "test_shop", name="test_shop.py"
    )
    assert found.kind in ("KeyError", "AssertionError")
    assert len(found.tests) == 2


SUBTESTS = """
SUBFAILED(n=1) t.py::T::test_a - AssertionError: 1 != 3
SUBFAILED[a b] (n=2) t.py::T::test_a - AssertionError: 2 != 3
FAILED t.py::test_b - contains 1 failed subtest
=== 3 failed, 3 passed in 0.1s ===
"""
"""As of two tests with parts of which one is counted as passed, and of two without."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SUBTESTS, {"failed": 1, "passed": 3}),
        ("=== 1 failed, 3 passed in 0.1s ===", {"failed": 1, "passed": 3}),
        ("2 passed, 1 skipped in 0.01s", {"passed": 2, "skipped": 1}),
        ("Ran 3 tests in 0.001s\n\nOK", {"passed": 3, "failed": 0}),
        ("Ran 3 tests in 0.001s\n\nOK (skipped=2)", {"passed": 1, "failed": 0}),
        ("3 passed the door", {}),
    ],
)
def test_counts_come_from_the_summary(text: str, expected: dict[str, int]) -> None:
    assert counts(text) == expected


def test_a_summary_of_unittest_is_no_failed_test() -> None:
    assert failed_tests(SUBTESTS) == {"t.py::T::test_a", "t.py::test_b"}
    assert failed_tests("FAILED (errors=1)\nFAILED t.py::f - KeyError: 'a - b'") == {"t.py::f"}


OTHERS = {
    "JavaScript": "/app/a.js:3\n  x.y()\n\nTypeError: Cannot read properties of undefined\n"
    "    at Object.<anonymous> (/app/src/a.js:3:5)\n",
    "Go": "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n"
    "\t/app/main.go:9 +0x1d\n",
    "Rust": "error[E0382]: borrow of moved value: `v`\n --> src/main.rs:4:20\n",
    "Java": 'Exception in thread "main" java.lang.NullPointerException\n\tat A.main(A.java:5)\n',
    "C or C++": "main.c:4:5: error: 'x' undeclared (first use in this function)\n",
}


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_are_recognised(project: Path, language: str) -> None:
    (project / "src").mkdir()
    (project / "src" / "a.js").write_text("a\nb\nx.y()\n")
    found = read(
        OTHERS[language],
        Tree(root=project, cwd=project, files=frozenset({"src/a.js"})),
    )
    assert found.language == language
    assert found.message
    assert found.tests == frozenset()
    if language == "JavaScript":
        assert places(found) == [("src/a.js", 3)]


def test_paths_of_another_machine_are_found_by_their_ends(project: Path) -> None:
    found = read(
        'Traceback (most recent call last):\n  File "/srv/app/shop.py", line 5, in total\n'
        '    x\n  File "/usr/site-packages/shop.py", line 1, in f\n    y\nKeyError: 1\n',
        tree(project),
    )
    assert places(found) == [("shop.py", 5)]


def test_what_is_no_traceback_is_still_a_failure(project: Path) -> None:
    found = read("usage: shop [-h]\nshop: error: unrecognized arguments: --x\n", tree(project))
    assert found.kind == "Error"
    assert found.message == "shop: error: unrecognized arguments: --x"
    assert read("", tree(project)).message == "it printed nothing"
    named = gather(found, tree(project), ["python", "shop.py", "--x"])
    assert list(named.programs) == ["shop.py"]


def test_failures_that_differ_by_numbers_are_the_same(project: Path) -> None:
    one, other = (
        Failure(kind="IndexError", message=f"at 0x{n}f: {n} of {n}", text="") for n in (1, 22)
    )
    assert one.signature == other.signature


def test_of_a_long_file_the_functions_around_the_frames_are_shown(project: Path) -> None:
    filler = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(60))
    (project / "shop.py").write_text(SHOP + filler)
    found = failure(project, "import shop\nshop.Till().pay({})\n")
    sources = gather(found, tree(project))
    shown = sources.programs["shop.py"]
    assert "def total" in shown
    assert "class Till" in shown
    assert "def f7" not in shown
    assert not sources.is_whole


def test_tests_are_known_by_their_names() -> None:
    tests = ["test_a.py", "a_test.py", "tests/helpers.py", "conftest.py"]
    assert [is_test(name) for name in [*tests, "contest.py", "latest.py"]] == [True] * 4 + [
        False
    ] * 2
