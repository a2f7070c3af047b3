"""A key from a result or a rollout leads back to its task."""

import json
from collections.abc import Iterator

import pytest

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks import FAMILIES, find_task, num_levels, open_family
from cogitate.tasks.isolated import Isolated

OWN_KEYS = """
from cogitate import Task

def generate(split, seed, level=None):
    question = f"{split} {seed}?"
    return Task(key=f"{split}-{seed}", family="own", level=1, question=question, target="1")

def verify(task, answer):
    return answer == task.target

def size(split, level=None):
    return 30 if split == "test" else 2000
"""
GENERATED = """
num_levels = 3

def generate(split, seed, level):
    return {"question": f"{split} {seed} {level}?", "answer": seed, "level": level}

def verify(task, answer):
    return answer == task.target
"""
BROKEN = """
def generate(split, seed, level=None):
    raise IndexError("nothing here")

def verify(task, answer):
    return True
"""
REWARDED = """
rows = [{"prompt": f"What follows {i}?", "answer": i + 1} for i in range(40)]

def reward(prompts, completions, answer, **columns):
    return [float(text == right) for text, right in zip(completions, answer)]
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Family]]:
    """Families of a user's files, and one of reasoning-gym, by their names."""
    folder = tmp_path_factory.mktemp("families")
    rows = [{"question": f"{i}?", "answer": i, "level": 1 + i % 2} for i in range(40)]
    files = {
        "sums.jsonl": "\n".join(map(json.dumps, rows)),
        "own.py": OWN_KEYS,
        "generated.py": GENERATED,
        "rewarded.py": REWARDED,
        "broken.py": BROKEN,
    }
    names = ["reasoning_gym:chain_sum:min_terms=2:max_terms=3"]
    for name, text in files.items():
        (folder / name).write_text(text)
        names.append(str(folder / name))
    families = {name.rpartition("/")[2].partition(":")[0]: open_family(name) for name in names}
    yield families
    for family in families.values():
        if isinstance(family, Isolated):
            family.close()


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "humaneval"])
def test_keys_of_our_families_lead_back(name: str) -> None:
    family = FAMILIES[name]()
    for split in (
        ("train", "test") if name in ("modules", "outside", "replies") else ("train", "test", "ood")
    ):
        for level in (None, num_levels(family)):
            task = family.generate(split, 3, level)
            assert find_task(family, task.key) == task
            place = f"{split}:3" + (f":{level}" if level else "")
            assert find_task(family, f" {place}\n") == task


def test_keys_of_other_families_lead_back(opened: dict[str, Family]) -> None:
    for name, family in opened.items():
        if name == "broken.py":
            continue
        for split, seed in (("train", 5), ("test", 1)):
            for level in (None, 1):
                task = family.generate(split, seed, level)
                assert find_task(family, task.key) == task, name


def test_a_file_may_have_moved(opened: dict[str, Family]) -> None:
    family = opened["sums.jsonl"]
    task = family.generate("test", 2)
    assert find_task(family, "sums.jsonl/test/2") == find_task(family, "../sums.jsonl/test/2")
    assert find_task(family, "sums.jsonl/test/2") == task
    with pytest.raises(UsageError, match=r"has no task 'others.jsonl/test/2'; its keys are such"):
        find_task(family, "others.jsonl/test/2")


@pytest.mark.parametrize(
    ("name", "key", "says"),
    [
        ("sums.jsonl", "test:99", r"no task test:99: .*sums.jsonl has \d+ test questions"),
        ("sums.jsonl", "ood:1", "has no 'ood' split; it has train, test"),
        ("sums.jsonl", "train:1:7", "no train questions of level 7"),
        ("sums.jsonl", "dev:1", r"its keys are such as .*/test/0, in short SPLIT:SEED"),
        ("sums.jsonl", "", "has no task ''"),
        ("sums.jsonl", "test:" + "9" * 5000, "has no task"),
        ("generated.py", "test:1:4", "levels 1 to 3, not 4"),
        ("own.py", "test-31", r"no task 'test-31' among 4030 .*such as test-3"),
        ("broken.py", "test:1", r"no task test:1: .*IndexError: nothing here"),
        ("broken.py", "one", "IndexError: nothing here"),
        ("reasoning_gym", "spell_backward/test/1", "its keys are such as reasoning_gym:chain_sum"),
    ],
)
def test_a_key_that_is_not_there_is_refused(
    opened: dict[str, Family], name: str, key: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        find_task(opened[name], key)
