"""A user's own tests on candidates that they import: what passes, what fails, and who cheats."""

import os
import re
import secrets
import socket
import time
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cogitate.errors import SandboxError
from cogitate.sandbox.suites.command import LEVELS
from cogitate.sandbox.suites.project import find_project
from cogitate.sandbox.suites.suite import Suite, collect

TESTS = """
import unittest
import pytest
from shop import Basket, EmptyBasket, total


@pytest.mark.parametrize("prices", [[1, 2], [5], [3, 3, 3]])
def test_total(prices):
    assert total(prices) == sum(prices)


def test_of_one():
    assert total([2]) == 2


def test_of_nothing(zero):
    assert total([]) == zero


def test_error():
    with pytest.raises(EmptyBasket):
        Basket().pay()


class TestBasket(unittest.TestCase):
    def test_adds(self):
        basket = Basket()
        basket.add(3)
        self.assertEqual(basket.pay(), 3)


@pytest.mark.skip(reason="slow")
def test_skipped():
    assert total([1] * 10**9) == 10**9
"""
FASTER = "-p no:anyio -p no:typeguard -p no:hypothesispytest"
"""Plugins of this interpreter that are slow to import."""
CONFTEST = "import pytest\n\n\n@pytest.fixture\ndef zero():\n    return 0\n"
GOOD = """
class EmptyBasket(Exception):
    pass


class Basket:
    def __init__(self):
        self.prices = []

    def add(self, price):
        self.prices.append(price)

    def pay(self):
        if not self.prices:
            raise EmptyBasket
        return total(self.prices)


def total(prices):
    return sum(prices)
"""
WRONG = GOOD.replace("return sum(prices)", "return -1")
CHEATS = {
    "1 equals everything": WRONG.replace("-1", "Any()")
    + "\nclass Any:\n    def __eq__(self, other):\n        return True\n",
    "5 exits at import": "import sys; sys.exit(0)",
    "6 exits in a call": WRONG.replace("return -1", "import os; os._exit(0)"),
    "6 ends pytest": WRONG.replace("return -1", "import pytest; pytest.exit('ok', returncode=0)"),
    "7 reports at exit": "import atexit, os\natexit.register(os.write, 3, b'{\"done\": true}')\n"
    + WRONG,
    "8 prints": WRONG + "\nprint('6 passed in 0.01s')",
    "9 writes a report that all passed": WRONG
    + """
import os, json
for name in ("test_total#0", "test_total#1", "test_total#2", "test_of_nothing#0", "test_error#0"):
    for when in ("setup", "call", "teardown"):
        fact = {"id": "test_shop.py::" + name, "name": "", "when": when, "outcome": "passed"}
        os.write(3, json.dumps(fact).encode() + b"\\n")
os.write(3, b'{"done": true}\\n')
os._exit(0)
""",
    "11 skips": WRONG.replace("return -1", "import pytest; pytest.skip('later')"),
    "11 skips at import": "import pytest; pytest.skip('later', allow_module_level=True)",
    "11 xfails": WRONG.replace("return -1", "import pytest; pytest.xfail('known')"),
    "12 edits conftest": WRONG
    + """
from pathlib import Path
for folder in (Path.cwd(), Path(__file__).parent):
    try:
        (folder / "conftest.py").write_text("def pytest_itemcollected(item): item.obj = print")
    except OSError:
        pass
""",
    "12 patches reports": WRONG
    + """
from _pytest.reports import TestReport
made = TestReport.from_item_and_call
def forged(item, call):
    report = made(item, call)
    report.outcome, report.longrepr = "passed", None
    return report
TestReport.from_item_and_call = forged
""",
    "12 passes all items": WRONG
    + "\nimport pytest\npytest.Function.runtest = lambda self: None"
    + "\nfrom _pytest.unittest import TestCaseFunction as unit\nunit.runtest = lambda self: None",
    "12 patches the runner": WRONG
    + "\nimport _pytest.runner as r\nr.check_interactive_exception = 0"
    "\nfrom _pytest.runner import CallInfo\nmade = CallInfo.from_call.__func__"
    "\nCallInfo.from_call = classmethod(lambda c, f, when, reraise=None: made(c, lambda: 0, when))",
    "13 edits the configuration": WRONG + "\nfrom pathlib import Path\n"
    "try: Path('pytest.ini').write_text('[pytest]\\naddopts = --collect-only')\n"
    "except OSError: pass",
    "14 writes start-up files": WRONG
    + """
import os, sys
for folder in [*sys.path, os.environ["HOME"]]:
    for name in ("sitecustomize.py", "usercustomize.py", "a.pth"):
        try:
            open(os.path.join(folder, name), "w").write("import os; os._exit(0)")
        except OSError:
            pass
""",
    "15 shadows modules": WRONG
    + "\nimport sys, types\nfake = types.ModuleType('pytest')\nfake.raises = None"
    "\nsys.modules['pytest'] = sys.modules['json'] = sys.modules['unittest'] = fake",
    "16 edits the tests": WRONG
    + """
import sys
path = sys._getframe(0).f_globals["__file__"].replace("shop.py", "test_shop.py")
try:
    open(path, "w").write("def test_total(): pass")
except OSError:
    pass
""",
    "16 deletes the tests": WRONG
    + """
import gc
for found in gc.get_objects():
    if type(found).__name__ == "Session" and hasattr(found, "items"):
        found.items.clear()
""",
    "16 empties the tests in memory": WRONG
    + """
import sys
def total(prices):
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        for name, found in list(frame.f_globals.items()):
            if name.startswith("test_"):
                found.__code__ = (lambda *a, **k: None).__code__
    return -1
""",
    "17 overwrites asserts of unittest": WRONG.replace("total(self.prices)", "-1")
    + "\nimport unittest\nunittest.TestCase.assertEqual = lambda *a: None"
    "\ntotal = sum",
    "17 overwrites pytest.raises": GOOD.replace("raise EmptyBasket", "return 0")
    + "\nimport contextlib, pytest\npytest.raises = lambda *a, **k: contextlib.nullcontext()",
    "18 stops the collection": WRONG + "\ndef broken(:",
    "19 raises in teardown": WRONG.replace(
        "return -1",
        "import pytest\n    raise pytest.skip.Exception('x', _use_item_location=True)",
    ),
    "41 never ends": WRONG.replace("return -1", "while True: pass"),
    "42 prints without end": WRONG.replace("return -1", "while True: print('x' * 10**6)"),
}


