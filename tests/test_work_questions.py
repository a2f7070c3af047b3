"""Candidates that differ: which call is asked about, what an answer leaves, and its test."""

import ast
from collections.abc import Sequence
from pathlib import Path

import pytest

from cogitate.sandbox import Call
from cogitate.sandbox.values import spelled
from cogitate.work.behaviour import Behaviour, clusters
from cogitate.work.questions import (
    NEITHER,
    SKIP,
    Decided,
    Question,
    as_tests,
    best_question,
    settle,
)
from cogitate.work.targets import Asked, Target

CALLS = [Call(function="f", args=(value,)) for value in ([1, 2, 3], [], [1])]
TARGET = Target(
    path=Path("/p/shop.py"),
    module="shop",
    asked=(Asked(name="f", kind="function"), Asked(name="Empty", kind="exception")),
)
PYTEST = {"test_shop.py": "from shop import f\n\ndef test_f():\n    assert f([1]) == 1\n"}
UNITTEST = {
    "test_shop.py": "import unittest\nfrom .shop import f\n\nclass T(unittest.TestCase):\n"
    "    def test_f(self):\n        self.assertEqual(f([1]), 1)\n"
}


def does(*outcomes: str, stopped: bool = False) -> Behaviour:
    return Behaviour(outcomes=outcomes, stopped=stopped)


class Answers:
    """A user with prepared answers; records what was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), list[Question]()

    def __call__(self, question: Question) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


def test_the_call_that_splits_best_is_asked_about_first() -> None:
    found = [does("1", "0", "1"), does("2", "0", "1"), does("1", "0", "2"), does("2", "0", "2")]
    found.append(does("3", "0", "2"))
    question = best_question(CALLS, found, range(5))
    assert question.text == "f([1, 2, 3]): 1 or 2 or 3?"
    assert question.options == {"1": (0, 2), "2": (1, 3), "3": (4,)}


def test_of_calls_that_split_equally_the_smallest_is_asked_about() -> None:
    found = [does("1", "[]", "1"), does("2", "None", "2")]
    assert best_question(CALLS, found, range(2)).text == "f([]): [] or None?"


@pytest.mark.parametrize(
    "found",
    [
        [does("1", "0", "1"), does("1", "0", "1")],
        [does("1", "0", "nan"), does("1", "0", "1")],
        [does("1", "0"), does("1", "0", "1")],
        [does("1", "0", "an object"), does("1", "0", "raises ValueError")],
    ],
    ids=["the same", "no test can say it", "one has no end", "a value that cannot be shown"],
)
def test_there_may_be_nothing_to_ask(found: Sequence[Behaviour]) -> None:
    assert best_question(CALLS, found, range(len(found))) is None


def test_an_answer_leaves_the_candidates_that_agree_with_it() -> None:
    found = [does("1", "0", "1"), does("2", "0", "1"), does("2", "9", "1")]
    user = Answers("0", "2")
    rest, decided = settle(CALLS, found, range(3), user, 3)
    assert rest == [1]
    assert [spelled(list(one.call.args)) for one in decided] == ["[[]]", "[[1, 2, 3]]"]


def test_a_question_that_is_skipped_is_not_asked_again_and_decides_nothing() -> None:
    found = [does("1", "[]", "1"), does("2", "None", "1")]
    user = Answers(SKIP, SKIP)
    assert settle(CALLS, found, range(2), user, 3) == ([0, 1], [])
    assert [question.text[:5] for question in user.asked] == ["f([])", "f([1,"]


def test_neither_leaves_no_candidate() -> None:
    assert settle(CALLS, [does("1"), does("2")], range(2), Answers(NEITHER), 3) == ([], [])


def test_there_are_at_most_so_many_questions() -> None:
    found = [does(*f"{number:03b}") for number in range(8)]
    user = Answers("0", "1", "0")
    rest, decided = settle(CALLS, found, range(8), user, 2)
    assert (len(rest), len(decided), len(user.asked)) == (2, 2, 2)


def test_answers_are_tests_in_the_style_of_pytest() -> None:
    decided = [
        Decided(call=Call(function="f", args=([],), kwargs={"d": 0}), outcome="[]"),
        Decided(call=Call(function="f", args=("a",)), outcome="None"),
        Decided(call=Call(function="f", args=(1,)), outcome="raises Empty"),
        Decided(call=Call(function="f", args=(2,)), outcome="raises JSONDecodeError"),
    ]
    assert as_tests(decided, PYTEST, TARGET) == (
        "import pytest\n\nfrom shop import Empty, f\n\n\n"
        "def test_f_1():\n    assert f([], d=0) == []\n\n\n"
        "def test_f_2():\n    assert f('a') is None\n\n\n"
        "def test_f_3():\n    with pytest.raises(Empty):\n        f(1)\n\n\n"
        "def test_f_4():\n    with pytest.raises(Exception):\n        f(2)\n"
    )


def test_answers_are_tests_in_the_style_of_unittest() -> None:
    decided = [
        Decided(call=Call(function="f", args=([],)), outcome="0"),
        Decided(call=Call(function="f", args=(1,)), outcome="raises ValueError"),
    ]
    text = as_tests(decided, UNITTEST, TARGET)
    ast.parse(text)
    assert "from .shop import f\n" in text
    assert "        self.assertEqual(f([]), 0)\n" in text
    assert "        with self.assertRaises(ValueError):\n            f(1)\n" in text
    assert "class TestDecided(unittest.TestCase):" in text


def test_equal_values_are_spelled_the_same() -> None:
    assert spelled({"b": {2, 1}, "a": (1,)}) == spelled({"a": (1,), "b": {1, 2}})
    assert ast.literal_eval(spelled({"b": {2, 1}, "a": (1,)})) == {"b": {2, 1}, "a": (1,)}
    assert spelled([set(), True, 1, 1.0]) == "[set(), True, 1, 1.0]"


def test_a_cluster_that_does_not_end_comes_last() -> None:
    found = [does("1", stopped=True), does("1", stopped=True), does("1", "2", "3")]
    assert clusters(found) == [[2], [0, 1]]
