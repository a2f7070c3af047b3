"""Any data set of the package reasoning-gym, by name: `reasoning_gym:spell_backward`.

    (name, split, seed, level) -> hash -> index -> entry -> Task

Fields of a data set's configuration may follow: `reasoning_gym:chain_sum:min_terms=2:max_terms=3`;
for a list, repeat its key: `reasoning_gym:composite:datasets=ab:datasets=maze`.

The package's own seeds would leak between splits: item i of seed 42 is item i - 1 of seed 43. Here
indices are hashes, and a hash of the question decides the split. The package gives partial scores
to answers that merely contain the target; here only a full score counts. Its scorers execute what
a model wrote, so all of it runs in a child process (see cogitate.tasks.isolated).
"""

import dataclasses
import difflib
import importlib
import json
import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from cogitate.errors import UsageError
from cogitate.tasks.gym_answers import JUDGES, SEVERAL, Entry, answer_of, has_form
from cogitate.tasks.splits import content_share, need_level, need_split, normalised, train_or_test
from cogitate.types import Task, Verdict
from cogitate.verify.strict import shown

PREFIX = "reasoning_gym:"
SPLITS = ("train", "test")
COMPOSITE, CODE = "composite", "codeio"
"""The data set that samples from others, and the one that runs code of unknown origin."""
_TRIES = 64
_NUM_INDICES = 2**31
_SIZE = 5_000
"""Items of the few data sets that draw all of them at once; the others are unbounded."""
_ROWS = "_jsonl_data"
"""Class attribute of `CODE` that holds the rows of the last data set opened."""
_LISTS = (list, tuple)
_PLAIN = (bool, int, float, str, type(None))


class ReasoningGym:
    """The family of one data set. Levels are those of its curriculum; None is its default."""

    num_levels: int
    """Set only if the data set has a curriculum."""

    def __init__(self, name: str) -> None:
        """Find the data set and read its arguments.

        Raises:
            UsageError: reasoning-gym is not installed or has no such data set, or the data set
                does not take these arguments.
        """
        self.name = name
        self._spec = name.removeprefix(PREFIX)
        self._source = self._spec.partition(":")[0]
        _need_dataset(self._source)
        if _arguments(self._spec):
            _dataset(self._spec, None)
        if _factory().has_curriculum(self._source):
            self.num_levels = _num_levels(_factory().create_curriculum(self._source))

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return item `seed` of a split; its target gets the full score.

        Raises:
            UsageError: the data set has no such split or level, or its items are exhausted.
        """
        need_split(self.name, split, SPLITS)
        key = f"{self.name}/{split}/{seed}" + (f"/level{level}" if level else "")
        lacks = ""
        for attempt in range(_TRIES):
            index = int(content_share(f"{key}/{attempt}") * _NUM_INDICES)
            try:
                entry = _entry(self._spec, level, index)
            except UsageError:
                raise
            except Exception as error:  # noqa: BLE001 - codeio runs code that fails at times
                lacks = f" that can be made ({type(error).__name__}: {error})"
                continue
            if train_or_test(str(entry["question"])) != split:
                continue
            target = answer_of(self._source_of(entry), entry)
            if target is not None and self._can_judge(level, entry, target):
                return self._task(key, entry, target, {"index": index, "level": level})
            lacks = " whose answers can be checked"
        raise UsageError(f"{self.name} has no more {split} items{lacks} at this level; use another")

    def _task(self, key: str, entry: Entry, target: str, place: dict[str, Any]) -> Task:
        question = str(entry["question"])
        several = {"several": True} if self._source_of(entry) in SEVERAL else {}
        return Task(
            key=key,
            family=self.name,
            level=place["level"] or 0,
            question=question,
            target=target,
            metadata={"cluster": normalised(question), **place, **several},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for the data set's full score, else 0; `parts` has the score."""
        answer, level = answer.strip(), task.metadata["level"]
        entry = _entry(self._spec, level, task.metadata["index"])
        if not has_form(self._source_of(entry), task.target, answer):
            why = f"{shown(answer)} is not an answer in the form of {shown(task.target)}"
            return Verdict(reward=0.0, why=why)
        try:
            score = self._score(level, entry, answer)
        except Exception as error:  # noqa: BLE001 - scorers parse an answer before they judge it
            return Verdict(reward=0.0, why=f"{shown(answer)} cannot be read: {error}")
        correct = score == 1.0
        why = "is right" if correct else f"scores {score:g}; {shown(task.target)} would be right"
        return Verdict(reward=float(correct), parts={"score": score}, why=f"{shown(answer)} {why}")

    def _source_of(self, entry: Entry) -> str:
        """Return the data set that an entry comes from; a composite draws from many."""
        return entry["metadata"]["source_dataset"] if self._source == COMPOSITE else self._source

    def _score(self, level: int | None, entry: Entry, answer: str) -> float:
        judge = JUDGES.get(self._source_of(entry))
        if judge is not None:
            return float(judge(entry, answer))
        return float(_dataset(self._spec, level).score_answer(answer, entry))

    def _full(self, level: int | None, entry: Entry, answer: str) -> bool:
        try:
            return self._score(level, entry, answer) == 1.0
        except Exception:  # noqa: BLE001 - as in `verify`
            return False

    def _can_judge(self, level: int | None, entry: Entry, target: str) -> bool:
        """Return whether the scorer accepts the target, and does not accept a part of it."""
        source, target = self._source_of(entry), target.strip()
        part = target[: len(target) // 2] if source in SEVERAL else ""
        takes = has_form(source, target, target) and self._full(level, entry, target)
        return takes and not self._full(level, entry, part)


def _factory() -> Any:
    try:
        return importlib.import_module("reasoning_gym.factory")
    except ImportError as error:
        raise UsageError(
            "reasoning-gym is not installed: pip install 'cogitate[reasoning-gym]'"
        ) from error


def _need_dataset(name: str) -> None:
    known = sorted(_factory().DATASETS)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"reasoning-gym has no data set {name!r}{hint}")


