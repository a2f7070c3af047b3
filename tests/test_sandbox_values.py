"""Values keep their types on the way, and are compared with them."""

import json
import math
from collections import Counter, OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.sandbox import frames
from cogitate.sandbox.values import MAX_DEPTH, NotPlain, decode, encode, same

KEYS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=4,
)
VALUES = st.recursive(
    KEYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.sets(KEYS, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)
LOOK_ALIKES = [
    0, 0.0, False, None, "", b"", [], (), set(), frozenset(), {}, 1, 1.0, True, "1", b"1", [1],
    (1,), {1}, frozenset({1}), {1: 1}, {1: True}, {True: 1}, {1.0: 1}, [True], [1.0], [[1]], [(1,)],
    "nan", math.nan, math.inf, -math.inf, 2**53, float(2**53), {(1, 2): 3}, {(1, True): 3},
    {frozenset({1}): 3}, {frozenset({True}): 3}, [1, 1], [1, 2], [2, 1],
]  # fmt: skip


@given(VALUES)
def test_a_value_arrives_as_it_was(value: Any) -> None:
    sent = json.loads(frames.pack(encode(value))[4:])
    assert same(decode(sent), value)
    assert repr(decode(sent)) == repr(value) or "{" in repr(value)  # sets have no order


@pytest.mark.parametrize("index", range(len(LOOK_ALIKES)))
def test_only_itself_is_the_same(index: int) -> None:
    value = LOOK_ALIKES[index]
    assert [k for k, other in enumerate(LOOK_ALIKES) if same(value, other)] == [index]


def test_the_order_of_sets_and_dicts_does_not_matter() -> None:
    assert same({1: "a", 2: "b"}, {2: "b", 1: "a"})
    assert same({3, 1, 2}, {2, 3, 1})
    assert same({math.nan}, {float("nan")})
    assert same(0.0, -0.0)
    assert not same({1: "a"}, {1: "a", 2: "b"})


@given(st.floats(), st.floats(), st.floats(0, 1))
def test_a_tolerance_never_makes_infinity_or_nan_near(a: float, b: float, near: float) -> None:
    if same(a, b, near):
        assert (
            (a == b)
            or (math.isnan(a) and math.isnan(b))
            or abs(a - b) <= near * max(1, abs(a), abs(b))
        )
    assert same([a], [a], near)


def test_a_tolerance_is_for_floats_alone() -> None:
    assert same([0.1 + 0.2], [0.3], 1e-9)
    assert not same([0.1 + 0.2], [0.3])
    assert not same(1, 2, 10.0)
    assert not same(math.inf, 1.0, 1.0)
    assert not same(math.nan, 1.0, 1.0)


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [object(), Counter("a"), OrderedDict(), Text("a"), 1j, range(3), Ellipsis, len, bytearray(b"a"),
     [object()], {"a": Text("b")}, {Text("a"): 1}],
)  # fmt: skip
def test_what_is_not_plain_is_refused(value: Any) -> None:
    with pytest.raises(NotPlain, match="is no plain value"):
        encode(value)


def test_size_and_depth_are_bounded() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    assert same(decode(encode(deep)), deep)
    with pytest.raises(NotPlain, match="nested"):
        encode([deep])
    shared: Any = [1]
    for _ in range(40):
        shared = [shared, shared]
    for large in (shared, "x" * 1001, b"x" * 501, 1 << 4100, [0] * 1001):
        with pytest.raises(NotPlain, match="too large"):
            encode(large, 1000)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(
                        st.sampled_from(["set", "dict", "tuple", "int", "float", "bytes", "x"]),
                        inner), max_leaves=10))  # fmt: skip
def test_whatever_comes_is_a_plain_value_or_refused(data: Any) -> None:
    try:
        value = decode(data)
    except ValueError:
        return
    assert same(decode(encode(value)), value)


@pytest.mark.parametrize(
    "data",
    [{}, {"x": 1}, {"int": 1}, {"int": "0xz"}, {"float": "1"}, {"float": []}, {"bytes": "0"},
     {"set": [[]]}, {"set": 1}, {"dict": [[1]]}, {"dict": [1]}, {"dict": [[{"dict": []}, 1]]},
     {"tuple": None}, {"int": "1", "set": []}],
)  # fmt: skip
def test_forged_data_are_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="not an encoded value"):
        decode(data)
