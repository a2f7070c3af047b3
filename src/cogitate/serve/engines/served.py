"""The models that one server has, by name, each with its engine."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cogitate.budget import UNMEASURED, USUAL_ANSWER, with_stated
from cogitate.engine.engine import Engine
from cogitate.models import Policy
from cogitate.prompt import prompt_tokens
from cogitate.rollout.local import markers
from cogitate.serve.api.dialect import Ceiling
from cogitate.serve.engines.thread import EngineThread
from cogitate.serve.engines.worker import Worker
from cogitate.serve.errors import BadRequest
from cogitate.serve.meter import Meter
from cogitate.thinking.grammar import Schemas
from cogitate.types import Budget, Request

PIECE = 128
"""Tokens of prompts that one step of an engine takes in at once, so that none stalls the others."""
_WARM_THOUGHT = 64
"""Tokens of thought about a question that warms an engine up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One model, ready to be asked.

    Example: Served(name="mini", policy=policy, worker=Worker(...), ceiling=Ceiling(...), ...)
    """

    name: str
    policy: Policy
    worker: Worker
    ceiling: Ceiling
    schemas: Schemas
    created: int = field(default_factory=lambda: int(time.time()))
    """Seconds since 1970 at which it was loaded."""


class Shelf:
    """The models of one server; the first answers where a request names none that is known.

    Example: shelf = Shelf(); shelf.add("mini", policy, ceiling, rows=32); shelf.find("mini")
    """

    def __init__(self) -> None:
        """Have no model yet."""
        self.models: list[Served] = []
        self.meter = Meter()
        self.thread = EngineThread()
        """In which models are loaded and run, and nothing else computes."""

    def add(
        self,
        name: str,
        policy: Policy,
        ceiling: Ceiling,
        *,
        rows: int,
        usual: Sequence[str] = (),
    ) -> None:
        """Put a model behind an engine of `rows` rows; `usual` are questions to warm it up with."""
        schemas = Schemas(policy.tokenizer)
        known = replace(markers(policy.tokenizer), schemas=schemas)

        def make_engine() -> Engine:
            engine = Engine(policy.decoder, known, rows=rows, piece=PIECE)
            answer = min(USUAL_ANSWER, 2 * (ceiling.answer or USUAL_ANSWER))
            requests = [_request(question, policy, ceiling) for question in usual]
            fitting = [r for r in requests if len(r.prompt) < policy.decoder.arch.context // 2]
            engine.warm(answer, fitting)
            return engine

        self.meter.know(name, policy)
        worker = Worker(name, make_engine, self.meter, self.thread)
        self.models.append(
            Served(name=name, policy=policy, worker=worker, ceiling=ceiling, schemas=schemas)
        )

    def find(self, name: str | None) -> Served:
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


def _request(question: str, policy: Policy, ceiling: Ceiling) -> Request:
    budget = Budget(think=min(ceiling.default, _WARM_THOUGHT), answer=USUAL_ANSWER)
    told = with_stated(budget, ceiling.taught, UNMEASURED)
    return Request(prompt=prompt_tokens(policy.tokenizer, question, told), budget=budget)
