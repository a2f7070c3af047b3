"""Fingerprints of families: hashes of the questions, the answers and the verifier.

    fingerprint(load_family("mine.jsonl")) -> {"questions": "9c1f20d7ab34", "answers": ..., ...}

A path stays the same when its file is edited. Runs and saved evaluations therefore store these
hashes, and results for other questions, answers or verifiers are never mixed up.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cogitate.protocols import Family
from cogitate.tasks.capabilities import Demonstrates, Fingerprinted, Finite
from cogitate.tasks.files.rows import Rows
from cogitate.tasks.gym import ReasoningGym
from cogitate.types import Task
from cogitate.verify import RULES

NUM_TASKS = 16
"""Tasks hashed of an unbounded family; of a finite one all are."""

Fingerprint = Mapping[str, str]
"""Part of a family -> hash."""

_PARTS: Mapping[str, Callable[[Task], Any]] = {
    "questions": lambda task: task.question,
    "answers": lambda task: task.target,
    "columns": lambda task: (task.level, sorted(task.metadata.items())),
}


def fingerprint(family: Family) -> Fingerprint:
    """Return a hash of each part of a family.

    The order of a file's rows does not matter, nor do comments in a Python file.
    """
    if isinstance(family, Fingerprinted):
        return family.fingerprint()
    hashes = {part: blake2b(digest_size=6) for part in (*_PARTS, "thoughts", "verifier")}
    for task in _tasks(family):
        for part, of in _PARTS.items():
            hashes[part].update(repr(of(task)).encode())
        if isinstance(family, Demonstrates) and isinstance(family, Finite):
            hashes["thoughts"].update(repr(family.demonstrate(task)[0]).encode())
    for text in _judged_by(family):
        hashes["verifier"].update(repr(text).encode())
    return {part: found.hexdigest() for part, found in hashes.items()}


def changed(before: Fingerprint, now: Fingerprint) -> str:
    """Return the names of the parts that differ, of those that both have.

    Example: changed({"questions": "a", "answers": "b"}, {"questions": "a", "answers": "c"}) ->
    "answers"
    """
    return ", ".join(part for part in now if part in before and before[part] != now[part])


def _tasks(family: Family) -> Iterator[Task]:
    if isinstance(family, Finite):
        for split in ("train", "test"):
            yield from (family.generate(split, seed) for seed in range(family.size(split)))
        return
    with suppress(Exception):  # a user's file may have fewer
        yield from (family.generate("train", seed) for seed in range(NUM_TASKS))


def _judged_by(family: Family) -> Iterator[str]:
    """Yield what determines the verdicts: our rules, other packages, a user's Python file."""
    yield str(RULES)
    if isinstance(family, ReasoningGym):
        yield version("reasoning-gym")
    if isinstance(family, Rows) and family.needs_maths:
        yield version("math-verify")
    if family.name.endswith(".py"):
        yield from map(_source, sorted(_beside(Path(family.name).resolve())))


def _beside(path: Path) -> set[Path]:
    """Return a Python file and the modules imported from its folder."""
    modules = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    found = {Path(file).resolve() for file in modules.values() if file}
    own = {path.parent.joinpath(*name.split(".")) for name in modules}
    places = {place.with_name(f"{place.name}.py") for place in own}
    return {path} | found & (places | {place / "__init__.py" for place in own})


def _source(path: Path) -> str:
    """Return the statements of a Python file, without comments and layout."""
    return ast.unparse(ast.parse(path.read_bytes()))