@cache
def _dataset(spec: str, level: int | None) -> Any:
    name = spec.partition(":")[0]
    try:
        dataset = _factory().DATASETS[name][0](_config(name, level, _arguments(spec)))
    except (AssertionError, ValueError, TypeError) as error:
        at = "" if level is None else f" at level {level}"
        raise UsageError(f"{PREFIX}{spec} cannot be made{at}: {error}") from error
    dataset.rows = getattr(dataset, _ROWS, None)
    return dataset


def _config(name: str, level: int | None, arguments: Mapping[str, Any]) -> Any:
    factory, defaults = _factory(), {"seed": 0, "size": _SIZE}
    if level is None:
        return factory.DATASETS[name][1](**defaults, **arguments)
    if not factory.has_curriculum(name):
        raise UsageError(f"{PREFIX}{name} has no levels")
    curriculum = factory.create_curriculum(name)
    need_level(PREFIX + name, level, _num_levels(curriculum))
    curriculum.set_global_level(level - 1)
    return dataclasses.replace(curriculum.generate_configuration(defaults), **arguments)


def _num_levels(curriculum: Any) -> int:
    return max(len(attribute.levels) for attribute in curriculum.attributes.values())


@cache
def _entry(spec: str, level: int | None, index: int) -> dict[str, Any]:
    dataset = _dataset(spec, level)
    if dataset.rows is not None:
        setattr(_factory().DATASETS[CODE][0], _ROWS, dataset.rows)
    entry = _drawn(dataset, index)
    if entry["metadata"]["source_dataset"] == CODE:
        again = _drawn(dataset, index)
        if (entry["question"], entry["answer"]) != (again["question"], again["answer"]):
            raise ValueError("its code does not give the same twice")
    return entry


def _drawn(dataset: Any, index: int) -> dict[str, Any]:
    random.seed(index)  # codeio's code draws from these two
    importlib.import_module("numpy").random.seed(index)
    try:
        return dataset[index]
    except IndexError:
        return dataset[index % _SIZE]


@cache
def _arguments(spec: str) -> Mapping[str, Any]:
    """Return the configuration fields given after a data set's name.

    Example: _arguments("chain_sum:min_terms=2:max_terms=3") -> {"min_terms": 2, "max_terms": 3}
    """
    name, *words = spec.split(":")
    fields = _fields(name)
    given: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or key not in fields:
            keys = ", ".join(fields) or "none"
            raise UsageError(f"{PREFIX}{name} has no argument {word!r}; it takes {keys}")
        value = _value(f"{PREFIX}{name}: {key}", text, fields[key])
        if key in given and not isinstance(value, _LISTS):
            raise UsageError(f"{PREFIX}{spec}: {key} is given twice")
        given[key] = given[key] + value if key in given else value
    if name == COMPOSITE:
        given["datasets"] = list(map(_member, given.get("datasets", _others())))
    return given


def _fields(name: str) -> dict[str, Any]:
    """Return the arguments that a data set accepts, with their defaults: its plain fields."""
    if name == COMPOSITE:
        return {"datasets": [COMPOSITE]}
    config = _factory().DATASETS[name][1]()
    values = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
    return {
        key: value
        for key, value in values.items()
        if key not in ("seed", "size") and isinstance(_parts(value)[0], _PLAIN)
    }


def _parts(value: Any) -> Sequence[Any]:
    return value if isinstance(value, _LISTS) else (value,)  # pyright: ignore


def _value(what: str, text: str, default: Any) -> Any:
    """Parse an argument to the type of its default; for a list, one element."""
    if isinstance(default, list):
        return [_value(what, text, _parts(default)[0])]
    if isinstance(default, tuple):
        return (_value(what, text, _parts(default)[0]),)
    if isinstance(default, str):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if default is not None and type(value) is not type(default):
        raise UsageError(f"{what} is {default!r} by default; {text!r} has another type")
    return value


def _others() -> list[str]:
    """Return the default data sets of a composite: all others."""
    return sorted(set(_factory().DATASETS) - {COMPOSITE})


def _member(name: str) -> Any:
    _need_dataset(name)
    spec = importlib.import_module("reasoning_gym.composite").DatasetSpec
    return spec(name=name, weight=1.0, config={})
