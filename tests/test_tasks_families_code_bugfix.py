"""The family bugfix: every bug shows as its report says, and is found by its worked solution."""

import itertools
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogitate.tasks.families.code import bugfix
from cogitate.tasks.families.code.bugfix import Bugfix
from cogitate.tasks.families.code.drawing import fenced, program_in
from cogitate.tasks.families.code.family import Code
from cogitate.tasks.families.code.programs import run
from cogitate.types import Task

FAMILY = Bugfix()
LEVELS, SEEDS = range(1, 7), range(60)


def shows(task: Task) -> bool:
    """Whether the report is what happens."""
    report, scope = task.metadata["report"], {}
    try:
        exec(task.metadata["broken"], scope)
    except SyntaxError as error:
        return report == f"SyntaxError: {error.msg} (line {error.lineno})"
    call = report.partition(" raises ")[0].partition(" returns ")[0]
    try:
        value = eval(call, scope)
    except Exception as error:  # noqa: BLE001
        return report.startswith(f"{call} raises {type(error).__name__}: {error} (line ")
    given = task.metadata
    (argument,) = (x for x in given["visible"] if call == f"{given['name']}({x!r})")
    expected = run(program_in(task).chain, argument)
    return report == f"{call} returns {value!r}, but must return {expected!r}."


@given(st.integers(0, 10**6), st.sampled_from(LEVELS), st.sampled_from(["train", "test", "ood"]))
@settings(max_examples=60)
def test_a_report_is_what_happens(seed: int, level: int, split: str) -> None:
    task = FAMILY.generate(split, seed, level)
    assert shows(task)
    assert task.metadata["report"] in task.question
    assert fenced(task.metadata["broken"]) in task.question
    line = re.search(r"\(line (\d+)\)$", task.metadata["report"])
    assert line is None or 1 <= int(line[1]) <= len(task.metadata["broken"].splitlines())


def test_bugs_are_of_many_kinds() -> None:
    reports = [FAMILY.generate("train", seed).metadata["report"] for seed in range(200)]
    kinds = Counter(re.findall(r"\w+Error|returns", report)[0] for report in reports)
    assert 50 < kinds["returns"] < 160
    assert {"NameError", "AttributeError", "SyntaxError"} <= set(kinds)


def test_only_a_corrected_program_passes() -> None:
    for split, seed in itertools.product(("train", "test", "ood"), range(6)):
        task = FAMILY.generate(split, seed)
        if task.metadata["asks"]:
            continue
        assert FAMILY.verify(task, fenced(task.target)).reward == 1
        assert FAMILY.verify(task, fenced(task.metadata["broken"])).reward == 0
        swallowed = f"{task.target}\ndef {task.metadata['name']}(x):\n    return None"
        assert FAMILY.verify(task, fenced(swallowed)).reward == 0


def test_splits_are_those_of_code() -> None:
    """What one family is trained on is no test of the other."""
    families = (Code(), FAMILY)
    clusters = {
        split: {f.generate(split, seed, 2).metadata["cluster"] for f in families for seed in SEEDS}
        for split in ("train", "test")
    }
    assert not clusters["train"] & clusters["test"]


@pytest.mark.parametrize("level", LEVELS)
def test_worked_solutions_name_the_lines_that_differ(level: int) -> None:
    for seed in range(30):
        task = FAMILY.generate("train", seed, level)
        if task.metadata["asks"]:
            continue
        broken = [line.strip() for line in task.metadata["broken"].splitlines()]
        new = [line.strip() for line in task.target.splitlines() if line.strip() not in broken]
        for thought, answer in (FAMILY.demonstrate(task), FAMILY.demonstrate_straight(task)):
            assert answer == fenced(task.target)
            assert all(line in thought for line in new)
            assert re.search(r"(?:Line|line) \d+", thought)


def test_some_thoughts_blame_a_correct_line_first() -> None:
    tasks = [FAMILY.generate("train", seed) for seed in range(100)]
    blamed = [re.search(r"Is it `(.*)`\? No", FAMILY.demonstrate(task)[0]) for task in tasks]
    assert 8 < sum(found is not None for found in blamed) < 45
    for task, found in zip(tasks, blamed, strict=True):
        assert found is None or found[1] in task.target
    assert not set(bugfix.PHRASINGS) & set(bugfix.OOD_PHRASINGS)


def constants(asks: bool) -> list[Task]:
    tasks = [FAMILY.generate("test", seed) for seed in range(120)]
    names = ("SETTING", "OPTION", "VALUE", "PARAMETER")
    found = [task for task in tasks if any(name in task.question for name in names)]
    return [task for task in found if bool(task.metadata["asks"]) == asks]


def test_a_fact_that_is_stated_nowhere_is_asked_for() -> None:
    asked = constants(asks=True)
    assert 4 < len(asked) < 40
    for task in asked:
        name, found = task.metadata["asks"], program_in(task)
        assert f"NameError: name '{name}' is not defined" in task.question
        assert f"{name} is " not in task.question
        right = ["What is {}?", "Could you tell me what {} is?", "which value has `X`{}, please?"]
        right = [text.replace("`X`", "") for text in right]
        for text in (task.target, *(text.format(name) for text in right)):
            assert FAMILY.verify(task, f" {text}\n").reward == 1
        said = f"{name} is used, but nothing defines it. It may be a limit."
        assert FAMILY.verify(task, f"{said}\n\nWhat is the value of {name}?").reward == 1
        assert FAMILY.verify(task, f"What should `{name}` be?").reward == 1
        wrong = [f"{said} " * 9 + "What is {}?", f"What? {said} What is {{}}?"]
        wrong += ["What is it?", "{}?", "What is {}", "What is {}? What is {}?", "I guess {}. ok?"]
        wrong += [f"What is {{}}? {fenced(found.source())}", fenced(found.source()) + "What is {}?"]
        wrong += ["What is {}?" + " " * 10 + "x", "Is " + "so " * 80 + "{}?", found.source()]
        for text in wrong:
            assert FAMILY.verify(task, text.replace("{}", name)).reward == 0, text
        thought, answer = FAMILY.demonstrate(task)
        assert name in thought
        assert answer == task.target


def test_to_ask_for_a_fact_that_is_stated_earns_nothing() -> None:
    stated = constants(asks=False)
    assert 4 < len(stated) < 40
    for task in stated:
        (name,) = re.findall(r"([A-Z]+) is [\d'\"]", task.question)
        assert FAMILY.verify(task, f"What is the value of {name}?").reward == 0
        assert FAMILY.verify(task, fenced(task.target)).reward == 1
