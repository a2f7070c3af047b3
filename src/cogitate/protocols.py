"""Protocols between the parts of cogitate (DESIGN 4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    """The environment of one episode of one task; not reusable."""

    def reset(self, task: Task) -> Sequence[Message]:
        """Begin, and return the messages of the first turn."""
        ...

    def step(self, answer: str) -> Step:
        """Return the response to an answer's text."""
        ...

    def close(self) -> None:
        """Release the episode's resources; called last."""
        ...


@runtime_checkable
class Family(Protocol):
    """Tasks of one kind. A user's own takes about 20 lines (see the README).

    Optional methods are in cogitate.tasks.capabilities.
    """

    name: str

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return task number `seed` of a split: "train", "test" or "ood"."""
        ...

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge the answer's text strictly."""
        ...


Then = Callable[[Rollout], Sequence[Request]]
"""Called with each rollout as soon as it has ended; returns further requests."""

Poll = Callable[[int], Sequence[Request]]
"""Called between steps with the number of unfinished rollouts; returns further requests.

These follow from other events, such as verdicts. If no rollout is unfinished it waits for such an
event, and returns nothing once none can happen.
"""


class Sampler(Protocol):
    """Requests in, rollouts out, in the same order."""

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of all requests, and of those that `then` and `poll` add."""
        ...


class Engine(Protocol):
    """Runs requests token by token; the interface for `ask` and the server."""

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        ...

    def submit(self, request: Request) -> int:
        """Queue a request and return its id."""
        ...

    def submit_all(self, requests: Sequence[Request], arrived: float | None = None) -> list[int]:
        """Queue requests that are accepted or refused together, and return their ids."""
        ...

    def step(self, *, tokens: bool = True) -> Sequence[Event]:
        """Advance every running request by one token; without `tokens`, tell only of ends."""
        ...

    def cancel(self, request_id: int, end: End = End.CANCELLED) -> Rollout | None:
        """End a request and return its rollout so far; None if it does not run or wait."""
        ...

    def speed(self) -> Speed:
        """Return the speed by which deadlines are planned."""
        ...

    def warm(self, answer: int = USUAL_ANSWER, usual: Sequence[Request] = ()) -> None:
        """Measure that speed, with the requests `usual` or answers of `answer` tokens."""
        ...

    def warming(self, answer: int = USUAL_ANSWER, usual: Sequence[Request] = ()) -> Iterator[None]:
        """Measure it in parts, one at each `next`, which takes an engine that is idle."""
        ...


class Model(Protocol):
    """A model that can be asked and evaluated, as `cogitate.load` returns it."""

    @property
    def tokenizer(self) -> Any:
        """Its `tokenizer.Tokenizer`."""
        ...

    def budget(self, think: str | None, answer: int | None, min_think: int = 0) -> Budget:
        """Return a budget: that of the arguments, or the model's own."""
        ...

    def engine(self, rows: int = 1) -> Engine:
        """Return an engine for `rows` requests at a time."""
        ...

    def sampler(self, budget: Budget) -> Sampler:
        """Return a sampler for many requests of one budget."""
        ...

    def stated(self, budget: Budget, engine: Engine) -> Budget:
        """Return the budget with the thought tokens that the prompt states."""
        ...


class LoadsWeights(Protocol):
    """The sampler's side of publishing a policy."""

    def load_weights(self, weights: Weights) -> None:
        """Sample from these weights from now on."""
        ...


class Publishes(Protocol):
    """The learner's side of publishing a policy."""

    def publish(self, version: int) -> Weights:
        """Return the present weights under the given version."""
        ...


class Learner(Publishes, Protocol):
    """Computes gradients and updates the weights."""

    def forward_backward(self, data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
        """Accumulate gradients for groups of data that share a prompt; return metrics."""
        ...

    def optim_step(self, lr: float) -> Mapping[str, float]:
        """Apply the gradients once and clear them; return metrics."""
        ...

    def save(self, folder: Path) -> None:
        """Write weights and optimiser state."""
        ...

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        ...
