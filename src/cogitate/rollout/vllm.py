"""vLLM as sampler: ids in, ids and log-probabilities out, by our thinking machine.

vLLM's own thinking budget is not used: it is lost under asynchronous scheduling. A rollout is asked
in segments instead. One ends where the machine may act: at a watched token, at a limit, and every
`_CHUNK` tokens where it looks at each token. Tokens behind the one at which it acts are dropped;
the prefix cache keeps what comes before.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")  # weights are handed over in process
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")

from vllm import LLM, SamplingParams
from vllm.sampling_params import RequestOutputKind

from cogitate import models
from cogitate.errors import ModelError, UsageError
from cogitate.models import lora
from cogitate.models import weights as model_weights
from cogitate.protocols import Poll, Then
from cogitate.rollout.answers import Answers
from cogitate.rollout.local import refused
from cogitate.seeds import derive
from cogitate.thinking.machine import Markers, Phase, ThinkingMachine
from cogitate.types import Request, Rollout, Weights

_CHUNK = 128
_DTYPES = {"fp32": "float32", "bf16": "bfloat16"}
_GPU_SHARE = 0.45
"""Of a GPU's memory; the learner has the rest."""
_CACHE_GB = "4"
"""On a CPU, for keys and values."""


class VllmSampler:
    """Generates rollouts with vLLM, in this process.

    Example: VllmSampler(policy, markers(policy.tokenizer), rows=64, dtype="bf16")
    """

    def __init__(self, policy: models.Policy, markers: Markers, *, rows: int, dtype: str) -> None:
        """Start vLLM with a policy's weights; its adapters are merged.

        Args:
            policy: its decoder takes the weights that are loaded later.
            markers: how it opens and closes thoughts and ends answers.
            rows: rollouts at a time.
            dtype: "fp32" or "bf16".
        """
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", _CACHE_GB)
        self._decoder, self._markers, self._version = policy.decoder, markers, 0
        self._context = policy.decoder.arch.context
        self._num = 0
        with TemporaryDirectory(prefix="cogitate-vllm-") as folder:
            models.save(policy, Path(folder))
            self._llm = LLM(
                model=folder,
                skip_tokenizer_init=True,
                dtype=_DTYPES[dtype],
                max_num_seqs=rows,
                max_model_len=self._context,
                logprobs_mode="processed_logprobs",
                hf_overrides={"head_dtype": "float32"},
                gpu_memory_utilization=_GPU_SHARE,
                disable_log_stats=True,
            )

    def load_weights(self, weights: Weights) -> None:
        """Sample from these weights from now on; nothing computed by older ones is kept."""
        model_weights.load(self._decoder, weights)
        named = model_weights.publish(lora.plain(self._decoder), weights.version).tensors
        # A tied head is among them: without it vLLM keeps the old one.
        self._llm.collective_rpc("reload_weights", kwargs={"weights_iterator": iter(named.items())})
        if not self._llm.reset_prefix_cache():
            raise ModelError(
                "vLLM keeps what it computed by the weights before: it is still at work"
            )
        self._version = weights.version

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of all requests, and of those that `then` and `poll` add.

        Raises:
            UsageError: a request needs a deadline, probes, a schema or banned tokens.
        """
        answers, running = Answers(requests, then), dict[str, _Running]()
        engine = self._llm.llm_engine
        try:
            while True:
                answers.ask(() if poll is None else poll(answers.num_left))
                if not answers.num_left:
                    return answers.results()
                while answers.waiting:
                    self._begin(*answers.waiting.popleft(), answers, running)
                for output in engine.step():
                    own = running.pop(output.request_id)
                    own.take(output)
                    self._go_on(own, answers, running)
        finally:
            engine.abort_request(list(running))

    def _begin(
        self, place: int, request: Request, answers: Answers, running: "dict[str, _Running]"
    ) -> None:
        _need_segments(request)
        room = self._context - len(request.prompt)
        if room < len(self._markers.close) + 2:
            answers.end(place, refused(request))
            return
        machine = ThinkingMachine(request.prompt, request.budget, self._markers, room)
        self._go_on(_Running(place, request, machine), answers, running)

    def _go_on(self, own: "_Running", answers: Answers, running: "dict[str, _Running]") -> None:
        """Ask for a rollout's next segment, or end it."""
        own.force()
        if own.machine.phase is Phase.DONE:
            answers.end(own.place, own.rollout(self._version))
            return
        self._num += 1
        name = str(self._num)
        prompt = {"prompt_token_ids": [*own.request.prompt, *own.tokens]}
        self._llm.llm_engine.add_request(name, prompt, own.params(self._markers))
        own.num_segments += 1
        running[name] = own


@dataclass(slots=True)
class _Running:
    """A rollout on its way, segment by segment."""

    place: int
    request: Request
    machine: ThinkingMachine
    logprobs: list[float] = field(default_factory=list[float])
    scores: tuple[tuple[float, int, float], ...] = ()
    num_segments: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def tokens(self) -> list[int]:
        """Everything after the prompt."""
        return self.machine.thought + self.machine.answer

    def force(self) -> None:
        """Write what the machine forces."""
        while (token := self.machine.forced) is not None:
            self.machine.push(token)
            self.logprobs.append(0.0)

    def params(self, markers: Markers) -> SamplingParams:
        """Return how vLLM is asked for the next segment."""
        request, machine = self.request, self.machine
        is_looked_at = machine.quiet < machine.segment - 1
        return SamplingParams(
            temperature=request.temperature,
            top_k=request.top_k or -1,
            top_p=request.top_p,
            min_p=request.min_p,
            seed=derive(request.seed, "segment", self.num_segments),
            max_tokens=min(machine.segment, _CHUNK) if is_looked_at else machine.segment,
            stop_token_ids=sorted(markers.watched),
            ignore_eos=True,
            logprobs=0,
            prompt_logprobs=1 if request.echo and not self.num_segments else None,
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def take(self, output: Any) -> None:
        """Write a segment, up to the token at which the machine acts."""
        (segment,) = output.outputs
        if output.prompt_logprobs is not None:
            self.scores = tuple(map(_score, self.request.prompt[1:], output.prompt_logprobs[1:]))
        for token, found in zip(segment.token_ids, segment.logprobs, strict=True):
            if self.machine.phase is Phase.DONE or self.machine.forced is not None:
                return
            allowed = self.machine.allowed(token)
            self.machine.push(allowed)
            self.logprobs.append(found[token].logprob if allowed == token else 0.0)

    def rollout(self, version: int) -> Rollout:
        """Return the rollout, which has ended."""
        num, seconds = len(self.machine.sampled), time.monotonic() - self.started
        versions = ((version, num),) if num else ()
        return self.machine.rollout(self.request, self.logprobs, versions, seconds, self.scores)


def _score(token: int, found: Any) -> tuple[float, int, float]:
    """Return a prompt token's log-probability, the likeliest token, and that one's."""
    best = max(found, key=lambda other: found[other].logprob)
    return found[token].logprob, best, found[best].logprob


def _need_segments(request: Request) -> None:
    """Refuse what cannot be asked in segments, by name.

    Raises:
        UsageError: a deadline, probes, a schema or banned tokens.
    """
    budget = request.budget
    asked = {
        "a deadline in seconds": budget.deadline_s is not None,
        "probes of the answer": budget.probe_every > 0,
        "a schema of the answer": bool(request.schema),
        "banned tokens": bool(request.banned),
    }
    for what, is_asked in asked.items():
        if is_asked:
            raise UsageError(f"run.sampler vllm does not serve {what}; take run.sampler local")
