"""A user's environment of several turns: a class `Env`, one object for each episode.

    class Env:
        def reset(self, task): return [{"role": "user", "content": task.question}]
        def step(self, answer): return Step(...)
        def close(self): ...

Its steps must depend only on the task and the answers: if a process dies, another one repeats the
same turns. With `history = "all"` in the class the policy sees its earlier thoughts.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cogitate.protocols import Env
from cogitate.tasks.files.functions import Function, Generated
from cogitate.tasks.splits import normalised
from cogitate.types import Step, Task, Verdict

_MAX_LIVE = 256
"""Maximum of open episodes; the one that has waited longest is closed first."""

_Place = tuple[str, tuple[str, ...]]
"""The state of an episode: its task's key and the answers so far."""


class Interactive(Generated):
    """A family whose `generate` is a user's function, and whose environment is a user's class."""

    def __init__(
        self, name: str, generate: Function, env: Callable[[], Env], parts: Mapping[str, Any]
    ) -> None:
        """Keep the function; `env` makes the environment of one episode."""
        super().__init__(name, generate, parts)
        self.history = getattr(env, "history", "last")
        self._env = env
        self._live: OrderedDict[_Place, list[Env]] = OrderedDict()
        self._num_live = 0

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return a task; tasks with the same question but other targets are separate clusters."""
        task = super().generate(split, seed, level)
        cluster = normalised(task.question)
        if task.metadata.get("cluster", cluster) != cluster:
            return task
        return replace(task, metadata={**task.metadata, "cluster": f"{cluster} {task.target}"})

    def turn(self, task: Task, answers: Sequence[str]) -> Step:
        """Return the environment's step after the last answer; without one, the first turn."""
        env = self._at(task, answers[:-1]) if answers else self._env()
        try:
            step = env.step(answers[-1]) if answers else Step(messages=tuple(env.reset(task)))
        except BaseException:
            _close(env)
            raise
        if step.done:
            _close(env)
        else:
            self._hold(env, (task.key, tuple(answers)))
        return step

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge a first answer; its reward is 0 if the episode continues."""
        step = self.turn(task, [answer])
        return step.verdict or Verdict(reward=0.0, why="the episode goes on")

    def _at(self, task: Task, answers: Sequence[str]) -> Env:
        """Return an environment after these answers: a held one, or a new one brought there."""
        place = (task.key, tuple(answers))
        if place in self._live:
            return self._take(place)
        env = self._env()
        env.reset(task)
        for answer in answers:
            env.step(answer)
        return env

    def _hold(self, env: Env, place: _Place) -> None:
        self._live.setdefault(place, []).append(env)
        self._live.move_to_end(place)
        self._num_live += 1
        while self._num_live > _MAX_LIVE:
            _close(self._take(next(iter(self._live))))

    def _take(self, place: _Place) -> Env:
        """Return one of the environments at a place, which is no longer held."""
        env = self._live[place].pop()
        self._num_live -= 1
        if not self._live[place]:
            del self._live[place]
        return env


def _close(env: Env) -> None:
    """Let go of an environment; what it raises then is no part of its episode."""
    with suppress(Exception):
        env.close()
