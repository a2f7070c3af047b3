"""Programs that know the inputs of the tests are told from those that compute."""

import pytest

from cogitate.sandbox import Call
from cogitate.work.lookups import looks_up

CALLS = [Call(function="f", args=(value,)) for value in ([1, 2], [], [5], "ab")]


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    if x == [1, 2]: return 3\n    if x in ([], [5]): return 0\n    return 5",
        "def f(x): return {'[1, 2]': 3, 'ab': 1}.get(str(x)) or (x in ([], [5]))",
        "def f(x):\n    match x:\n        case 'ab': return 1\n    return x in ([1, 2], [5])",
    ],
)
def test_a_table_of_the_inputs_is_seen(text: str) -> None:
    assert looks_up(text, CALLS)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x): return sum(x)",
        "def f(x):\n    if x == []: return 0\n    return x[0]",
        "def f(x:",
    ],
)
def test_an_edge_case_is_no_table(text: str) -> None:
    assert not looks_up(text, CALLS)
