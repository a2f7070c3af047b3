"""The seams: what each side knows of the other, and all that it knows (DESIGN 4)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from cogitate.types import (
    USUAL_ANSWER,
    Budget,
    Datum,
    End,
    Event,
    Message,
    Request,
    Rollout,
    Speed,
    Step,
    Task,
    Verdict,
    Weights,
)


class Env(Protocol):
    """Where one episode takes place: single use, and of one task."""

    def reset(self, task: Task) -> Sequence[Message]:
        """Begin, and return the messages of the first turn."""
        ...

    def step(self, answer: str) -> Step:
        """Take the text that was answered."""
        ...

    def close(self) -> None:
        """Let go of what the episode held; nothing follows."""
        ...


@runtime_checkable
class Family(Protocol):
    """Tasks of one kind. A user's own takes about 20 lines (see the README).

    What a family may have beside is in cogitate.tasks.capabilities.
    """

    name: str

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return task number `seed` of a split: "train", "test" or "ood"."""
        ...

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge the answer's text strictly."""
        ...


Then = Callable[[Rollout], Sequence[Request]]
"""Told of each rollout as soon as it has ended; what it returns is rolled out as well."""

Poll = Callable[[int], Sequence[Request]]
"""Asked between steps for requests that other events led to; these are rolled out as well.

It is told how many rollouts are still to come. Where there are none it waits for such an event,
and returns nothing once none can happen.
"""


class Sampler(Protocol):
    """Requests in, rollouts out, in the same order."""

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Roll every request out to its end, and behind them what follows by `then` and `poll`."""
        ...


class Engine(Protocol):
    """Runs requests token by token: all that asking and serving know of what computes."""

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        ...

    def submit(self, request: Request) -> int:
        """Queue a request and return its id."""
        ...

    def submit_all(self, requests: Sequence[Request], arrived: float | None = None) -> list[int]:
        """Queue requests that are accepted or refused together, and return their ids."""
        ...

    def step(self) -> Sequence[Event]:
        """Advance every running request by one token."""
        ...

    def cancel(self, request_id: int, end: End = End.CANCELLED) -> Rollout | None:
        """Stop a request and return what it has; None if it does not run or wait."""
        ...

    def speed(self) -> Speed:
        """Return the speed that deadlines are estimated with."""
        ...

    def warm(self, answer: int = USUAL_ANSWER, usual: Sequence[Request] = ()) -> None:
        """Measure that speed, on requests such as `usual` or on answers of so many tokens."""
        ...


class Model(Protocol):
    """A model that can be asked and evaluated, as `cogitate.load` returns it."""

    @property
    def tokenizer(self) -> Any:
        """Its `tokenizer.Tokenizer`."""
        ...

    def budget(self, think: str | None, answer: int | None, least: int = 0) -> Budget:
        """Return the budget asked for, or the model's own."""
        ...

    def engine(self, rows: int = 1) -> Engine:
        """Return an engine for so many requests at a time."""
        ...

    def sampler(self, budget: Budget) -> Sampler:
        """Return a sampler for many requests of one budget."""
        ...

    def stated(self, budget: Budget, engine: Engine) -> Budget:
        """Return the budget with what the model is told of it, at the engine's speed."""
        ...


class LoadsWeights(Protocol):
    """The sampler's side of a policy's publication."""

    def load_weights(self, weights: Weights) -> None:
        """Sample from these weights from now on."""
        ...


class Publishes(Protocol):
    """The learner's side of a policy's publication."""

    def publish(self, version: int) -> Weights:
        """Return the weights as they are now, under the version that they are to have."""
        ...


class Learner(Publishes, Protocol):
    """The four verbs of learning: forward_backward, optim_step, save, load (and publish)."""

    def forward_backward(self, data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
        """Accumulate gradients for groups of data that share a prompt; return metrics."""
        ...

    def optim_step(self, lr: float) -> Mapping[str, float]:
        """Apply the gradients once and clear them; return metrics."""
        ...

    def save(self, folder: Path) -> None:
        """Write weights and optimiser."""
        ...

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote."""
        ...
