"""`cogitate debug`, from a failing command to a patch or questions, with a scripted server."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering import at_terminal
from mending import (
    FIXED,
    GOOD,
    HIDES,
    SAID,
    SAME,
    SHOP,
    TESTS,
    Scripted,
    debug,
    files,
    lay_shop,
    serving,
    typed,
)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with serving() as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return lay_shop(tmp_path, monkeypatch)


def test_a_patch_with_which_the_command_passes_is_shown_and_nothing_is_written(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [SAME, GOOD]
    before = files(project)
    assert debug(server) == 0
    said = capsys.readouterr()
    assert "fails: NameError: name 'nick' is not defined" in said.out
    assert "the same failure" in said.out
    assert SAID in said.out
    assert "-    return sum(price(nick) for name in order)" in said.out
    assert "the command now passes: python shop.py ran in a fresh copy" in said.out
    assert f"{server.url} is sent the command, the error and the source" in said.err
    assert "shop.py" in said.err
    assert files(project) == before
    assert all(SHOP.strip() in prompt and "NameError" in prompt for prompt in server.asked)


def test_apply_writes_the_patch_and_keeps_the_old_file(project: Path, server: Scripted) -> None:
    assert debug(server, "--apply") == 0
    assert files(project) == {"shop.py": FIXED, "shop.py.orig": SHOP}


@pytest.mark.parametrize(("reply", "is_written"), [("y", True), ("", False)])
def test_at_a_terminal_a_yes_writes(
    project: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch, reply: str, is_written: bool
) -> None:
    at_terminal(monkeypatch, reply)
    assert debug(server) == 0
    assert files(project)["shop.py"] == (FIXED if is_written else SHOP)


def test_a_command_that_passes_needs_no_model(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.py").write_text(FIXED)
    assert debug(server, "--json") == 0
    said = capsys.readouterr()
    assert "there is nothing to mend" in said.err
    found = json.loads(said.out)
    assert (found["passes"], found["failure"], found["attempts"]) == (True, None, [])
    assert server.asked == []


def test_what_hides_the_failure_is_not_shown_and_questions_are(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [HIDES, SAME]
    before = files(project)
    assert debug(server, "--apply") == 1
    said = capsys.readouterr().out
    assert "it ends the program early" in said
    assert "1. What does `print(nick)` show at shop.py:9: is it wrong already, or what" in said
    assert "nothing was changed" in said
    assert files(project) == before


def test_the_models_question_comes_first_where_most_answers_ask(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = ["I am not sure. Is `nick` the name of a fruit or of a customer?"]
    assert debug(server, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["questions"][0] == "Is `nick` the name of a fruit or of a customer?"
    assert (found["asked"], found["passes"], found["path"]) == (True, False, None)


def test_a_value_that_nothing_states_is_asked_for(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = FIXED.replace("return PRICES[name]", "return PRICES[name] * RATE")
    (project / "shop.py").write_text(broken)
    server.answers = [f"```python\nRATE = {rate}\n{broken}```" for rate in (1.2, 3)]
    assert debug(server, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert "What is the value of `RATE` at shop.py:5" in found["questions"][0]
    assert found["asked"]
    assert all("it makes up" in one["fault"] for one in found["attempts"])


def test_pytest_decides_and_tests_are_never_changed(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "test_shop.py").write_text(TESTS)
    server.answers = [f"```python\n{TESTS.replace('== 2', '!= 2')}```", GOOD]
    assert debug(server, "--apply", command=("pytest", "-q")) == 0
    assert files(project) == {"shop.py": FIXED, "shop.py.orig": SHOP, "test_shop.py": TESTS}
    assert "1 of 2 answers pass" in capsys.readouterr().out
    assert all("test_total fails" in prompt and "== 2" in prompt for prompt in server.asked)


def test_a_command_that_prints_what_is_wrong_may_be_silent_then(
    project: Path, server: Scripted
) -> None:
    says = '    """Return the price.\n\n    >>> price("apple")\n    2\n    """\n'
    wrong = SHOP.replace("(name):\n", f"(name):\n{says}").replace("[name]", "[name] + 1")
    (project / "shop.py").write_text(wrong)
    server.answers = [f"```python\n{wrong.replace(' + 1', '')}```"]
    assert debug(server, command=("python", "-m", "doctest", "shop.py")) == 0
    server.answers = [f"```python\n{wrong.replace('    2', '    3')}```"]
    assert debug(server, command=("python", "-m", "doctest", "shop.py")) == 1


def test_subtests_and_folders_with_spaces_are_no_obstacle(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "my code").mkdir()
    (project / "my code" / "shop.py").write_text(SHOP.replace("[name]", "[name] + 1"))
    (project / "my code" / "test_shop.py").write_text(
        """
import unittest
from shop import price


class TestPrice(unittest.TestCase):
    def test_each(self):
        for name, cents in (("apple", 2), ("pear", 3)):
            with self.subTest(name):
                self.assertEqual(price(name), cents)

    def test_none(self):
        self.assertRaises(KeyError, price, "plum")
