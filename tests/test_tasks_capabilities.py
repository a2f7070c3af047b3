"""What a family has beside questions and verdicts, also where it lives in a child process."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogitate.cli import main
from cogitate.config import TrainConfig
from cogitate.errors import UsageError
from cogitate.evaluate import EvalSpec
from cogitate.evaluate.scoring import score
from cogitate.tasks import FAMILIES, capabilities, check, num_levels, open_family, size
from cogitate.tasks.capabilities import (
    CALLS,
    OF_ENV,
    OPTIONAL,
    AnswersInOneBlock,
    Demonstrates,
    DemonstratesStraight,
    Derives,
    Drills,
    Finite,
    JudgesElsewhere,
    Levelled,
    from_json,
    to_json,
)
from cogitate.tasks.isolated import Isolated
from cogitate.tasks.sources import open_here
from cogitate.types import Budget, Task, Verdict
from table import TOKENIZER, Bench, table_config
from test_train_loop import rl_steps, start

DOCUMENT = (Path(__file__).parent.parent / "docs" / "tasks.md").read_text(encoding="utf-8")
LEVELS = DOCUMENT.partition("```python\n")[2].partition("```")[0]
"""The family with levels that the document shows."""

ALL = """
from cogitate.types import Task

num_levels = 2
one_block = True

def generate(split, seed, level=None):
    return {"question": f"{split} {seed % 9} {level or 1}", "answer": seed % 9}

def verify(task, answer):
    return answer == task.target

def demonstrate(task):
    return f" so {task.question}, no, {task.target}", task.target

def demonstrate_straight(task):
    return " so", task.target

def derives(thought, answer):
    return answer in thought

def lessons(pieces):
    made = [{"question": f"{piece} is ", "answer": piece} for piece in pieces]
    return [*made, Task(key="own", family="own", level=1, question="x", target="y")]

def size(split, level=None):
    return 9
