"""A folder of questions and tests: admitted with a reference, and judged in the sandbox."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cogitate.cli import _dispatch
from cogitate.errors import UsageError
from cogitate.recipes.own import own
from cogitate.tasks import check, find_task, fingerprint, load_family, open_family
from cogitate.train import preflight

QUESTION = "Write `{name}(numbers)`, which returns the largest number plus {add}."
TESTS = """import pytest
from mine import {name}

@pytest.mark.parametrize("numbers, expected", [([1], {one}), ([3, 2], {three})])
def test_largest(numbers, expected):
    assert {name}(numbers) == expected
"""
HIDDEN = """import pytest
from mine import {name}

def test_hidden():
    assert {name}([-5, -7]) == {minus}
    with pytest.raises(ValueError):
        {name}([])
"""
REFERENCE = "def {name}(numbers):\n    # the rest of them...\n    return max(numbers) + {add}\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write tasks that differ in a constant; other texts take the place of files, or None."""

    def written(num: int, **others: str | None) -> Path:
        files = {"question.md": QUESTION, "test_it.py": TESTS, "hidden_it.py": HIDDEN,
                 "reference.py": REFERENCE}  # fmt: skip
        files |= {name.replace("_DOT_", "."): text for name, text in others.items()}
        for add in range(num):
            values = {"name": f"f{add}", "add": add, "one": 1 + add, "three": 3 + add}
            folder = tmp_path / "mine" / "deep" / f"task{add}"
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                if text is not None:
                    (folder / name).write_text(text.format(minus=add - 5, **values))
        return tmp_path / "mine"

    return written


def test_a_folder_is_a_family(write: Write) -> None:
    path = write(30)
    name = f"{path}/"
    family = load_family(name)
    sizes = {split: family.size(split) for split in ("train", "test")}
    assert sum(sizes.values()) == 30
    assert sizes["train"] > sizes["test"] > 0
    tasks = [family.generate(split, seed) for split in sizes for seed in range(sizes[split])]
    assert len({task.question for task in tasks}) == 30
    assert all(find_task(family, task.key) == task for task in tasks)
    assert all(family.verify(task, f"So:\n```\n{task.target}```").reward == 1 for task in tasks)
    assert check(name).passed
    preflight(own(name, model="new-nano"))


def test_hidden_tests_decide_and_are_never_told(write: Write) -> None:
    family = open_family(str(write(1)))
    task = family.generate("train" if family.size("train") else "test", 0)
    wrong = {
        "def f0(numbers): return 1": "f0([3, 2]) == 3, but it gives 1",
        "def f0(numbers): return max([0, *numbers])": "a hidden test fails",
        "def f0(numbers): return max(numbers, default=0)": "a hidden test fails",
        "```python\ndef f0(numbers): return sum(\n```": "the program raises SyntaxError",
        "def f1(numbers): return 1": "it has no code block",
        "```\ndef f1(numbers): return 1\n```": "its code defines none of f0",
        "class A:\n    def __eq__(self, o): return True\ndef f0(n): return A()": "NotPlain",
        "import os\ndef f0(n): os._exit(0)": "its process ended",
        "": "it has no code block",
    }
    for program, why in wrong.items():
        verdict = family.verify(task, program)
        assert verdict.reward == 0
        assert why in verdict.why
        assert "-5" not in verdict.why
    assert family.verify(task, "def f0(n): return max(n)").reward == 1


def test_answers_are_read_as_by_tdd(write: Write) -> None:
    """A model imports the module from itself, as the tests do, and shows how it is used."""
    family = open_family(str(write(1)))
    task = family.generate("train" if family.size("train") else "test", 0)
    code = "from mine import f0\n\ndef f0(n): return max(n)"
    used = "So:\n```python\nassert f0([1]) == 1\n```"
    assert family.verify(task, f"```python\n{code}\n```\n{used}").reward == 1
    assert family.verify(task, f"<think>\n```python\n{code}\n```\n</think>\n{used}").reward == 0


