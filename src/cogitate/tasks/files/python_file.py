"""A user's own family, from a Python file of about 20 lines.

It has one of

- functions `generate(split, seed, level)` and `verify(task, answer)`; `generate` returns a Task
  or a dictionary with question and answer, `verify` a Verdict, a truth value or a number, of
  which only 1 is correct;
- an object `family` with these as methods;
- `generate` and a class `Env` with `reset(task)`, `step(answer)` and `close()`, for tasks of
  several turns (see cogitate.tasks.files.interactive);
- `rows`, a list of dictionaries with question and answer or the path of a JSONL or CSV file,
  and `reward(prompts, completions, **columns)` in TRL's signature. The question may be called
  `prompt`, and be text or a list of messages; completions are then lists of one message.

Beside these it may have any of cogitate.tasks.capabilities, such as `demonstrate(task)`.
The file runs in a child process (see cogitate.tasks.isolated), never in ours.
"""

import asyncio
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.machinery import SourceFileLoader
from inspect import getattr_static
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks.capabilities import CALLS, capabilities
from cogitate.tasks.files.functions import Function, Functions, as_lessons, as_verdict
from cogitate.tasks.files.interactive import Interactive
from cogitate.tasks.files.parts import capability_parts, unread_parts
from cogitate.tasks.files.rows import Row, Rows, gather_rows
from cogitate.tasks.files.tables import read_table
from cogitate.types import Task, Verdict

_MODULE = "_family_of_a_file"
_EXPECTED = (
    "it needs functions `generate` and `verify`, or an object `family`, or `rows` and `reward`, or"
    " `generate` and a class `Env`"
)


def open_python_file(path: Path) -> Family:
    """Run the file and return its family.

    Raises:
        UsageError: the file cannot be run, or defines no family.
    """
    found = vars(_run(path))
    names = found if found.get("family") is None else _members(found["family"])
    parts = capability_parts(str(path), names)
    if "lessons" in parts:
        parts["lessons"] = partial(as_lessons, str(path), parts["lessons"])
    generate, verify = names.get("generate"), names.get("verify")
    if callable(generate) and callable(verify):
        family = Functions(str(path), generate, verify, parts)
    elif callable(generate) and isinstance(names.get("Env"), type):
        family = Interactive(str(path), generate, names["Env"], parts)
    elif "rows" in found and callable(found.get("reward")):
        family = Rewarded(str(path), _rows(path, found["rows"]), found["reward"], parts)
    else:
        raise UsageError(f"{path} has no family: {_EXPECTED}")
    family.unread = unread_parts(names, _MODULE)
    return family


class Rewarded:
    """Rows judged by a user's reward function with TRL's signature."""

    unread: Sequence[str] = ()

    def __init__(
        self, name: str, rows: list[Row], reward: Function, parts: Mapping[str, Any]
    ) -> None:
        """Keep rows and reward, with the capabilities of `Rows` and those that the file adds."""
        self.name, self._reward = name, reward
        own = Rows(name, rows)
        self.generate = own.generate
        for part in {*capabilities(own), *parts}:
            setattr(self, part, parts[part] if part in parts else getattr(own, part))

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


def _members(family: Any) -> dict[str, Any]:
    """Return the members of an object, without computing properties that are not needed."""
    return {
        name: getattr(family, name, None) if name in CALLS else getattr_static(family, name, None)
        for name in dir(family)
    }


def _rows(path: Path, rows: Any) -> list[Row]:
    if isinstance(rows, str | Path):
        where, numbered = f"{path.parent / rows}, line", read_table(path.parent / rows)
    else:
        where, numbered = f"{path}, row", enumerate(rows, start=1)
    given = {line: _as_dictionary(f"{where} {line}", row) for line, row in numbered}
    found = gather_rows(
        where, ((line, _with_question(f"{where} {line}", row)) for line, row in given.items())
    )
    return [_with_own_question(row, given[row.line]) for row in found]


def _as_dictionary(where: str, row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise UsageError(f"{where}: not a dictionary with question and answer")
    return cast("Mapping[str, Any]", row)


def _with_question(where: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with its `prompt`, which TRL's data sets ask, as `question`."""
    return {**row, "question": _asked(where, row["prompt"])} if "prompt" in row else row


def _with_own_question(row: Row, given: Mapping[str, Any]) -> Row:
    """Return a row whose reward gets the column `question` that there is beside `prompt`."""
    if "prompt" not in given or "question" not in given:
        return row
    return replace(row, columns={**row.columns, "question": given["question"]})


def _asked(where: str, prompt: Any) -> Any:
    """Return a conversation as one text: the system message before the user's message."""
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
            f"{where}: 'prompt' must be the text of one user message, optionally after a system one"
        )
    return "\n\n".join(content for _, content in said)


def _run(path: Path) -> ModuleType:
    """Run the file as a module with a name of its own."""
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
