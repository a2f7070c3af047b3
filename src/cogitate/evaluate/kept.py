"""An evaluation that can be stopped at any moment: what was sampled once is not sampled again."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cogitate.types import End, Request, Rollout, Sampler, Then, ThoughtEnd


class Kept:
    """A sampler that keeps in a file what it samples, and looks there first.

    Example: Kept(sampler, Path("scores.json.part"), model="3f0c9a51d2e8").sample(requests)

    Requests that are handed over together are kept together, since they were sampled in one
    batch: going on gives the same numbers, to the bit, as never having been stopped.
    """

    def __init__(self, sampler: Sampler, path: Path, model: str) -> None:
        """Read what is there; `model` tells whatever else decides a rollout from any other."""
        self._sampler, self._path, self._model = sampler, path, model
        self._known = dict(_read(path))

    def sample(self, requests: Sequence[Request], then: Then | None = None) -> list[Rollout]:
        """Return the rollouts of the requests; with `then` nothing is kept."""
        if then is not None:
            return self._sampler.sample(requests, then)
        asked = hashlib.sha256(f"{self._model}{requests!r}".encode()).hexdigest()
        if (known := self._known.get(asked)) is not None:
            return [_rollout(*pair) for pair in zip(requests, known, strict=True)]
        rollouts = self._sampler.sample(requests)
        self._append({"asked": asked, "rollouts": list(map(_values, rollouts))})
        return rollouts

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return what a file holds, and cut off a line that was not finished."""
    if not path.is_file():
        return []
    *whole, rest = path.read_bytes().split(b"\n")
    if rest:
        os.truncate(path, path.stat().st_size - len(rest))
    found: list[tuple[str, list[dict[str, Any]]]] = []
    for line in whole:
        with suppress(ValueError, KeyError, TypeError):  # what is damaged is sampled again
            read = json.loads(line)
            found.append((read["asked"], read["rollouts"]))
    return found


def _values(rollout: Rollout) -> dict[str, Any]:
    """Return all but what was asked, and the scores of prompts, which no evaluation asks for."""
    names = {field.name for field in dataclasses.fields(rollout)} - {"request", "prompt_scores"}
    return {name: getattr(rollout, name) for name in sorted(names)}


def _rollout(request: Request, values: Mapping[str, Any]) -> Rollout:
    lists = {name: tuple(values[name]) for name in ("thought", "answer", "logprobs", "sampled")}
    ends = {"thought_end": ThoughtEnd(values["thought_end"]), "end": End(values["end"])}
    known: dict[str, Any] = {**values, **lists, **ends}
    return Rollout(request=request, **known)