"""
    )
    server.answers = [f"```python\n{SHOP}```"]
    assert debug(server, command=("pytest",)) == 0
    assert "came through: my code/shop.py" in capsys.readouterr().err


def test_a_patch_that_breaks_another_test_is_rejected(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "\n\ndef test_price():\n    from shop import price\n    assert price('pear') == 3\n"
    (project / "test_shop.py").write_text(TESTS + more)
    server.answers = [f"```python\n{FIXED.replace('PRICES[name]', '2')}```"]
    assert debug(server, "--json", command=("pytest",)) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["fault"] for one in found["attempts"]] == ["test_shop.py::test_price fails now"] * 2


def test_of_several_failing_tests_it_says_which_are_mended(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "\n\ndef test_zzz():\n    from shop import price\n    assert price('pear') == 4\n"
    (project / "test_shop.py").write_text(TESTS + more)
    server.answers = [GOOD]
    assert debug(server, command=("pytest",)) == 1
    said = capsys.readouterr().out
    assert "it mends test_shop.py::test_total, and test_shop.py::test_zzz still fails" in said
    assert "2 tests fail: a command that runs one of them, as test_shop.py::test_total," in said
    assert debug(server, command=("pytest", "test_shop.py::test_total")) == 0


def test_patches_that_differ_on_other_inputs_become_a_question(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.py").write_text("def first(items):\n    return item[0]\n")
    test = "from shop import first\n\n\ndef test_first():\n    assert first([7, 8]) == 7\n"
    (project / "test_shop.py").write_text(test)
    server.answers = [
        f"```python\ndef first(items):\n    return items[0] if items else {other}\n```"
        for other in ("None", "0")
    ]
    assert debug(server, "--json", command=("pytest",)) == 1
    found = json.loads(capsys.readouterr().out)
    questions = {f"Should first([]) be {one}?" for one in ("None or 0", "0 or None")}
    assert found["questions"][0] in questions  # the server is asked for all answers at once
    assert all(one["passes"] for one in found["attempts"])


def test_an_error_from_standard_input_gets_a_patch_that_was_not_tried(
    project: Path,
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = subprocess.run(["python", "shop.py"], capture_output=True, text=True, check=False)
    monkeypatch.setattr("sys.stdin", typed(done.stderr))
    assert debug(server, command=()) == 1
    said = capsys.readouterr().out
    assert "+    return sum(price(name) for name in order)" in said
    assert "this patch was not tried" in said
    assert files(project) == {"shop.py": SHOP}
    assert debug(server, "--apply", command=()) == 2
    assert "--apply needs a command" in capsys.readouterr().err


def test_errors_of_other_languages_get_questions_alone(
    project: Path,
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (project / "a.js").write_text("const x = undefined;\nx.price();\n")
    error = "TypeError: Cannot read properties of undefined (reading 'price')\n    at a.js:2:3\n"
    monkeypatch.setattr("sys.stdin", typed(error))
    server.answers = ["x is undefined. So price fails.\nIs `x` set before `price` is read?", GOOD]
    assert debug(server, command=()) == 1
    said = capsys.readouterr().out
    assert "Is `x` set before `price` is read?" in said
    assert "```" not in said
    assert "+++" not in said
    assert "x.price();" in server.asked[0]
    assert "Write no code" in server.asked[0]


def test_a_command_that_hangs_is_a_failure_and_its_end_a_success(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.py").write_text("n = 3\nwhile n > 0:\n    n = n + 1\nprint(n)\n")
    server.answers = ["```python\nn = 3\nwhile n > 0:\n    n = n - 1\nprint(n)\n```"]
    assert debug(server, "--timeout", "1", "--samples", "1") == 0
    assert "fails: Timeout: no end within 1 s" in capsys.readouterr().out


@pytest.mark.parametrize("while_asking", [True, False])
def test_an_interrupt_leaves_the_tree_and_no_copies(
    project: Path, server: Scripted, tmp_path: Path, while_asking: bool
) -> None:
    """While the model is asked, or while its patch runs."""
    if while_asking:
        server.waits.clear()
    server.answers = [
        GOOD.replace("    print(total(", "    import time; time.sleep(30); print(total(")
    ]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "cogitate", "debug", "--url", server.url, "--model", "m"]
    process = subprocess.Popen(
        [*command, "--samples", "1", "--apply", "--", "python", "shop.py"],
        cwd=project,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    began = time.monotonic()
    while not server.asked and time.monotonic() - began < 20:
        time.sleep(0.05)
    time.sleep(0 if while_asking else 1)
    process.send_signal(signal.SIGINT)
    server.waits.set()
    assert process.wait(15) == 130
    assert files(project) == {"shop.py": SHOP}
    assert list(temporary.iterdir()) == []


def test_without_tests_patches_that_print_different_things_become_a_question(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [GOOD, GOOD.replace("print(total(", "print(2 * total(")]
    assert debug(server) == 1
    said = capsys.readouterr().out
    assert "2 of 2 answers make the command pass, but too few agree" in said
    assert re.search("Should `python shop.py` print '(5' or '10|10' or '5)'?", said)


def test_without_tests_half_of_the_answers_have_to_agree(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [*[GOOD] * 3, *[SAME] * 5]
    assert debug(server, "--json", "--samples", "8") == 1
    assert [one["passes"] for one in json.loads(capsys.readouterr().out)["attempts"]].count(True)
    server.answers, server.asked = [*[GOOD] * 4, *[SAME] * 4], []
    assert debug(server, "--json", "--samples", "8") == 0
