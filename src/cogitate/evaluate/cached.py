"""Resumable evaluations: finished rollouts are stored, and not sampled again."""

import dataclasses
import hashlib
import json
import os
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cogitate.protocols import Poll, Sampler, Then
from cogitate.types import End, Request, Rollout, ThoughtEnd


class RolloutCache:
    """The file that stores the rollouts of an unfinished evaluation.

    Example: RolloutCache(Path("scores.json.part"))
    """

    def __init__(self, path: Path) -> None:
        """Read the file, if it exists."""
        self.path = path
        self._known = dict(_read(path))
        self._used: set[str] = set()

    def find(self, asked: str) -> list[dict[str, Any]] | None:
        """Return the stored rollouts of a batch of requests, by its digest; None without any."""
        self._used.add(asked)
        return self._known.get(asked)

    def add(self, asked: str, rollouts: list[dict[str, Any]]) -> None:
        """Store the rollouts of a batch of requests, under its digest."""
        line = {"asked": asked, "rollouts": rollouts, "digest": _digest(json.dumps(rollouts))}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> bool:
        """Remove the file, unless it has rollouts of another evaluation.

        Returns whether it was removed.
        """
        if self._known.keys() - self._used:
            return False
        self.path.unlink(missing_ok=True)
        return True


class CachedSampler:
    """A sampler that stores its rollouts and reuses stored ones.

    Example: CachedSampler(sampler, RolloutCache(path), model="3f0c9a51d2e8").sample(requests)

    Requests of one call are stored together, since they were sampled in one batch. So an evaluation
    that was interrupted gives the same numbers, to the bit, as an uninterrupted one.
    """

    def __init__(self, sampler: Sampler, part: RolloutCache, model: str) -> None:
        """Store rollouts in `part`; `model` identifies everything else that determines them."""
        self._sampler, self._part, self._model = sampler, part, model

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of the requests, and of those that `then` and `poll` add."""
        asked = _digest(f"{self._model}{requests!r}")
        known = self._part.find(asked)
        if known is not None:
            return self._again(known, requests, then, poll)
        rollouts = self._sampler.sample(requests, then, poll)
        self._part.add(asked, list(map(_values, rollouts)))
        return rollouts

    def _again(
        self,
        known: list[dict[str, Any]],
        requests: Sequence[Request],
        then: Then | None,
        poll: Poll | None,
    ) -> list[Rollout]:
        """Return stored rollouts; requests without one are sampled singly."""
        kept: dict[str, list[dict[str, Any]]] = {}
        for values in known:
            kept.setdefault(values["request"], []).append(values)
        rollouts: list[Rollout] = []
        waiting = deque(requests)
        while True:
            waiting.extend(() if poll is None else poll(len(waiting)))
            if not waiting:
                return rollouts
            request = waiting.popleft()
            own = kept.get(_digest(repr(request)))
            rollout = _rollout(request, own.pop(0)) if own else self._sampler.sample([request])[0]
            rollouts.append(rollout)
            waiting.extend(() if then is None else then(rollout))


def _read(path: Path) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the entries of a file, and truncate an unfinished last line."""
    if not path.is_file():
        return []
    *whole, rest = path.read_bytes().split(b"\n")
    if rest:
        os.truncate(path, path.stat().st_size - len(rest))
    found: list[tuple[str, list[dict[str, Any]]]] = []
    for line in whole:
        with suppress(ValueError, KeyError, TypeError):  # damaged entries are sampled again
            read = json.loads(line)
            if read["digest"] == _digest(json.dumps(read["rollouts"])):
                found.append((read["asked"], read["rollouts"]))
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _values(rollout: Rollout) -> dict[str, Any]:
    """Return a rollout's fields without prompt scores, which are unused; the request as digest."""
    names = {field.name for field in dataclasses.fields(rollout)} - {"request", "prompt_scores"}
    values = {name: getattr(rollout, name) for name in sorted(names)}
    return {**values, "request": _digest(repr(rollout.request))}


def _rollout(request: Request, values: Mapping[str, Any]) -> Rollout:
    lists = {name: tuple(values[name]) for name in ("thought", "answer", "logprobs", "sampled")}
    ends = {"thought_end": ThoughtEnd(values["thought_end"]), "end": End(values["end"])}
    versions = tuple((version, num) for version, num in values["versions"])
    known: dict[str, Any] = {**values, **lists, **ends, "versions": versions, "request": request}
    return Rollout(**known)
