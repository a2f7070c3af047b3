"""Imports that a program lacks are added where a name can mean one thing alone."""

import pytest

from cogitate.coding.imports import with_imports

TESTS = "from datetime import date as day, datetime\nfrom shop import total\nimport json\n"


@pytest.mark.parametrize(
    ("code", "added"),
    [
        ("def f(x):\n    return math.sqrt(x)\n", ["import math"]),
        ("def f(x: List[int]) -> Counter:\n    return Counter(x)\n",
         ["from collections import Counter", "from typing import List"]),
        ("def f():\n    return day(2024, 1, 1)\n", ["from datetime import date as day"]),
        ("def f():\n    return datetime.now()\n", ["from datetime import datetime"]),
        ("import re\n\ndef f(x):\n    return [json.loads(y) for y in x]\n", ["import json"]),
        ("class A:\n    sep = os.sep\n", ["import os"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_added(code: str, added: list[str]) -> None:
    found = with_imports(code, [TESTS])
    assert [line for line in found.splitlines() if line not in code.splitlines() and line] == added
    assert found.endswith(code)
    compile(found, "f.py", "exec")


def test_it_stands_behind_what_comes_first() -> None:
    code = (
        '"""A module."""\nfrom __future__ import annotations\n\ndef f(x):\n    return re.sub(x)\n'
    )
    assert with_imports(code) == code.replace("annotations\n", "annotations\nimport re\n")


@pytest.mark.parametrize(
    "code",
    [
        "import math\n\ndef f(x):\n    return math.sqrt(x)\n",
        "def f(json):\n    return json.x\n",
        "from math import *\n\ndef f(x):\n    return json.x\n",
        "def f(x):\n    return total(x) + unknown\n",  # of the project; of nobody
        "def f(x):\n    return time()\n",  # the module, or its function
        "def f(x:\n",
        "def f(x, x):\n    return math.sqrt(x)\n",
        "json = 3\n\ndef f():\n    return json\n",
        "def f(x):\n    for re in x:\n        print(re.y)\n",
    ],
)
def test_all_else_is_left_as_it_is(code: str) -> None:
    assert with_imports(code, [TESTS.replace("import json", "")]) == code
