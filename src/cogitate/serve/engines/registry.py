"""The models that one server has, by name, each with its engine."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cogitate.budget import UNMEASURED, with_stated
from cogitate.prompt import prompt_tokens
from cogitate.protocols import Engine
from cogitate.runs.opening import LoadedModel
from cogitate.serve.api.dialect import Ceiling
from cogitate.serve.engines.thread import EngineThread
from cogitate.serve.engines.worker import Worker
from cogitate.serve.errors import BadRequest
from cogitate.serve.meter import Meter
from cogitate.tokenizer import Tokenizer
from cogitate.types import USUAL_ANSWER, Budget, Request

PREFILL_CHUNK = 128
"""Tokens of prompts that one step of an engine takes in at once, so that none stalls the others."""
_WARM_THOUGHT = 64
"""Tokens of thought about a question that warms an engine up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """One model, ready to be asked.

    Example: ServedModel(name="mini", model=load("mini"), worker=Worker(...), ceiling=Ceiling(...))
    """

    name: str
    model: LoadedModel
    worker: Worker
    ceiling: Ceiling
    created: int = field(default_factory=lambda: int(time.time()))
    """Seconds since 1970 at which it was loaded."""


class ModelRegistry:
    """The models of one server; the first answers where a request names none that is known.

    Example: models = ModelRegistry(); models.add("mini", load("mini"), ceiling, rows=32)
    """

    def __init__(self) -> None:
        """Have no model yet."""
        self.models: list[ServedModel] = []
        self.meter = Meter()
        self.thread = EngineThread()
        """In which models are loaded and run, and nothing else computes."""

    def add(
        self,
        name: str,
        model: LoadedModel,
        ceiling: Ceiling,
        *,
        rows: int,
        usual: Sequence[str] = (),
    ) -> None:
        """Put a model behind an engine of `rows` rows; `usual` are questions to warm it up with."""

        def make_engine() -> Engine:
            engine = model.engine(rows, PREFILL_CHUNK)
            answer = min(USUAL_ANSWER, 2 * (ceiling.answer or USUAL_ANSWER))
            requests = [_request(question, model.tokenizer, ceiling) for question in usual]
            engine.warm(answer, [r for r in requests if len(r.prompt) < model.context // 2])
            return engine

        self.meter.know(name, model.weights, model.tokenizer)
        worker = Worker(name, make_engine, self.meter, self.thread)
        self.models.append(ServedModel(name=name, model=model, worker=worker, ceiling=ceiling))

    def find(self, name: str | None) -> ServedModel:
        """Return the model of that name; None names the first.

        Raises:
            BadRequest: 404, there is no such model.
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
    told = with_stated(budget, ceiling.taught, UNMEASURED)
    return Request(prompt=prompt_tokens(tokenizer, question, told), budget=budget)
