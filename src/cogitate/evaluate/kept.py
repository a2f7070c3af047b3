"""An evaluation that can be stopped at any moment: what was sampled once is not sampled again."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cogitate.types import End, Poll, Request, Rollout, Sampler, Then, ThoughtEnd


class Part:
    """The file in which the rollouts of an evaluation are kept until it is whole.

    Example: Part(Path("scores.json.part"))
    """

    def __init__(self, path: Path) -> None:
        """Read what is there."""
        self.path = path
        self._known = dict(_read(path))
        self._used: set[str] = set()

    def find(self, asked: str) -> list[dict[str, Any]] | None:
        """Return the rollouts that are kept of what was asked; None where there are none."""
        self._used.add(asked)
        return self._known.get(asked)

    def add(self, asked: str, rollouts: list[dict[str, Any]]) -> None:
        """Keep the rollouts of what was asked."""
        line = {"asked": asked, "rollouts": rollouts, "digest": _digest(rollouts)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> bool:
        """Remove the file, unless it has rollouts that another evaluation asked for.

        Returns whether it is gone.
        """
        if self._known.keys() - self._used:
            return False
        self.path.unlink(missing_ok=True)
        return True


class Kept:
    """A sampler that keeps what it samples, and looks there first.

    Example: Kept(sampler, Part(path), model="3f0c9a51d2e8").sample(requests)

    Requests that are handed over together are kept together, since they were sampled in one
    batch: going on gives the same numbers, to the bit, as never having been stopped.
    """

    def __init__(self, sampler: Sampler, part: Part, model: str) -> None:
        """Keep rollouts in `part`; `model` tells whatever else decides one from any other."""
        self._sampler, self._part, self._model = sampler, part, model

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of the requests; with `then` or `poll` nothing is kept."""
        if then is not None or poll is not None:
            return self._sampler.sample(requests, then, poll)
        asked = hashlib.sha256(f"{self._model}{requests!r}".encode()).hexdigest()
        if (known := self._part.find(asked)) is not None:
            return [_rollout(*pair) for pair in zip(requests, known, strict=True)]
        rollouts = self._sampler.sample(requests)
        self._part.add(asked, list(map(_values, rollouts)))
        return rollouts


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
            if read["digest"] == _digest(read["rollouts"]):
                found.append((read["asked"], read["rollouts"]))
    return found


def _digest(rollouts: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(rollouts).encode()).hexdigest()


def _values(rollout: Rollout) -> dict[str, Any]:
    """Return all but what was asked, and the scores of prompts, which no evaluation asks for."""
    names = {field.name for field in dataclasses.fields(rollout)} - {"request", "prompt_scores"}
    return {name: getattr(rollout, name) for name in sorted(names)}


def _rollout(request: Request, values: Mapping[str, Any]) -> Rollout:
    lists = {name: tuple(values[name]) for name in ("thought", "answer", "logprobs", "sampled")}
    ends = {"thought_end": ThoughtEnd(values["thought_end"]), "end": End(values["end"])}
    versions = tuple((version, num) for version, num in values["versions"])
    known: dict[str, Any] = {**values, **lists, **ends, "versions": versions}
    return Rollout(request=request, **known)
