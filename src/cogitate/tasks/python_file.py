"""A user's own family, from a Python file of about 20 lines.

It has one of

- functions `generate(split, seed, level)` and `verify(task, answer)`, and perhaps
  `demonstrate(task)`; `generate` returns a Task or a dictionary with question and answer,
  `verify` a Verdict, a truth value or a number, of which only 1 is right;
- an object `family` with these as methods;
- `rows`, a list of dictionaries with question and answer or the path of a JSONL or CSV file,
  and `reward(prompts, completions, **columns)` in TRL's signature. The question may be called
  `prompt`, and be text or a list of messages; completions are then lists of one message.

The file runs in a child process (see cogitate.tasks.isolated), never in ours.
"""

import asyncio
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from cogitate.errors import UsageError
from cogitate.tasks.rows import Row, Rows, gather_rows, parse_row, task_of
from cogitate.tasks.tables import read_table
from cogitate.types import Family, Task, Verdict

_MODULE = "_family_of_a_file"
_METHODS = ("generate", "verify", "demonstrate")
_EXPECTED = (
    "it needs functions `generate` and `verify`, or an object `family`, or `rows` and `reward`"
)


def open_python_file(path: Path) -> Family:
    """Run the file and return its family.

    Raises:
        UsageError: the file cannot be run, or has none of what is expected.
    """
    found = vars(_run(path))
    family = found.get("family")
    parts = found if family is None else {name: getattr(family, name, None) for name in _METHODS}
    generate, verify = parts.get("generate"), parts.get("verify")
    if callable(generate) and callable(verify):
        return Functions(str(path), generate, verify, parts.get("demonstrate"))
    if "rows" in found and callable(found.get("reward")):
        return Rewarded(str(path), _rows(path, found["rows"]), found["reward"])
    raise UsageError(f"{path} has no family: {_EXPECTED}")


class Functions:
    """A family made of a user's functions."""

    demonstrate: Callable[[Task], tuple[str, str]]
    """There only where the user wrote one."""

    def __init__(
        self,
        name: str,
        generate: Callable[..., Any],
        verify: Callable[..., Any],
        demonstrate: Callable[..., Any] | None,
    ) -> None:
        """Keep the functions; `demonstrate` may be None."""
        self.name = name
        self._generate, self._verify = generate, verify
        if demonstrate is not None:
            self.demonstrate = demonstrate

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return what the user's `generate` gives, as a Task."""
        made: Any = self._generate(split, seed, level)
        if isinstance(made, Task):
            return made
        if not isinstance(made, dict):
            raise UsageError(f"{self.name}: `generate` returned {made!r}, not a Task or dictionary")
        row = parse_row(f"{self.name}: `generate`", 0, cast("dict[str, Any]", made))
        suffix = f"/level{level}" if level is not None else ""
        return task_of(row, self.name, f"{self.name}/{split}/{seed}{suffix}")

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return what the user's `verify` gives, as a Verdict."""
        return as_verdict(self._verify(task, answer))


class Rewarded:
    """Rows that a user's reward function judges, in TRL's signature."""

    demonstrate: Callable[[Task], tuple[str, str]]
    """There only where the rows have thoughts."""

    def __init__(self, name: str, rows: list[Row], reward: Callable[..., Any]) -> None:
        """Keep rows and reward."""
        self.name = name
        self._rows, self._reward = Rows(name, rows), reward
        self.size, self.generate = self._rows.size, self._rows.generate
        if self._rows.has_thoughts:
            self.demonstrate = self._rows.demonstrate

    def verify(self, task: Task, answer: str) -> Verdict:
        """Call the reward with a batch of one: every column is a list with one value."""
        columns = {"question": task.question, "answer": task.target, "level": task.level}
        columns |= task.metadata
        prompt = columns.pop("prompt", task.question)
        talks = isinstance(prompt, list)
        rewards = self._reward(
            prompts=[prompt],
            completions=[[{"role": "assistant", "content": answer}] if talks else answer],
            **{name: [value] for name, value in columns.items()},
        )
        if inspect.isawaitable(rewards):
            rewards = asyncio.run(_awaited(rewards))
        return as_verdict(next(iter(rewards)))


async def _awaited(rewards: Awaitable[Any]) -> Any:
    return await rewards


def as_verdict(given: Any) -> Verdict:
    """Return a user's judgement as a strict verdict: a score of 1 is right, a lower one wrong.

    Example: as_verdict(0.5) -> Verdict(reward=0.0, parts={"score": 0.5}, why="score 0.5")

    Raises:
        TypeError: it is neither a Verdict nor a number; ValueError: not within 0 to 1.
    """
    if isinstance(given, Verdict):
        return given
    if given is None:
        return Verdict(reward=None, why="the verifier gave no reward")
    score = float(given)
    if not 0 <= score <= 1:
        raise ValueError(f"the score {score:g} is not within 0 to 1")
    return Verdict(reward=float(score == 1), parts={"score": score}, why=f"score {score:g}")


def _rows(path: Path, rows: Any) -> list[Row]:
    if isinstance(rows, str | Path):
        where, numbered = f"{path.parent / rows}, line", read_table(path.parent / rows)
    else:
        where, numbered = f"{path}, row", enumerate(rows, start=1)
    return gather_rows(
        where, ((line, _with_question(f"{where} {line}", row)) for line, row in numbered)
    )


def _with_question(where: str, row: Any) -> dict[str, Any]:
    """TRL's data sets call the question `prompt`."""
    if not isinstance(row, Mapping):
        raise UsageError(f"{where}: not a dictionary with question and answer")
    row = cast("Mapping[str, Any]", row)
    if "prompt" not in row:
        return dict(row)
    return {"question": _asked(where, row["prompt"]), **row}


def _asked(where: str, prompt: Any) -> Any:
    """Return what a conversation asks as one text: a system's message comes before the user's."""
    if not isinstance(prompt, list):
        return prompt
    try:
        said = [(message["role"], message["content"]) for message in cast("list[Any]", prompt)]
    except (TypeError, LookupError) as error:
        raise UsageError(f"{where}: 'prompt' is no list of messages") from error
    if [role for role, _ in said] not in (["user"], ["system", "user"]) or not all(
        isinstance(content, str) for _, content in said
    ):
        raise UsageError(
            f"{where}: 'prompt' is to be one user's message, perhaps after a system's, as text"
        )
    return "\n\n".join(content for _, content in said)


def _run(path: Path) -> ModuleType:
    """Run the file under a name that no other module has, whatever the file is called."""
    spec = importlib.util.spec_from_file_location(
        _MODULE, path, loader=SourceFileLoader(_MODULE, str(path))
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    sys.path.append(str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist") from error
    except (Exception, SystemExit) as error:
        raise UsageError(f"{path}{_line(path, error)}: {type(error).__name__}: {error}") from error
    return module


def _line(path: Path, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == path]
    return f", line {lines[-1]}" if lines else ""
