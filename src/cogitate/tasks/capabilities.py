"""Optional capabilities of a family, beside `generate` and `verify`: one protocol each.

    capabilities(load_family("countdown")) -> ("demonstrate", "demonstrate_straight", "num_levels")

A family has a capability if it has the method or attribute. A family in a child process is called
through `CALLS`: the child and its proxy in this process are both built from that table.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from operator import index
from typing import Any, Literal, Protocol, SupportsIndex, cast, runtime_checkable

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks.splits import ALL, parts_of
from cogitate.types import Step, Task, Verdict
from cogitate.verify.judge import TIMEOUT_S, checked
from cogitate.verify.judge import JudgesElsewhere as JudgesElsewhere


@runtime_checkable
class Demonstrates(Protocol):
    """A family that can show a human-style worked solution."""

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return (thought, answer) as text."""
        ...


@runtime_checkable
class WithoutThoughts(Protocol):
    """A family whose worked solutions are answers alone."""

    without_thoughts: Literal[True]


@runtime_checkable
class DemonstratesStraight(Protocol):
    """A family that also has worked solutions without self-corrections."""

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return (thought, answer) as text, without self-corrections."""
        ...


@runtime_checkable
class Derives(Protocol):
    """A family that can check whether a thought supports its answer."""

    def derives(self, thought: str, answer: str) -> bool:
        """Return whether the thought derives the answer."""
        ...


@runtime_checkable
class Drills(Protocol):
    """A family with drill items: many short texts, learned in bulk before RL."""

    def lessons(self, pieces: Sequence[str]) -> list[Task]:
        """Return all drill items; `pieces` are the texts of the model's own tokens.

        The policy learns to continue the bare question with the target and a newline.
        """
        ...


@runtime_checkable
class Levelled(Protocol):
    """A family with levels of difficulty: integers from 1 to `num_levels`."""

    num_levels: int


@runtime_checkable
class Finite(Protocol):
    """A family with a finite number of questions, such as a file."""

    def size(self, split: str, level: int | None = None) -> int:
        """Return the number of distinct questions of a split, at a level or in total."""
        ...


@runtime_checkable
class Interacts(Protocol):
    """A family whose tasks take several turns, each of which follows from all answers so far."""

    history: Literal["last", "all"]
    """Which parts of earlier turns the policy sees; see `rollout.history`."""

    def turn_later(self, task: Task, answers: Sequence[str]) -> Future[Step]:
        """Begin the environment's step after the last of these answers.

        Without an answer it is the reset, with the messages of the first turn. A failure or
        timeout gives a final step whose verdict says so.
        """
        ...


@runtime_checkable
class RunsPrograms(Protocol):
    """A family whose verifier runs programs in the sandbox."""

    sandbox_level: str
    """Minimum level; a machine that does not reach it is refused."""


@runtime_checkable
class AnswersInOneBlock(Protocol):
    """A family whose answers are one block of code; what would stand behind it is not read."""

    one_block: Literal[True]
    """See `Budget.one_block`."""


@runtime_checkable
class Fingerprinted(Protocol):
    """A family in another process, which computes its fingerprint there."""

    def fingerprint(self) -> Mapping[str, str]:
        """Return `cogitate.tasks.fingerprint` of the family itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to a family in a child process.

    Example: Call(takes=("split", "level"), result=_count)
    """

    takes: tuple[str, ...]
    """Arguments, each a Task or a JSON value; an attribute takes none."""
    result: Callable[[Any], Any]
    """Checks the result, in the child and again here, and converts it to its type.

    Raises:
        TypeError: the result has another type; the message names the expected one.
    """
    timeout_s: float = 60.0


_TAKEN_OVER = (
    "num_levels", "size", "sandbox_level", "verify_later", "derives", "demonstrate",
    "demonstrate_straight", "without_thoughts", "one_block",
)  # fmt: skip


def take_over(wrapper: object, family: Family) -> None:
    """Give a family that asks another one's questions differently what that one has."""
    for name in _TAKEN_OVER:
        if hasattr(family, name):
            setattr(wrapper, name, getattr(family, name))


def capabilities(family: Family) -> tuple[str, ...]:
    """Return the names of a family's capabilities beside `generate` and `verify`."""
    return tuple(name for name in OPTIONAL if hasattr(family, name))


def num_levels(family: Family) -> int | None:
    """Return the highest level; None if the family has no levels."""
    return family.num_levels if isinstance(family, Levelled) else None


def size(family: Family, split: str, level: int | None = None) -> int | None:
    """Return the number of questions of a split; None if it is unbounded.

    Raises:
        UsageError: the split is "all", and it is unbounded.
    """
    if isinstance(family, Finite):
        return sum(family.size(part, level) for part in parts_of(split))
    if split == ALL:
        raise UsageError(
            f"{family.name} generates questions without end: split {ALL} needs a family with a"
            " finite number: a .jsonl or .csv file, or a .py file with `size` or `rows`"
        )
    return None


def item(family: Family, task: Task) -> str:
    """Return what identifies a task in its family: the question, or for several turns the key."""
    return task.key if isinstance(family, Interacts) else task.question


def read_result(family: Family, name: str, value: Any) -> Any:
    """Return the result of a call to a family, checked and converted to its type.

    Raises:
        UsageError: the result has the wrong type.
    """
    try:
        return CALLS[name].result(value)
    except TypeError as error:
        gave = "returned" if CALLS[name].takes else "is"
        given = " ".join(repr(value).split())[:60]
        raise UsageError(f"{family.name}: `{name}` {gave} {given}, not {error}") from error


def to_json(value: Any) -> Any:
    """Return a value as plain JSON; tasks, verdicts and steps are tagged with their type."""
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
    """Return the value that `to_json` encoded; tuples come back as lists."""
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
    if not isinstance(value, Step) or value.done != isinstance(value.verdict, Verdict):
        raise TypeError("a Step, with a Verdict on the last turn and on no other")
    if value.done:
        return replace(value, verdict=checked(value.verdict))
    messages = cast("Sequence[Any]", value.messages)
    if not messages or not all(
        isinstance(m, Mapping) and {"role", "content"} <= m.keys() for m in messages
    ):
        raise TypeError("a Step with messages, each with a role and a content")
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
    "one_block": Call(takes=(), result=_truth),
}
"""By method or attribute. To add a capability, add its protocol and its entry here."""

OPTIONAL = tuple(name for name in CALLS if name not in ("generate", "verify"))
OF_ENV = ("turn", "history")
"""Capabilities that come only from the class `Env` of a file."""
