"""What a family may have beside `generate` and `verify`: a protocol for each capability.

    capabilities(load_family("countdown")) -> ("demonstrate", "demonstrate_straight", "num_levels")

A family has a capability where it has its method or attribute. One that lives in a child process
is asked by `CALLS`: the child and its proxy in this process are both made from that table.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from operator import index
from typing import Any, Literal, Protocol, SupportsIndex, cast, runtime_checkable

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.types import Step, Task, Verdict
from cogitate.verify.judge import TIMEOUT_S
from cogitate.verify.judge import JudgesElsewhere as JudgesElsewhere


@runtime_checkable
class Demonstrates(Protocol):
    """A family that can show a human-style worked solution."""

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return (thought, answer) as text."""
        ...


@runtime_checkable
class DemonstratesStraight(Protocol):
    """A family whose worked solutions come without detours as well."""

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return (thought, answer) as text, without a wrong turn."""
        ...


@runtime_checkable
class Derives(Protocol):
    """A family that can tell whether a thought comes to its answer."""

    def derives(self, thought: str, answer: str) -> bool:
        """Say whether what is answered has been worked out in the thought."""
        ...


@runtime_checkable
class Drills(Protocol):
    """A family with bare lessons, many and short, to be packed in bulk before anything else."""

    def lessons(self, pieces: Sequence[str]) -> list[Task]:
        """Return every lesson; `pieces` are the texts of the model's own tokens.

        The policy goes on from the question itself, as it stands, to the target and a newline.
        """
        ...


@runtime_checkable
class Levelled(Protocol):
    """A family whose difficulty can be chosen: integer levels, from 1 to the highest."""

    num_levels: int


@runtime_checkable
class Finite(Protocol):
    """A family that knows how many questions it has: files have an end, generators have none."""

    def size(self, split: str, level: int | None = None) -> int:
        """Return how many different questions a split has at a level, or in all."""
        ...


@runtime_checkable
class Interacts(Protocol):
    """A family whose tasks take several turns, in an environment that lives elsewhere."""

    history: Literal["last", "all"]
    """What is seen of earlier turns; see `rollout.history`."""

    def turn_later(self, task: Task, answers: Sequence[str]) -> Future[Step]:
        """Begin to find out what the environment of a task says to the last of these answers.

        Without an answer these are the messages of the first turn. What fails, or takes too long,
        is a last step whose verdict says so.
        """
        ...


@runtime_checkable
class Fingerprinted(Protocol):
    """A family that lives elsewhere, and is hashed there."""

    def fingerprint(self) -> Mapping[str, str]:
        """Return what `cogitate.tasks.fingerprint` gives of the family itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a family in a child process is asked by name.

    Example: Call(takes=("split", "level"), result=_count)
    """

    takes: tuple[str, ...]
    """Arguments, each a Task or a JSON value; an attribute takes none."""
    result: Callable[[Any], Any]
    """Checks what came, in the child and again here, and gives it its type.

    Raises:
        TypeError: the message says what it should have been.
    """
    timeout_s: float = 60.0


def capabilities(family: Family) -> tuple[str, ...]:
    """Return the names of what a family has beside `generate` and `verify`."""
    return tuple(name for name in OPTIONAL if hasattr(family, name))


def num_levels(family: Family) -> int | None:
    """Return the highest level; None where a family has none to choose from."""
    return family.num_levels if isinstance(family, Levelled) else None


def size(family: Family, split: str, level: int | None = None) -> int | None:
    """Return how many questions a split has; None where they have no end."""
    return family.size(split, level) if isinstance(family, Finite) else None


def item(family: Family, task: Task) -> str:
    """Return what makes two tasks of a family one: the question; of several turns, the key."""
    return task.key if isinstance(family, Interacts) else task.question


def read_result(family: Family, name: str, value: Any) -> Any:
    """Return what a family gave for a call, with its type.

    Raises:
        UsageError: it is of another kind than it should be.
    """
    try:
        return CALLS[name].result(value)
    except TypeError as error:
        gave = "returned" if CALLS[name].takes else "is"
        given = " ".join(repr(value).split())[:60]
        raise UsageError(f"{family.name}: `{name}` {gave} {given}, not {error}") from error


def to_json(value: Any) -> Any:
    """Return a value as JSON can carry it: tasks and verdicts by the name of their type."""
    if isinstance(value, list | tuple):
        return [to_json(part) for part in cast("Sequence[Any]", value)]
    if isinstance(value, Step):
        said = json.dumps([dict(message) for message in value.messages])
        return {"Step": {"said": said, "done": value.done, "verdict": to_json(value.verdict)}}
    for name, (kind, fields, mapping) in _CARRIED.items():
        if isinstance(value, kind):
            found = {field: getattr(value, field) for field in fields}
            return {name: {**found, mapping: dict(getattr(value, mapping))}}
    return value


def from_json(value: Any) -> Any:
    """Return what `to_json` was given; tuples come back as lists."""
    if isinstance(value, list):
        return [from_json(part) for part in cast("list[Any]", value)]
    if isinstance(value, dict):
        ((name, fields),) = cast("dict[str, Any]", value).items()
        if name == "Step":
            messages, verdict = json.loads(fields["said"]), from_json(fields["verdict"])
            return Step(messages=tuple(messages), done=fields["done"], verdict=verdict)
        return _CARRIED[name][0](**fields)
    return value


def _task(value: Any) -> Task:
    if not isinstance(value, Task):
        raise TypeError("a Task or dictionary")
    return value


def _tasks(value: Any) -> list[Task]:
    if not isinstance(value, list | tuple):
        raise TypeError("a list of Tasks or dictionaries")
    return [_task(part) for part in cast("Sequence[Any]", value)]


def _solution(value: Any) -> tuple[str, str]:
    match value:
        case (thought, answer):
            return str(thought), str(answer)
        case _:
            raise TypeError("two texts, thought and answer")


def _truth(value: Any) -> bool:
    if value not in (True, False):
        raise TypeError("true or false")
    return bool(value)


def _count(value: Any) -> int:
    if not isinstance(value, SupportsIndex) or index(value) < 0:
        raise TypeError("a whole number")
    return index(value)


def _highest(value: Any) -> int:
    if _count(value) < 1:
        raise TypeError("1 or more")
    return _count(value)


def _verdict(value: Any) -> Verdict:
    return Verdict(reward=value.reward, parts=dict(value.parts), why=value.why)


def _step(value: Any) -> Step:
    if not isinstance(value, Step) or (value.done and value.verdict is None):
        raise TypeError("a Step, with a verdict on the last turn")
    if not value.done and not value.messages:
        raise TypeError("a Step with messages, or one that is done")
    messages = cast("Sequence[Any]", value.messages)
    if not all(isinstance(m, Mapping) and {"role", "content"} <= m.keys() for m in messages):
        raise TypeError("a Step whose messages have a role and a content")
    return value


def _history(value: Any) -> str:
    if value not in ("last", "all"):
        raise TypeError("last or all")
    return value


_CARRIED: Mapping[str, tuple[type[Any], tuple[str, ...], str]] = {
    "Task": (Task, ("key", "family", "level", "question", "target"), "metadata"),
    "Verdict": (Verdict, ("reward", "why"), "parts"),
}
"""Name -> type, fields, and the field that is a mapping."""

CALLS: dict[str, Call] = {
    "generate": Call(takes=("split", "seed", "level"), result=_task),
    "verify": Call(takes=("task", "answer"), result=_verdict, timeout_s=TIMEOUT_S),
    "demonstrate": Call(takes=("task",), result=_solution),
    "demonstrate_straight": Call(takes=("task",), result=_solution),
    "derives": Call(takes=("thought", "answer"), result=_truth, timeout_s=TIMEOUT_S),
    "lessons": Call(takes=("pieces",), result=_tasks, timeout_s=240.0),
    "num_levels": Call(takes=(), result=_highest),
    "size": Call(takes=("split", "level"), result=_count),
    "turn": Call(takes=("task", "answers"), result=_step, timeout_s=TIMEOUT_S),
    "history": Call(takes=(), result=_history),
}
"""By method or attribute. To add a capability, write its protocol and its line here."""

OPTIONAL = tuple(name for name in CALLS if name not in ("generate", "verify"))
OF_ENV = ("turn", "history")
"""What a family has by its class `Env`, and no other part of a file."""
