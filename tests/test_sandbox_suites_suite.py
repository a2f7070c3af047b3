"""Tests and settings of projects that pass by pytest pass here too."""

import sys
from pathlib import Path

from cogitate.sandbox.suites.project import find_project
from cogitate.sandbox.suites.suite import Suite, collect

PLAIN = "-p no:anyio -p no:typeguard -p no:hypothesispytest"
"""Without plugins that are slow to import."""
TOTAL = "def total(prices):\n    return sum(prices)\n"
WRONG = TOTAL.replace("sum(prices)", "0")
TEST = "from shop import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"


def suite_of(folder: Path, tests: str, settings: str = "", options: str = "") -> Suite:
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = {PLAIN} {options}\n{settings}\n")
    test = folder / "test_shop.py"
    test.write_text(tests)
    return collect(find_project([test]), [test], folder / "shop.py")


def test_a_target_that_tests_execute_stays_executable(tmp_path: Path) -> None:
    target = tmp_path / "shop.py"
    target.write_text(f"#!{sys.executable}\nprint(2)\n")
    target.chmod(0o755)
    tests = (
        "import shop, subprocess\n\n\ndef test_it():\n"
        "    done = subprocess.run([shop.__file__], capture_output=True)\n"
        "    assert done.stdout == b'3\\n'\n"
    )
    with suite_of(tmp_path, tests) as suite:
        assert suite.red.failed[0].kind == "AssertionError"
        assert suite.run(target.read_text().replace("print(2)", "print(3)")).passed


def test_a_test_that_was_expected_to_fail_may_pass(tmp_path: Path) -> None:
    mark = "import pytest\n\n\n@pytest.mark.xfail(reason='not yet')\ndef test_none():\n"
    tests = f"{TEST}\n\n{mark}    assert total([]) == 0\n"
    with suite_of(tmp_path, tests) as suite:
        report = suite.run(TOTAL)
        assert (report.passed, report.num_passed) == (True, 2)
        assert report.summary.startswith("1 passed, 1 xpassed")
        assert suite.run(TOTAL.replace("sum(prices)", "3")).passed
        assert not suite.run(WRONG).passed
    (tmp_path / "shop.py").write_text(TOTAL)
    with suite_of(tmp_path, tests) as suite:
        assert suite.red.passed


def test_reports_that_settings_ask_for_are_not_written(tmp_path: Path) -> None:
    with suite_of(tmp_path, TEST, "log_file = pytest.log", "--junitxml=report.xml") as suite:
        assert suite.run(TOTAL).passed
        assert not suite.run(WRONG).passed
