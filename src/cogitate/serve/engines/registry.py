"""The models of one server, by name, each with its engine."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from cogitate.budget import UNMEASURED, with_stated
from cogitate.prompt import prompt_tokens
from cogitate.runs.opening import LoadedModel
from cogitate.serve.api.dialect import Ceiling
from cogitate.serve.engines.thread import EngineThread
from cogitate.serve.engines.worker import Started, Worker
from cogitate.serve.errors import BadRequest
from cogitate.serve.meter import Meter
from cogitate.tokenizer import Tokenizer
from cogitate.types import USUAL_ANSWER, Budget, Request

PREFILL_CHUNK = 128
"""Most prompt tokens that one step of an engine prefills, so that no prompt delays the others."""
_WARM_THOUGHT = 64
"""Thought tokens of each question that warms an engine up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """One model with its engine's worker and its limits.

    Example: ServedModel(name="mini", model=load("mini"), worker=Worker(...), ceiling=Ceiling(...))
    """

    name: str
    model: LoadedModel
    worker: Worker
    ceiling: Ceiling
    created: int = field(default_factory=lambda: int(time.time()))
    """Unix time at which it was loaded."""


class ModelRegistry:
    """The models of one server; the first is the default.

    Example: models = ModelRegistry(); models.add("mini", load("mini"), ceiling, rows=32)
    """

    def __init__(self) -> None:
        """Start without models."""
        self.models: list[ServedModel] = []
        self.meter = Meter()
        self.thread = EngineThread()
        """Loads and runs the models; no other thread computes."""

    def add(
        self,
        name: str,
        model: LoadedModel,
        ceiling: Ceiling,
        *,
        rows: int,
        usual: Sequence[str] = (),
    ) -> None:
        """Add a model with an engine of `rows` rows, whose speed is measured (`Worker`).

        Where deadlines are usual it is measured now: the model was taught budgets, or the server
        has a deadline. The questions `usual` are part of it.
        """
        now = bool(ceiling.taught) or ceiling.deadline_s is not None

        def make_engine() -> Started:
            engine = model.engine(rows, PREFILL_CHUNK)
            answer = min(USUAL_ANSWER, 2 * (ceiling.answer or USUAL_ANSWER))
            requests = [_request(question, model.tokenizer, ceiling) for question in usual]
            requests = [r for r in requests if len(r.prompt) < model.context // 2]
            warming = engine.warming(answer, requests)
            if now:
                deque(warming, maxlen=0)
            return engine, warming

        self.meter.know(name, self.thread.call(lambda: model.fingerprint), model.tokenizer)
        worker = Worker(name, make_engine, self.meter, self.thread)
        self.models.append(ServedModel(name=name, model=model, worker=worker, ceiling=ceiling))

    def find(self, name: str | None) -> ServedModel:
        """Return the model of that name; None is the first.

        Raises:
            BadRequest: there is no such model (404).
        """
        for served in self.models:
            if name in (None, "", served.name):
                return served
        known = ", ".join(served.name for served in self.models)
        raise BadRequest(
            f"there is no model {name!r} here; there are {known}", "model", "model_not_found", 404
        )

    def close(self) -> None:
        """Stop all engines."""
        self.thread.close()


def _request(question: str, tokenizer: Tokenizer, ceiling: Ceiling) -> Request:
    budget = Budget(think=min(ceiling.default, _WARM_THOUGHT), answer=USUAL_ANSWER)
    planned = with_stated(budget, ceiling.taught, UNMEASURED)
    return Request(prompt=prompt_tokens(tokenizer, question, planned), budget=budget)
