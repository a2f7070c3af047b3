"""A policy that is a table: one logit per digit, whatever the question; and both seams over it.

It makes the loop testable in milliseconds, without torch: the sampler answers a digit drawn
from the table, the learner climbs the gradient of the weighted log-likelihood.
"""

import io
import json
import math
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from rich.console import Console

from cogitate.config import OptimConfig, RLConfig, RunConfig, TaskConfig, TrainConfig
from cogitate.hardware import Machine
from cogitate.protocols import Poll, Then
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.train.loop import train
from cogitate.train.roles import Workers
from cogitate.types import Datum, Request, Rollout, Speed, Weights

TOKENIZER = Tokenizer.bytes()
DIGITS = [TOKENIZER.encode(str(digit))[0] for digit in range(4)]
END = TOKENIZER.end


class Table:
    """The policy."""

    def __init__(self) -> None:
        self.logits = dict.fromkeys(DIGITS, 0.0)

    def logprob(self, token: int) -> float:
        total = math.log(sum(math.exp(logit) for logit in self.logits.values()))
        return self.logits[token] - total if token in self.logits else 0.0

    def draw(self, request: Request) -> int:
        if request.temperature == 0:
            return max(DIGITS, key=lambda token: self.logits[token])
        weights = [math.exp(self.logprob(token)) for token in DIGITS]
        return Random(request.seed).choices(DIGITS, weights)[0]


class TableSampler:
    """Answers one digit and ends; `script` can have it say something else."""

    def __init__(self, table: Table, script: Callable[[Request], list[int]] | None = None) -> None:
        self.table = table
        self.versions: list[int] = []
        self.requests: list[Request] = []
        markers = Markers(ends=frozenset({END}))
        self._scripted = ScriptedSampler(script or (lambda r: [table.draw(r), END]), markers)

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        self.requests += requests

        def noted(more: Sequence[Request]) -> Sequence[Request]:
            self.requests += more
            return more

        def and_then(rollout: Rollout) -> Sequence[Request]:
            return noted(() if then is None else then(self._with_logprobs(rollout)))

        def and_poll(num_left: int) -> Sequence[Request]:
            return noted(() if poll is None else poll(num_left))

        rollouts = self._scripted.sample(requests, and_then, and_poll)
        return [self._with_logprobs(rollout) for rollout in rollouts]

    def load_weights(self, weights: Weights) -> None:
        self.versions.append(weights.version)

    def _with_logprobs(self, rollout: Rollout) -> Rollout:
        fields = {name: getattr(rollout, name) for name in Rollout.__dataclass_fields__}
        fields["logprobs"] = tuple(self.table.logprob(token) for token in rollout.tokens)
        return Rollout(**fields)


class TableLearner:
    """Plain gradient ascent."""

    def __init__(self, table: Table, metrics: Mapping[str, float] | None = None) -> None:
        self.table = table
        self.seen: list[Sequence[Sequence[Datum]]] = []
        self._gradient = dict.fromkeys(DIGITS, 0.0)
        self._metrics = metrics or {}

    def forward_backward(self, data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
        self.seen.append(data)
        loss = 0.0
        for datum in (datum for group in data for datum in group):
            for token, weight in zip(datum.completion, datum.weights, strict=True):
                loss -= weight * self.table.logprob(token)
                for other in DIGITS if token in DIGITS else ():
                    share = math.exp(self.table.logprob(other))
                    self._gradient[other] += weight * ((other == token) - share)
        return {"loss": loss, **self._metrics}

    def optim_step(self, lr: float) -> Mapping[str, float]:
        for token in DIGITS:
            self.table.logits[token] += lr * self._gradient[token]
        norm = math.hypot(*self._gradient.values())
        self._gradient = dict.fromkeys(DIGITS, 0.0)
        return {"grad_norm": norm, "lr": lr}

    def publish(self, version: int) -> Weights:
        return Weights(version=version, tensors={"table": self.table})

    def save(self, folder: Path) -> None:
        (folder / "table.json").write_text(json.dumps(list(self.table.logits.values())))

    def load(self, folder: Path) -> None:
        self._gradient = dict.fromkeys(DIGITS, 0.0)
        values = json.loads((folder / "table.json").read_text())
        self.table.logits.update(zip(DIGITS, values, strict=True))


class Bench:
    """Builds the workers, and keeps them where a test can look at them."""

    def __init__(
        self,
        *,
        metrics: Mapping[str, float] | None = None,
        script: Callable[[Request], list[int]] | None = None,
    ) -> None:
        self.table = Table()
        self.tokens_per_s = 100.0
        self.sampler = TableSampler(self.table, script)
        self.learner = TableLearner(self.table, metrics)
        self.machine: Machine | None = None

    def __call__(self, config: TrainConfig, machine: Machine) -> Workers:
        self.machine = machine
        return Workers(
            tokenizer=TOKENIZER,
            sampler=self.sampler,
            speed=lambda: Speed(tokens_per_s=self.tokens_per_s, prompt_s=0.05),
            learner=self.learner,
            save_model=self._save_model,
            num_params=len(DIGITS),
            context=256,
            checkpoint_bytes=10_000,
        )

    def _save_model(self, folder: Path) -> None:
        (folder / "model").mkdir()
        self.learner.save(folder / "model")


def write_questions(path: Path, answers: str, count: int = 40, *, thoughts: bool = False) -> Path:
    rows = [
        {"question": f"Question {i}?", "answer": answers[i % len(answers)]}
        | ({"thought": "so it is"} if thoughts else {})
        for i in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def table_config(questions: Path, *, num_steps: int = 12, **rl: float) -> TrainConfig:
    """RL on a file of questions, answered at once."""
    settings = {"groups_per_step": 4, "group_size": 6, "answer": 2, "lr": 0.1, **rl}
    return TrainConfig(
        recipe="own",
        model="table",
        tasks=(TaskConfig(family=str(questions)),),
        rl=RLConfig(num_steps=num_steps, think=0, **settings),  # pyright: ignore[reportArgumentType]
        optim=OptimConfig(warmup=0.0),
        run=RunConfig(
            checkpoint_every=4, eval_every=6, eval_n=8, dtype="fp32", threads=1, trackers=()
        ),
    )


def start(config: TrainConfig, out: Path, bench: Bench | None = None, *, resume=False) -> str:
    """Run to the end and return what was shown."""
    shown = io.StringIO()
    console = Console(file=shown, width=200)
    train(config, out, resume=resume, console=console, build=bench or Bench())
    return shown.getvalue()


def weights(out: Path) -> list[float]:
    return json.loads((out / "model" / "table.json").read_text())


def interrupt_at(step: int) -> Bench:
    """Press Ctrl-C while a step is under way."""
    bench = Bench()
    publish, steps = bench.learner.publish, iter(range(1, 1000))

    def pressing(version):
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGINT)
        return publish(version)

    bench.learner.publish = pressing
    return bench
