"""Find a task by its key, as results and rollouts name it."""

import difflib
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks.capabilities import size
from cogitate.tasks.splits import SPLITS
from cogitate.types import Task

_PLACE = re.compile(
    rf"(?:(?P<name>.+)/)?(?P<split>{'|'.join(SPLITS)})[/:](?P<seed>[0-9]{{1,18}})"
    r"(?:[/:](?:level)?(?P<level>-?[0-9]{1,18}))?",
    re.DOTALL,
)
_NUM_SEARCHED = 1_000
"""Tasks of each split of an unbounded family that are searched for a key of another form."""


def find_task(family: Family, key: str) -> Task:
    """Return the task of a family that a key names.

    Most keys say how their task is generated: NAME/SPLIT/SEED/levelLEVEL, or in short
    SPLIT:SEED:LEVEL, each with or without a level. A file's folder does not matter. A Python file
    may make tasks with other keys: these are searched for.

    Example: find_task(family, "arithmetic/test/17/level2") -> family.generate("test", 17, 2)

    Raises:
        UsageError: the family has no such task.
    """
    key = key.strip()
    place = _PLACE.fullmatch(key)
    if place:
        task = _generated(family, key, place)
        name = place["name"] or family.name
        if task.key == key or Path(name).name == Path(family.name).name:
            return task
    seen: list[str] = []
    for task in _tasks(family):
        if task.key == key:
            return task
        if _PLACE.fullmatch(task.key):
            raise UsageError(
                f"{family.name} has no task {key!r}; its keys are such as {task.key}, in short"
                " SPLIT:SEED[:LEVEL]"
            )
        seen.append(task.key)
    if not seen:
        family.generate("test", 0)  # raises the reason
    near = difflib.get_close_matches(key, seen, n=3) or seen[:3]
    raise UsageError(
        f"{family.name} has no task {key!r} among {len(seen)} with keys such as"
        f" {', '.join(near)}; SPLIT:SEED[:LEVEL] names any"
    )


def _generated(family: Family, key: str, place: re.Match[str]) -> Task:
    level = place["level"]
    try:
        return family.generate(
            place["split"], int(place["seed"]), None if level is None else int(level)
        )
    except UsageError as error:
        raise UsageError(f"there is no task {key}: {error}") from error


def _tasks(family: Family) -> Iterator[Task]:
    """Yield the tasks of the splits that a family has; only the first ones if unbounded."""
    for split in ("test", "train", "ood"):
        with suppress(UsageError):  # it has no such split, or fewer tasks
            num = size(family, split)
            for seed in range(_NUM_SEARCHED if num is None else num):
                yield family.generate(split, seed)