"""
PROTOCOLS = (
    AnswersInOneBlock, Demonstrates, DemonstratesStraight, Derives, Finite, Levelled, Drills,
)  # fmt: skip


def as_object(code: str) -> str:
    """Return the same file with its functions as methods of an object."""
    functions = code.strip().partition("\n")[2].replace("\n", "\n    ")
    for name in CALLS:
        functions = functions.replace(f"def {name}(", f"def {name}(self, ")
    return f"{code.strip().partition(chr(10))[0]}\nclass Own:\n{functions}\nfamily = Own()\n"


@pytest.fixture
def opened() -> Iterator[list[Isolated]]:
    families: list[Isolated] = []
    yield families
    for family in families:
        family.close()


@pytest.mark.parametrize("form", ["functions", "object"])
def test_every_capability_reaches_through_the_child(
    tmp_path: Path, opened: list[Isolated], form: str
) -> None:
    path = tmp_path / "own.py"
    path.write_text(ALL if form == "functions" else as_object(ALL))
    here, there = open_here(str(path)), Isolated(str(path))
    opened.append(there)
    every = tuple(name for name in OPTIONAL if name not in OF_ENV)
    assert capabilities(here) == capabilities(there) == every
    assert isinstance(there, JudgesElsewhere)
    assert not isinstance(here, JudgesElsewhere)
    answers: list[list[object]] = []
    for family in (here, there):
        assert all(isinstance(family, protocol) for protocol in PROTOCOLS)
        task = family.generate("train", 4, 2)
        answers.append(
            [
                task,
                num_levels(family),
                size(family, "test", 1),
                family.verify(task, task.target),
                family.demonstrate(task),
                family.demonstrate_straight(task),
                family.derives("1 2", "2"),
                family.derives("1 2", "3"),
                family.lessons(["é", "ab", " b"]),
            ]
        )
    assert answers[0] == answers[1]
    assert [lesson.question for lesson in there.lessons(["a"])] == ["a is ", "x"]
    with pytest.raises(UsageError, match="levels 1 to 2, not 3"):
        there.generate("train", 4, 3)


def test_a_reward_beside_rows_keeps_their_levels_and_adds_capabilities(
    tmp_path: Path, opened: list[Isolated]
) -> None:
    (tmp_path / "own.py").write_text(
        "rows = [{'question': f'{i}?', 'answer': i, 'level': 1 + i % 2} for i in range(40)]\n"
        "def reward(prompts, completions, answer, **columns):\n"
        "    return [float(c == a) for c, a in zip(completions, answer)]\n"
        "def derives(thought, answer):\n    return True\n"
    )
    opened.append(Isolated(str(tmp_path / "own.py")))
    assert capabilities(opened[0]) == ("derives", "num_levels", "size")
    assert num_levels(opened[0]) == 2


def test_a_family_with_levels_takes_30_lines_and_is_trained_and_measured_by_level(
    tmp_path: Path, opened: list[Isolated]
) -> None:
    path = tmp_path / "minus.py"
    path.write_text(LEVELS)
    assert 15 < len(LEVELS.splitlines()) <= 30
    family = open_family(str(path))
    assert isinstance(family, Isolated)
    opened.append(family)
    bench = Bench()
    spec = EvalSpec(n=9, levels=(1, 2, 3), budget=Budget(think=0, answer=4))
    result = score(bench.sampler, TOKENIZER, family, spec)
    assert [record.level for record in result.records] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert {record.strict for record in result.records} <= {0, 1}
    config: TrainConfig = table_config(path, num_steps=2)
    config = replace(config, rl=replace(config.rl, levels="uniform"))
    start(config, tmp_path / "run", Bench())
    lines = (tmp_path / "run" / "rollouts").glob("*.jsonl")
    records = [json.loads(line) for file in lines for line in file.read_text().splitlines()]
    assert {record["level"] for record in records} == {1, 2, 3}
    assert {record["reward"] for record in records} == {0, 1}
    assert len(rl_steps(tmp_path / "run")) == 2
    report = str(check(str(path)))
    assert "capabilities: demonstrate, num_levels" in report
    assert "warning" not in report


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "def derive(thought, answer): return True",
            "`derive` is not read: did you mean `derives(",
        ),
        ("def lesson(pieces): return []", "did you mean `lessons(pieces)`?"),
        ("def demonstrates(task): return '', ''", "did you mean `demonstrate(task)`?"),
        ("levels = 3", "`levels` is not read: did you mean `num_levels`?"),
        ("def straight(task): return '', ''", "did you mean `demonstrate_straight(task)`?"),
    ],
)
def test_what_looks_like_a_capability_is_reported_and_not_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, said: str
) -> None:
    path = tmp_path / "own.py"
    path.write_text(f"from glob import glob as lessens\n{LEVELS}\n{code}\n")
    assert main(["tasks", "check", str(path)]) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "is not read" in x]
    assert said in line


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("num_levels = 'three'", "`num_levels` is 'three', not a whole number"),
        ("num_levels = 0", "`num_levels` is 0, not 1 or more"),
        ("def num_levels(): return 3", "`num_levels` is <function"),
        ("def size(grid): return 3", "`size` must be callable as size(split, level)"),
        ("size = 3", "`size` must be callable as size(split, level)"),
        ("def size(split, level): return 'many'", "`size` returned 'many', not a whole number"),
        ("def demonstrate(task): return 'so'", "`demonstrate` returned 'so', not two texts"),
        ("def demonstrate(task): 1 / 0", "demonstrate raised ZeroDivisionError"),
    ],
)
def test_a_capability_of_another_kind_is_refused_in_a_line(
    tmp_path: Path, code: str, message: str
) -> None:
    path = tmp_path / "own.py"
    path.write_text(f"{LEVELS}\n{code}\n")
    with pytest.raises(UsageError) as caught:
        check(str(path))
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_our_own_families_tell_what_they_have() -> None:
    assert capabilities(FAMILIES["spelling"]()) == ("demonstrate", "lessons", "num_levels")
    assert capabilities(FAMILIES["humaneval"]()) == ("size", "one_block")
    assert capabilities(FAMILIES["modules"]()) == ("demonstrate", "size", "one_block")
    assert capabilities(FAMILIES["outside"]()) == ("demonstrate",)
    assert capabilities(FAMILIES["replies"]()) == ("demonstrate", "size")
    for name in FAMILIES.keys() - {"humaneval", "modules", "outside", "replies"}:
        assert {"demonstrate", "num_levels"} <= set(capabilities(FAMILIES[name]()))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner),
    max_leaves=5,
)
tasks = st.builds(
    Task,
    key=st.text(),
    family=st.text(),
    level=st.integers(),
    question=st.text(),
    target=st.text(),
    metadata=st.dictionaries(st.text(), json_values),
)
verdicts = st.builds(
    Verdict,
    reward=st.sampled_from([0.0, 1.0, None]),
    parts=st.dictionaries(st.text(), st.floats(0, 1)),
)


@settings(max_examples=50)
@given(st.lists(tasks | verdicts | json_values, max_size=3))
def test_what_is_carried_comes_back(value: object) -> None:
    assert from_json(json.loads(json.dumps(to_json(value)))) == value
