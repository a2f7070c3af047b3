"""From an answer to code: what counts as left out, and how definitions are put into a file."""

import pytest

from cogitate.coding.candidates import candidate, without_demonstration
from cogitate.coding.elisions import elisions
from cogitate.coding.prompts import LONG
from cogitate.coding.splicing import RefusedError, spliced

WHOLE = """
class Shape:
    # TODO: implement others
    def area(self):
        raise NotImplementedError

    def __exit__(self, *error):
        pass
"""


@pytest.mark.parametrize(
    "code",
    [
        "def twice(n):\n    # Add the price to the result\n    return 2 * n",
        "def twice(n):\n    # Remaining items\n    return 2 * n",
        "def twice(n):\n    x = '# ... existing code ...'\n    return 2 * n",
        f"def twice(n):\n    return 2 * n\n{WHOLE.replace('TODO', 'NB')}",
    ],
)
def test_comments_and_empty_methods_of_a_new_file_are_no_elisions(code: str) -> None:
    assert list(elisions(code, ["twice"])) == []


def test_what_the_present_file_says_itself_is_no_elision() -> None:
    assert list(elisions(WHOLE, ["Shape"])) == ["# TODO: implement others"]
    assert list(elisions(WHOLE, ["Shape"], WHOLE)) == []
    full = WHOLE.replace("raise NotImplementedError", "return 1")
    assert list(elisions(WHOLE, ["Shape"], full)) == ["the body of area"]


@pytest.mark.parametrize(
    "body",
    ["# ... existing code ...", "# the rest of the function", "# other methods remain unchanged",
     "# existing code here", "# your code here", "# remaining code"],
)  # fmt: skip
def test_what_stands_for_code_is_an_elision(body: str) -> None:
    assert list(elisions(f"def f():\n    {body}\n    return 1", ["f"])) == [body]
    with pytest.raises(RefusedError, match="leaves code out"):
        candidate(f"```python\ndef f():\n    {body}\n    return 1\n```", ["f"])


def test_a_block_in_a_list_is_dedented() -> None:
    answer = "1. So:\n\n   ```python\n   def f():\n       return 1\n   ```\n"
    assert candidate(answer, ["f"]) == "def f():\n    return 1\n"


FILE = """\
import os

@property
def size(self):
    return 1

@size.setter
def size(self, n):
    self.n = n
A = B = None
def f():
    return 1
LAST = 2
"""


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("def f():\n    return 2\ndef f():\n    return 3\n", "1\nLAST", "3\nLAST"),
        ("@size.setter\ndef size(self, n):\n    self.m = n\n", "self.n", "self.m"),
        ("@property\ndef size(self):\n    return 2\n", "return 1\n\n@size", "return 2\n\n@size"),
        ("A = 1\nB = 2\n", "A = B = None\n", "A = 1\nB = 2\n"),
    ],
    ids=["twice in the answer", "a setter", "a property", "two names of one statement"],
)  # fmt: skip
def test_a_definition_takes_the_place_of_the_one_it_corrects(code: str, old: str, new: str) -> None:
    assert spliced(FILE, code) == FILE.replace(old, new)


def test_imports_come_before_what_is_replaced_behind_them() -> None:
    assert spliced(
        "import os\ndef f():\n    return 1\n", "def f():\n    return 2\nimport re\n"
    ) == ("import os\nimport re\ndef f():\n    return 2\n")


def test_a_long_file_may_keep_its_own_comments() -> None:
    current = "# TODO: add more\n" * (LONG + 1) + "def f():\n    return 1\n"
    answer = "```python\ndef f():\n    # TODO: add more\n    return 2\n```"
    assert candidate(answer, ["f"], current).endswith("    return 2\n")


SHOWN = "\n# Example usage\nprices = [250, 99]\nprint(total(prices))  # 349\n"
TOTAL = "LIMIT = 3\n\ndef total(prices):\n    return sum(prices)\n"


@pytest.mark.parametrize(
    "more",
    [
        SHOWN,
        '\nif __name__ == "__main__":\n    print(total([1]))\n',
        "\nassert total([1]) == 1\n",
        '\nif __name__ == "__main__":\n    import unittest\n    unittest.main()\n',
    ],
)
def test_what_only_shows_a_new_module_is_left_out(more: str) -> None:
    answer = f"```python\n{TOTAL}{more}```"
    assert candidate(answer, ["total"]) == TOTAL
    assert candidate(answer, ["total"], "") == (TOTAL + more).strip("\n") + "\n"


START = '\n\nif __name__ == "__main__":\n    main()\n'


@pytest.mark.parametrize(
    ("main", "tests"),
    [
        ("def main():\n    print(total(sys.argv))\n", ""),
        ("def given():\n    return input()\n\n\ndef main():\n    print(total(given()))\n", ""),
        ("def main():\n    print(total([1]))\n", "import subprocess\n"),
    ],
)
def test_the_start_of_a_program_stays(main: str, tests: str) -> None:
    code = f"import sys\n\n{TOTAL}\n\n{main}{START}"
    answer = f"```python\n{code}```"
    assert candidate(answer, ["total"], tests=[tests]) == code
    assert candidate(answer, ["total"], TOTAL, tests=[tests]).split() == code.split()
    shows = code.replace("sys.argv", "[1]").replace("input()", "[1]")
    made = candidate(f"```python\n{shows}```", ["total"])
    assert made == shows.removesuffix(START)


KEPT = """import os

RATE = 2


def untested(x):
    return x * RATE


class Cart:
    def add(self, price):
        self.prices.append(price)

    def clear(self):
        self.prices = []


print(untested(1))
"""


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        (TOTAL, KEPT + "\n\n" + TOTAL),
        (f"RATE = 3\n\n\n{TOTAL}", KEPT.replace("= 2", "= 3") + "\n\n" + TOTAL),
        (
            "class Cart:\n    def add(self, price):\n        self.prices += [price]\n",
            KEPT.replace(".append(price)", " += [price]"),
        ),
        (
            "def add(self, price):\n    self.prices += [price]\n",
            KEPT.replace(".append(price)", " += [price]"),
        ),
    ],
)
def test_what_an_answer_does_not_name_stays(code: str, changed: str) -> None:
    """Of a short file too, of which the whole is asked for."""
    made = candidate(f"```python\n{code}```", ["total", "RATE", "Cart", "add"], KEPT)
    assert made.split() == changed.split()


def test_of_a_file_that_cannot_be_read_nothing_may_be_missing() -> None:
    broken = "def total(x):\n    return (\n\n\ndef other(x):\n    return x\n"
    with pytest.raises(RefusedError, match="it leaves out other"):
        candidate(f"```python\n{TOTAL}```", ["total"], broken)


@pytest.mark.parametrize(
    "code",
    [
        TOTAL + "\nALIAS = total\n",
        TOTAL.replace("sum(prices)", "sum(prices) + RATE") + "RATE = 2\nprint(RATE)\n",
        TOTAL + "\ndefault = total([])\nprint(default)\n",
        "print(1)\n",
        "total = sum\nprint(total([1]))\n",
    ],
)
def test_what_a_module_needs_stays(code: str) -> None:
    assert without_demonstration(code, ["total", "default"]) == code


def test_what_cannot_be_compiled_is_no_error_here() -> None:
    code = "def total(x, x):\n    return x\n"
    assert candidate(f"```python\n{code}```", ["total"]) == code
