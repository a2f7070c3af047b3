r"""A task as `cogitate tdd` would ask it: a test file in, a module out.

# Keep only the even numbers, then ...
def test_get_even_total():                     ->  "```python\\ndef get_even_total ..."
assert get_even_total([1, 2, 4]) == 6
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from random import Random
from textwrap import fill
from typing import Any

from cogitate.coding.asked import asked_by
from cogitate.coding.prompts import module_prompt
from cogitate.tasks.families.code.drawing import call_of
from cogitate.tasks.families.code.programs import Program, run

_WIDTH = 88
Rows = Sequence[tuple[str, str]]
"""Calls and their values, as source."""


def prompt(program: Program, visible: Sequence[Any], says: str) -> str:
    """Return the prompt for the module of a program.

    Args:
        program: its only function.
        visible: inputs of the tests.
        says: what it has to do.
    """
    name = program.name
    rows = [(call_of(program, value), repr(run(program.chain, value))) for value in visible]
    style = Random(f"{name}/{rows}").choice(list(_STYLES))
    comment = fill(says, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    text = _STYLES[style](name, comment, rows)
    asked = tuple(asked_by(ast.parse(text), name))
    return module_prompt(f"{name}.py", {f"test_{name}.py": text}, asked)


def _functions(name: str, comment: str, rows: Rows) -> str:
    tests = [
        f"def test_{name}_{number}():\n    assert {call} == {value}"
        for number, (call, value) in enumerate(rows, 1)
    ]
    return "\n\n\n".join([f"from {name} import {name}\n\n{comment}", *tests])


def _parameters(name: str, comment: str, rows: Rows) -> str:
    given = [(call.removeprefix(name)[1:-1], value) for call, value in rows]
    lines = "".join(f"\n        ({argument}, {value})," for argument, value in given)
    return (
        f"import pytest\n\nfrom {name} import {name}\n\n\n{comment}\n"
        f'@pytest.mark.parametrize(\n    ("given", "expected"),\n    [{lines}\n    ],\n)\n'
        f"def test_{name}(given, expected):\n    assert {name}(given) == expected"
    )


def _methods(name: str, comment: str, rows: Rows) -> str:
    title = name.title().replace("_", "")
    lines = "".join(f"\n        self.assertEqual({call}, {value})" for call, value in rows)
    return (
        f"import unittest\n\nfrom {name} import {name}\n\n\n"
        f"class {title}Test(unittest.TestCase):\n    def test_{name}(self):\n"
        f"        {comment.replace(chr(10), chr(10) + '        ')}{lines}"
    )


_STYLES: Mapping[str, Callable[[str, str, Rows], str]] = {
    "functions": _functions,
    "parameters": _parameters,
    "methods": _methods,
}
