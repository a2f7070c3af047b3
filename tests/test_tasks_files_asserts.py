"""Tests that are read and never run: what they accept is what pytest would accept."""

import ast
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.errors import UsageError
from cogitate.sandbox import Call, Raised, Returned
from cogitate.sandbox.values import same
from cogitate.tasks.files import asserts
from cogitate.tasks.files.asserts import read_tests
from cogitate.tasks.files.expected import Expected

HEAD = "import math\nimport unittest\nimport pytest\nfrom mine import f, g\n\n"


def read(tmp_path: Path, body: str) -> tuple[Expected, ...]:
    """Read a test whose body is given."""
    path = tmp_path / "test_mine.py"
    path.write_text(f"{HEAD}def test_it():\n{textwrap.indent(textwrap.dedent(body), '    ')}\n")
    return read_tests(path)


def raised(kind: str, message: str = "") -> Raised:
    return Raised(kind=kind, message=message, line=1)


FORMS: dict[str, tuple[list[Any], list[Any]]] = {
    "assert f(1) == 3": ([3, 3.0], [4, "3", None, [3]]),
    "assert 3 == f(1)": ([3], [4]),
    "assert f(1) == [1, (2, 'x'), {3: None}]": ([[1, (2, "x"), {3: None}]], [[1, [2, "x"], {}]]),
    "assert f(1) is None": ([None], [0, False, "None"]),
    "assert f(1) is True": ([True], [1, "yes"]),
    "assert f(1) is False": ([False], [0, None, ""]),
    "assert f(1) == True": ([True, 1, 1.0], [False, "True"]),
    "assert f(1)": ([True, 1, "x", [0]], [False, 0, "", None, []]),
    "assert not f(1)": ([False, 0, "", None], [True, "x"]),
    "assert f(1), 'a message'": ([1], [0]),
    "assert f(1) == pytest.approx(0.3)": ([0.3, 0.1 + 0.2], [0.3001, "0.3", None, float("nan")]),
    "assert f(1) == pytest.approx(100, rel=0.1)": ([91, 110.0], [89, 111]),
    "assert f(1) == pytest.approx(100, abs=0.5)": ([100.4], [100.6, 99]),
    "assert f(1) == pytest.approx([1, 2.0])": ([[1.0, 2], (1, 2)], [[1, 3], [1], 1]),
    "assert f(1) == pytest.approx({'a': 1.5})": ([{"a": 1.5}], [{"b": 1.5}, {}, [1.5]]),
    "assert f(1) == pytest.approx(math.inf)": ([float("inf")], [1e308, -float("inf")]),
    "assert f(1) == -2 * 10**3 + 1": ([-1999], [-2000]),
    "assert f(1) == set()": ([set()], [{}, []]),
    "assert f(1) == ['a'] * 2 + list(range(2))": ([["a", "a", 0, 1]], [["a", "a"]]),
    "assert f(1) == math.pi": ([3.141592653589793], [3.14]),
    "self.assertEqual(f(1), 3)": ([3], [4]),
    "self.assertEqual(3, f(1), 'a message')": ([3], [4]),
    "self.assertListEqual(f(1), [3])": ([[3]], [[4]]),
    "self.assertAlmostEqual(f(1), 0.3)": ([0.3, 0.30000001], [0.31, "0.3"]),
    "self.assertAlmostEqual(f(1), 2.5, places=1)": ([2.54], [2.6]),
    "self.assertAlmostEqual(f(1), 2.5, delta=1)": ([3.4], [3.6]),
    "self.assertTrue(f(1))": ([1], [0]),
    "self.assertFalse(f(1))": ([0], [1]),
    "self.assertIsNone(f(1))": ([None], [0]),
    "with pytest.raises(ValueError): f(1)": ([raised("ValueError")], [raised("KeyError"), 1]),
    "with pytest.raises(LookupError):\n    f(1)": ([raised("KeyError")], [raised("ValueError")]),
    "with pytest.raises((KeyError, TypeError)): f(1)": ([raised("TypeError")], [raised("OSError")]),
    "with pytest.raises(Exception): f(1)": (
        [raised("Mine"), raised("KeyError")], [raised("SystemExit"), raised("NotPlain"), None],
    ),
    "with pytest.raises(mine.Wrong): f(1)": ([raised("Wrong")], [raised("Mine")]),
    "with pytest.raises(ValueError, match='no .*1'): f(1)": (
        [raised("ValueError", "there is no such 1")], [raised("ValueError", "no")],
    ),
    "with self.assertRaises(ValueError): f(1)": ([raised("ValueError")], [1]),
    "self.assertRaises(ValueError, f, 1)": ([raised("ValueError")], [raised("OSError")]),
    "x = 1\nresult = f(x)\nassert result == 3": ([3], [4]),
    "x, y = 1, 3\nassert f(x) == y": ([3], [4]),
    "'''What it does.'''\nassert mine.f(1) == 3": ([3], [4]),
}  # fmt: skip