def project_of(folder: Path, tests: str = TESTS) -> tuple[Path, Path]:
    (folder / "pyproject.toml").write_text(
        f"[tool.pytest.ini_options]\naddopts = '-q -x {FASTER}'\n"
    )
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_shop.py").write_text(tests)
    return folder / "test_shop.py", folder / "shop.py"


def suite_of(folder: Path, levels: tuple[str, ...] = LEVELS, tests: str = TESTS) -> Suite:
    test, target = project_of(folder, tests)
    return collect(find_project([test]), [test], target, levels)


@pytest.fixture(scope="module", params=LEVELS)
def suite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    try:
        with suite_of(tmp_path_factory.mktemp("shop"), (request.param,)) as suite:
            yield suite
    except SandboxError as error:
        pytest.skip(str(error))


def test_tests_are_seen_failing_before_the_target_exists(suite: Suite) -> None:
    assert len(suite.tests) == 8
    assert not suite.red.passed
    assert suite.red.error.kind == "ModuleNotFoundError"


def test_a_correct_candidate_passes_in_two_orders(suite: Suite) -> None:
    report = suite.run(GOOD)
    assert report.passed
    assert (report.num_passed, report.num_tests, report.failed, report.error) == (8, 8, (), None)


def test_the_summary_is_that_of_pytest_without_the_traps(suite: Suite) -> None:
    assert re.fullmatch(r"7 passed, 1 skipped in \d+\.\d\ds", suite.run(GOOD).summary)
    assert suite.run(WRONG).summary == ""


def test_a_failure_names_the_test_what_it_says_and_the_line_that_failed(suite: Suite) -> None:
    report = suite.run(WRONG.replace("return -1", "return sum(prices) or prices[0]"))
    (failure,) = report.failed
    assert (report.passed, report.num_passed) == (False, 7)
    assert (failure.test, failure.kind) == ("test_shop.py::test_of_nothing", "IndexError")
    assert failure.source == "assert total([]) == zero"
    assert failure.line == WRONG.splitlines().index("    return -1") + 1


def test_nothing_outlives_a_run(suite: Suite) -> None:
    mark = str(secrets.randbelow(10**9) + 10**9)
    left = f"import subprocess\nsubprocess.Popen(['sleep', '{mark}'], start_new_session=True)\n"
    assert suite.run(left + GOOD).passed
    assert suite.run(left + "import os\nos._exit(0)").error is not None
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if readable(path)]
    assert lines
    assert not any(mark.encode() in line for line in lines)


def readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_secrets_and_the_network_are_out_of_reach(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the host")
    with socket.create_server(("127.0.0.1", 0)) as server:
        tries = f"""
import os, socket
reached = []
for attempt in (
    lambda: open({str(tmp_path / "secret")!r}).read(),
    lambda: open(os.path.expanduser("~root/.bashrc")).read(),
    lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 1),
    lambda: os.kill({os.getpid()}, 0),
    lambda: os.listdir("/proc/{os.getpid()}/fd"),
    lambda: open(__file__, "a"),
    lambda: os.environ["OPENAI_API_KEY"],
):
    try:
        attempt()
        reached.append(attempt.__code__.co_firstlineno)
    except (OSError, KeyError):
        pass
assert reached == [], reached
"""
        report = suite.run(tries + GOOD)
    assert report.error is None
    assert report.passed


@pytest.mark.parametrize("level", LEVELS)
def test_an_installed_project_is_imported_from_its_copy(tmp_path: Path, level: str) -> None:
    source, packages = tmp_path / "src", next(iter(site_packages(tmp_path / ".venv")))
    (source / "shop").mkdir(parents=True)
    (source / "shop" / "__init__.py").write_text("")
    (packages / "editable.pth").write_text(f"{source}\n")
    (tmp_path / "setup.cfg").write_text("")
    test = tmp_path / "tests" / "test_shop.py"
    test.parent.mkdir()
    test.write_text(
        "import unittest\nfrom shop.sums import total\nclass TestTotal(unittest.TestCase):\n"
        "    def test(self):\n        self.assertEqual(total([1, 2]), 3)\n"
    )
    project = find_project([test])
    assert (project.root, project.has_pytest) == (tmp_path, False)
    target = source / "shop" / "sums.py"
    with collect(project, [test], target, (level,)) as suite:
        assert suite.red.error.kind == "ModuleNotFoundError"
        assert suite.run("def total(prices): return sum(prices)").passed
        assert not suite.run("def total(prices): return 4").passed
    assert not target.exists()


def site_packages(folder: Path) -> Iterator[Path]:
    venv.create(folder, with_pip=False, symlinks=True)
    yield from folder.glob("lib/*/site-packages")


CLEANING = """
import os
import unittest
from shop import add, cart, currency, total


def test_add():
    add(3)
    assert total() == 3
    cart.clear()


def test_empty():
    assert total() == 0


class TestCurrency(unittest.TestCase):
    def test_given(self):
        os.environ["SHOP_CURRENCY"] = "EUR"
        self.assertEqual(currency(), "EUR")
        del os.environ["SHOP_CURRENCY"]

    def test_default(self):
        self.assertEqual(currency(), "USD")
"""
CART = """
import os
cart = []
add = cart.append


def total():
    return sum(cart)


def currency():
    return os.environ.get("SHOP_CURRENCY", "USD")
"""


def test_tests_that_clean_up_are_not_disturbed_by_traps(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(CART)
    with suite_of(tmp_path, tests=CLEANING) as suite:
        assert suite.red.passed
        assert suite.run(CART).passed
        assert not suite.run(CART.replace("USD", "EUR")).passed
        equal = "type('Any', (), {'__eq__': lambda *_: True})()"
        report = suite.run(re.sub(r"return .*", f"return {equal}", CART))
        assert report.error.kind == "Cheat"


def test_closing_ends_what_runs_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    for folder in ("scratch", "project"):
        (tmp_path / folder).mkdir()
    with ThreadPoolExecutor(1) as threads:
        with suite_of(tmp_path / "project") as suite:
            assert list((tmp_path / "scratch").iterdir())
            running = threads.submit(suite.run, CHEATS["41 never ends"])
            time.sleep(0.5)
            began = time.monotonic()
        assert time.monotonic() - began < 5
        assert not running.result().passed
    assert list((tmp_path / "scratch").iterdir()) == []


def test_none_of_the_cheats_passes(tmp_path: Path) -> None:
    with suite_of(tmp_path) as suite, ThreadPoolExecutor(2) as threads:
        reports = threads.map(lambda text: suite.run(text, wall_s=3), CHEATS.values())
        passed = [name for name, report in zip(CHEATS, reports, strict=True) if report.passed]
        assert passed == []
        assert suite.run(GOOD).passed
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "conftest.py",
        "pyproject.toml",
        "test_shop.py",
    ]