def test_without_a_reference_a_task_is_for_evaluation_alone(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(12)
    for add in range(12):
        if add % 2:
            (path / "deep" / f"task{add}" / "reference.py").unlink()
    family = load_family(str(path))
    lines = capsys.readouterr().err.splitlines()
    assert "6 of 12 tasks have no reference.py and are for evaluation alone" in lines[0]
    training = [family.generate("train", seed) for seed in range(family.size("train"))]
    assert all(task.target for task in training)
    assert sum(family.size(split) for split in ("train", "test")) == 12
    without = next(
        task for task in (family.generate("test", seed) for seed in range(6)) if not task.target
    )
    name = without.metadata["problem"].removeprefix("deep/task")
    right = REFERENCE.format(name=f"f{name}", add=name)
    assert family.verify(without, right).reward == 1
    assert family.verify(without, right.replace("max", "min")).reward == 0


def test_without_a_question_the_tests_are_the_question(write: Write) -> None:
    family = load_family(str(write(5, question_DOT_md=None)))
    task = family.generate("train" if family.size("train") else "test", 0)
    assert "These are the tests of the Python module mine.py" in task.question
    assert TESTS.partition("\n")[0] in task.question
    assert "minus" not in task.question
    assert f"def {task.metadata['problem'].replace('deep/task', 'f')}(numbers):" in task.question
    assert "test_hidden" not in task.question
    assert family.verify(task, task.target).reward == 1


def test_a_folder_without_references_is_refused_for_training(write: Write) -> None:
    path = write(2, reference_DOT_py=None)
    assert load_family(str(path)).size("test") == 2
    command = ["train", "own", "--task", str(path), "--model", "new-nano", "--dry-run"]
    with pytest.raises(UsageError, match="has 0 train tasks"):
        _dispatch(command)


BAD = {
    "its reference fails: test_largest[0]: f0([1]) == 1, but it gives 2": {
        "reference_DOT_py": "def {name}(numbers): return max(numbers) + {add} + 1"
    },
    "its reference fails: a hidden test fails": {
        "reference_DOT_py": "def {name}(numbers): return max(numbers, default=0) + {add}"
    },
    "a program that returns None passes its tests": {
        "test_it_DOT_py": "from mine import {name}\ndef test_it():\n    assert {name}([1]) is None",
        "hidden_it_DOT_py": None, "reference_DOT_py": None,
    },
    "a program that is empty passes its tests": {
        "test_it_DOT_py": "def test_it():\n    with pytest.raises(NameError): none([1])",
        "hidden_it_DOT_py": None, "reference_DOT_py": None,
    },
    "test_it.py:2: a loop with assertions": {
        "test_it_DOT_py": "def test_it():\n    for x in g():\n        assert {name}(x) == 1"
    },
    "test_it.py imports a, b; one module": {"test_it_DOT_py": "import a\nimport b"},
    "test_it.py is no Python": {"test_it_DOT_py": "def test_it(:"},
    "no test_*.py": {"test_it_DOT_py": None},
    "question.md is empty": {"question_DOT_md": " "},
    "has 2 references": {"reference_old_DOT_py": REFERENCE},
}  # fmt: skip


@pytest.mark.parametrize("message", BAD)
def test_a_bad_task_is_refused_in_one_line(message: str, write: Write) -> None:
    with pytest.raises(UsageError) as refused:
        open_family(str(write(1, **BAD[message])))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_other_tests_are_another_fingerprint(write: Write) -> None:
    path = write(2)
    before = fingerprint(open_family(str(path)))
    assert fingerprint(open_family(str(path))) == before
    file = path / "deep" / "task0" / "hidden_it.py"
    file.write_text(file.read_text() + "    assert f0([9]) == 9\n")
    after = fingerprint(open_family(str(path)))
    assert before != after
    assert before["questions"] == after["questions"]
