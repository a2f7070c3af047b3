"""Facts that measure what a model knows."""

from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from cogitate.protocols import Family
from cogitate.tasks import load_family
from cogitate.types import Task

BENCH = Path(__file__).parents[1] / "bench"


@cache
def family() -> Family:
    return load_family(str(BENCH / "facts.py"))


@cache
def facts() -> dict[str, Task]:
    tasks = [family().generate("test", place) for place in range(300)]
    return {task.question: task for task in tasks}


def reward(question: str, answer: str) -> float | None:
    return family().verify(facts()[question], answer).reward


def test_there_are_300_different_facts_of_three_kinds() -> None:
    assert len(facts()) == 300
    kinds = Counter(task.metadata["kind"] for task in facts().values())
    assert kinds == {"currency": 136, "language": 94, "symbol": 70}


@pytest.mark.parametrize(
    "answer", ["yen", "The currency of Japan is the Japanese Yen (JPY).", "Yen."]
)
def test_a_currency_alone_or_in_a_sentence(answer: str) -> None:
    assert reward("What is the currency of Japan?", answer) == 1


@pytest.mark.parametrize("answer", ["dollar", "yen or dollar", "Japan", "", "Yenisei"])
def test_no_list_and_no_other_currency(answer: str) -> None:
    assert reward("What is the currency of Japan?", answer) == 0


def test_other_names_and_spellings() -> None:
    assert reward("What is the currency of Iran?", "Riyals") == 1
    assert reward("What is the currency of Saudi Arabia?", "The Saudi rial.") == 1
    assert reward("What is the currency of Costa Rica?", "the colon") == 1
    assert reward("What is the currency of Denmark?", "Danish kroner") == 1
    assert reward("What is the currency of Japan?", "yen or renminbi") == 0
    assert reward("What is the official language of Bangladesh?", "Bengali") == 1
    assert reward("What is the official language of Bangladesh?", "Bengali and Nepali.") == 0


def test_a_refusal_names_no_symbol() -> None:
    for question, task in facts().items():
        if task.metadata["kind"] == "symbol":
            for said in ("I do not know. No, I cannot say.", "As it is: Be careful. He, In, At"):
                assert reward(question, said) == 0


def test_symbols_are_read_in_their_case() -> None:
    iron = "What is the chemical symbol of iron?"
    assert reward(iron, "In chemistry it is Fe.") == 1
    assert reward(iron, "FE") == reward(iron, "fe") == reward(iron, "Fe or Ag") == 0


def test_no_question_gives_its_answer_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    facts_module = import_module("facts")
    for question, task in facts().items():
        if task.metadata["kind"] != "symbol":
            assert not facts_module.mentions(task.target, question, facts_module.PLURAL), question
