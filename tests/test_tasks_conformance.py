"""What every family owes, whoever wrote it."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks import FAMILIES, Demonstrates, check, load_family, size
from cogitate.tasks.capabilities import RunsPrograms, WithoutThoughts
from cogitate.types import Task
from cogitate.verify import judge, lenient
from cogitate.verify.strict import canonical

PYTHON_FILE = """
from random import Random

PEOPLE = {"train": ["Ada", "Emmy"], "test": ["Sofia"], "ood": ["Maryam"]}

def generate(split, seed, level=None):
    rng = Random(f"{split}/{seed}")
    who, has, gets = rng.choice(PEOPLE[split]), rng.randrange(100), rng.randrange(100)
    return {"question": f"{who} has {has} marbles and gets {gets}. How many has she?",
            "answer": has + gets, "level": 1 if level is None else level}

def verify(task, answer):
    return answer.strip() == task.target

def demonstrate(task):
    return " She has the sum.", task.target
"""


def write_files(folder: Path) -> dict[str, str]:
    rows = [{"question": f"What follows {i}?", "answer": i + 1} for i in range(60)]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    lines = [f'"{i}, then what?",{i + 1},think {i},{i % 3}' for i in range(60)]
    (folder / "rows.csv").write_text("\n".join(["question,answer,thought,level", *lines]))
    (folder / "marbles.py").write_text(PYTHON_FILE)
    return {path.name: str(path) for path in folder.iterdir()}


TRAINED = [name for name in FAMILIES if name != "humaneval"]
"""humaneval has only the split test; its own tests are in another file."""
NAMES = [*TRAINED, "rows.jsonl", "rows.csv", "marbles.py", "reasoning_gym:spell_backward"]


@pytest.fixture(scope="module", params=NAMES)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Family:
    name: str = request.param
    if name.startswith("reasoning_gym"):
        pytest.importorskip("reasoning_gym")
    files = write_files(tmp_path_factory.mktemp("families"))
    return load_family(files.get(name, name))


def splits(family: Family) -> Iterator[str]:
    for split in ("train", "test", "ood"):
        try:
            family.generate(split, 0)
        except UsageError:
            assert split == "ood", f"{family.name} has no {split}"
            continue
        yield split


def draw(family: Family, split: str, count: int = 60) -> list[Task]:
    num = size(family, split)
    return [family.generate(split, seed) for seed in range(min(count, num or count))]


def draw_to_judge(family: Family, split: str) -> list[Task]:
    """Return tasks, and fewer of them where each verdict runs a program."""
    return draw(family, split, 15 if isinstance(family, RunsPrograms) else 60)


def test_gold_scores_1(family: Family) -> None:
    for split in splits(family):
        for task in draw_to_judge(family, split):
            assert judge(family, task, task.target).reward == 1
            assert judge(family, task, f" {task.target}\n").reward == 1
            assert lenient(task, task.target)


@pytest.mark.parametrize(
    "junk", ["", " ", "\x00", "I do not know", "1 " * 3000, "[]", "nan", "None"]
)
def test_junk_scores_0(family: Family, junk: str) -> None:
    for task in draw(family, "train", 10):
        assert judge(family, task, junk).reward == 0


def test_echoes_and_other_answers_score_0(family: Family) -> None:
    tasks = draw(family, "test", 10)
    for task, other in pairwise(tasks):
        wrong = [task.question, f"The answer is {task.target}", f"{task.target} {other.target}"]
        wrong += [other.target] if canonical(other.target) != canonical(task.target) else []
        for answer in wrong:
            assert judge(family, task, answer).reward == 0, (task, answer)


def test_the_same_key_is_the_same_task(family: Family) -> None:
    for split in splits(family):
        tasks = draw(family, split, 20)
        assert tasks == draw(family, split, 20)
        assert len({task.key for task in tasks}) == len(tasks)
        assert all(split in task.key and task.family == family.name for task in tasks)


def test_splits_share_nothing(family: Family) -> None:
    seen: dict[str, str] = {}
    for split in splits(family):
        for task in draw(family, split, 200):
            for content in (task.question, task.metadata["cluster"]):
                assert seen.setdefault(canonical(content), split) == split


def test_tasks_are_data(family: Family) -> None:
    for task in draw(family, "train", 10):
        assert json.loads(json.dumps(dict(task.metadata))) == dict(task.metadata)
        assert task.metadata["cluster"]
        assert task.target not in ("", task.question)


def test_demonstrations_end_in_the_right_answer(family: Family) -> None:
    if isinstance(family, Demonstrates):
        for task in draw_to_judge(family, "train"):
            thought, answer = family.demonstrate(task)
            assert judge(family, task, answer).reward == 1
            assert bool(thought.strip()) != isinstance(family, WithoutThoughts)


def test_verifying_is_pure_and_quick(family: Family) -> None:
    (task,) = draw(family, "test", 1)
    verdict = judge(family, task, "17")
    assert judge(family, task, task.target).reward == 1
    seconds: list[float] = []
    for _ in range(9):
        start = time.perf_counter()
        assert judge(family, task, "17") == verdict
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05


def test_the_report_reads(family: Family) -> None:
    report = check(family.name)
    assert report.passed
    assert len(report.samples) == 5
    text = str(report)
    assert "FAILED" not in text
    assert report.samples[0].target in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("letter_countin", "did you mean letter_counting"),
        ("mathematics", "one of letter_counting, spelling, arithmetic"),
        ("nowhere.jsonl", "nowhere.jsonl does not exist"),
        ("reasoning_gym:spell_backwards", "did you mean spell_backward"),
    ],
)
def test_unknown_families_are_refused(name: str, message: str) -> None:
    if name.startswith("reasoning_gym"):
        pytest.importorskip("reasoning_gym")
    with pytest.raises(UsageError, match=message):
        load_family(name)


@pytest.mark.parametrize("name", TRAINED)
def test_unknown_splits_and_levels_are_refused(name: str) -> None:
    family = load_family(name)
    with pytest.raises(UsageError, match="no 'dev' split"):
        family.generate("dev", 0)
    with pytest.raises(UsageError, match="has levels 1 to"):
        family.generate("train", 0, 99)