@pytest.mark.parametrize("body", FORMS)
def test_a_form_accepts_what_pytest_would(body: str, tmp_path: Path) -> None:
    (case,) = read(tmp_path, body)
    assert case.call == Call(function="f", args=(1,))
    for outcomes, expected in zip(FORMS[body], (True, False), strict=True):
        for outcome in outcomes:
            told = outcome if isinstance(outcome, Raised) else Returned(value=outcome)
            assert case.accepts(told) is expected, outcome
    assert not case.accepts(raised("Unknown" if "Exception" not in body else "KeyboardInterrupt"))
    assert case.due


def test_repeated_tests_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "test_mine.py"
    path.write_text(
        HEAD
        + textwrap.dedent("""
        CASES = [(1, 2), (3, 4)]

        @pytest.mark.parametrize("x, y", CASES, ids=["a", "b"])
        @pytest.mark.parametrize("z", [5, 6])
        def test_table(x, y, z):
            assert f(x, key=z) == y

        class TestMore(unittest.TestCase):
            LIMIT = 3

            def test_loop(self):
                for x in range(2):
                    for word in ("a", "b"):
                        assert g(x, word) == [word] * x

        if __name__ == "__main__":
            unittest.main()
        """)
    )
    cases = read_tests(path)
    assert [str(case.call) for case in cases] == [
        "f(1, key=5)", "f(1, key=6)", "f(3, key=5)", "f(3, key=6)",
        "g(0, 'a')", "g(0, 'b')", "g(1, 'a')", "g(1, 'b')",
    ]  # fmt: skip
    assert [case.expected for case in cases] == [2, 2, 4, 4, [], [], ["a"], ["b"]]


REFUSED = [
    "assert f(1) != 3",
    "assert f(1) < 3",
    "assert f(1) in (1, 2)",
    "assert f(1) == g(1)",
    "assert f(g(1)) == 1",
    "assert len(f(1)) == 2",
    "assert sorted(f([1])) == [1]",
    "assert f(1) == 1 and f(2) == 2",
    "assert f(1).x == 2",
    "assert f(*xs) == 2",
    "assert f(x) == 2",
    "assert f(lambda: 1) == 2",
    "assert f(1) is not None",
    "assert f(1) is 3",
    "assert f(1) == 1j",
    "assert 1 == 1",
    "xs = [2, 1]\nf(xs)\nassert xs == [1, 2]",
    "thing = Thing()\nassert thing.size() == 3",
    "assert Thing(1).size() == 3",
    "assert self.helper(1) == 3",
    "with open('x') as file: f(1)",
    "with pytest.raises(ValueError): f(1); f(2)",
    "while True: assert f(1) == 1",
    "assert f(1) == 1 / 0",
    "assert f(1) == 'a' + 1",
    "self.assertIn(f(1), [1])",
    "self.skipTest('x')",
    "import os",
    "def helper(): pass",
    "pytest.skip()",
]


@pytest.mark.parametrize("body", REFUSED)
def test_another_form_is_refused_in_one_line_with_its_place(body: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read(tmp_path, body)
    said = str(refused.value)
    assert "\n" not in said
    place = int(said.partition("test_mine.py:")[2].partition(":")[0])
    assert 7 <= place <= 6 + len(body.splitlines())
    assert "assert f(x) == value" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no tests"),
        ("def helper(x): return x\n", "test_mine.py:1: this is no call"),
        ("@pytest.fixture\ndef test_x(): assert f(1) == 1\n", "test_mine.py:1: "),
        ("def test_x(tmp_path):\n    assert f(tmp_path) == 1\n", "test_mine.py:1: "),
        ("def test_x(:\n", "test_mine.py:1: invalid syntax"),
        ("@pytest.mark.parametrize('x, y', [(1,)])\ndef test(x, y): assert f(x) == y", "py:1: "),
        ("async def test_x(): assert f(1) == 1\n", "test_mine.py:1: "),
    ],
)
def test_another_file_is_refused_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "test_mine.py"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        read_tests(path)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(plain, plain)
def test_any_plain_value_is_read_as_it_is_written(given_value: Any, expected: Any) -> None:
    text = f"def test(): assert f({given_value!r}) == {expected!r}"
    (case,) = asserts._file(ast.parse(text))
    assert case.call.args == (given_value,)
    assert same(case.expected, expected)
