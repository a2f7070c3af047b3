"""The shared data types (DESIGN 4).

They are frozen, slotted and keyword-only. Token ids are always those that the model read and
wrote; text is decoded from them for showing and verifying, and never encoded again.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

USUAL_ANSWER = 32
"""Assumed tokens of an answer, if nothing is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One question with its target answer.

    Example: Task(key="letter_counting/test/17", family="letter_counting", level=3,
    question='How many times does the letter "r" occur in "strawberry"?', target="3",
    metadata={"cluster": "strawberry"})
    """

    key: str
    """Identifies the task, stable across runs."""
    family: str
    level: int
    question: str
    """The text shown to the policy."""
    target: str
    """The correct answer in canonical form; never shown to the policy."""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON values. `cluster` is the key by which intervals are clustered (a word, a template)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The limits of one request, in training, evaluation and serving.

    Example: Budget(think=128, answer=16) thinks for at most 128 tokens, then answers in at
    most 16. `None` is no limit other than the context.
    """

    think: int | None = None
    """Most thought tokens, without the closing marker; 0 answers at once."""
    stated: int | None = None
    """Thought tokens stated in the prompt, if the model was trained with budgets; None states
    `think`."""
    min_think: int = 0
    """Least thought tokens: a cue to continue replaces an earlier close."""
    answer: int | None = None
    """Most answer tokens, with the end-of-text token."""
    total: int | None = None
    """Most tokens of thought and answer together, with markers."""
    deadline_s: float | None = None
    """Seconds for the whole rollout, from its submission."""
    soft_stop: int = 0
    """Within this many tokens of the thought's limit, the end of a sentence closes it."""
    break_loops: bool = False
    """Whether a thought that repeats is closed, and an answer that repeats is cut off."""
    probe_every: int = 0
    """Thought tokens between probes of the answer: the thought closes once three consecutive
    probes agree. 0 is off."""
    one_block: bool = False
    """Whether the answer is done with its first complete block of code."""

    @property
    def max_answer(self) -> int | None:
        """Most answer tokens, by `answer` and `total`."""
        return min((n for n in (self.answer, self.total) if n is not None), default=None)

    @property
    def at_once(self) -> "Budget":
        """The limits of the answer alone, without a thought."""
        return Budget(think=0, answer=self.answer, one_block=self.one_block)

    def __post_init__(self) -> None:
        """Refuse invalid budgets.

        Raises:
            ValueError: names the value that is out of range.
        """
        if self.think is not None and self.think < 0:
            raise ValueError(f"a thought budget is 0 or more tokens, not {self.think}")
        if not 0 <= self.min_think <= (self.min_think if self.think is None else self.think):
            raise ValueError(f"the minimum is 0 to {self.think} tokens, not {self.min_think}")
        if self.answer is not None and self.answer < 1:
            raise ValueError(f"an answer limit is 1 or more tokens, not {self.answer}")
        if self.total is not None and self.total < 1:
            raise ValueError(f"a total is 1 or more tokens, not {self.total}")
        if self.deadline_s is not None and not 0 < self.deadline_s < math.inf:
            raise ValueError(f"a deadline is more than 0 seconds, not {self.deadline_s}")
        if self.probe_every < 0:
            raise ValueError(f"probes are 1 or more tokens apart, not {self.probe_every}")
        if self.soft_stop < 0:
            raise ValueError(f"a soft stop is 0 or more tokens, not {self.soft_stop}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The input of one rollout, sufficient to replay it.

    Example: Request(prompt=(1, 9690, 198), budget=Budget(think=64, answer=8), seed=7)
    """

    prompt: tuple[int, ...]
    """Token ids; they end inside an open thought if the model shall think."""
    budget: Budget = Budget()
    temperature: float = 1.0
    """0 is greedy."""
    top_k: int = 0
    """0 is off."""
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int = 0
    echo: bool = False
    """Whether to score the prompt's own tokens."""
    schema: str = ""
    """The JSON Schema of the answer, as text; empty for none."""
    banned: tuple[int, ...] = ()
    """Tokens that the thought may not contain; its closing marker is none of them."""


class ThoughtEnd(StrEnum):
    """How thinking ended."""

    NATURAL = "natural"
    BUDGET = "budget"
    DEADLINE = "deadline"
    LOOP = "loop"
    EARLY_EXIT = "early_exit"
    NONE = "none"
    """There was no thought, or it was still open when the rollout ended."""


class End(StrEnum):
    """How the rollout ended."""

    DONE = "done"
    TRUNCATED = "truncated"
    """The answer limit or the context ran out before the end-of-text token."""
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The output of one request: token ids with their log-probabilities.

    Example: Rollout(request=..., thought=(82, 216, 2), answer=(35, 2), logprobs=(-0.1, -0.2,
    0.0, -0.4, -0.01), sampled=(True, True, False, True, True), thought_end="budget",
    end="done", versions=((3, 5),), seconds=0.4)
    """

    request: Request
    thought: tuple[int, ...]
    """Token ids after the prompt, up to and with the closing marker; empty without a thought."""
    answer: tuple[int, ...]
    """Token ids after the thought, with the end-of-text token if it was reached."""
    logprobs: tuple[float, ...]
    """Natural log-probability of each token of thought + answer at the request's temperature."""
    sampled: tuple[bool, ...]
    """False for each token of thought + answer that the engine forced: it never enters the loss."""
    thought_end: ThoughtEnd
    end: End
    versions: tuple[tuple[int, int], ...]
    """Policy versions that wrote thought + answer, in order, each with its number of tokens."""
    seconds: float
    """Time from submission to the end."""
    prompt_scores: tuple[tuple[float, int, float], ...] = ()
    """With `echo`, for each token of the prompt but the first: its log-probability, the likeliest
    token in its place, and the log-probability of that; at temperature 1."""
    looped: bool = False
    """Whether the answer was cut off because it repeated (`end` is then truncated)."""

    @property
    def tokens(self) -> tuple[int, ...]:
        """Everything after the prompt."""
        return self.thought + self.answer

    @property
    def version(self) -> int:
        """Policy version of the last token; 0 if there is none."""
        return self.versions[-1][0] if self.versions else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of a verifier on one answer.

    Example: Verdict(reward=0.0, parts={"format": 1.0}, why="expected 3, got 2")
    """

    reward: float | None
    """0 or 1; None if the verifier failed."""
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    why: str = ""
    """The reason, one line for people."""


Message = Mapping[str, Any]
"""One message of a conversation: {"role": "user", "content": "How many r's?"}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The response of an environment to one answer.

    Example: Step(messages=({"role": "user", "content": "higher"},)), and at the end
    Step(done=True, verdict=Verdict(reward=1.0))
    """

    messages: Sequence[Message] = ()
    """New messages, added to those before."""
    done: bool = False
    """Whether this was the last turn."""
    verdict: Verdict | None = None
    """Set on the last step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One task in its environment: the turns, and the verdict at the end.

    Example: Episode(turns=(Rollout(...), Rollout(...)), verdict=Verdict(reward=1.0))
    """

    turns: tuple[Rollout, ...]
    """The rollout of each turn; none if the environment could not begin."""
    verdict: Verdict
    said: tuple[Sequence[Message], ...] = ()
    """The environment's messages before each turn but the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The result of one step of the engine for one request.

    Example: Event(request_id=4, token=260, rollout=None)
    """

    request_id: int
    token: int | None = None
    """The new token, forced or sampled."""
    rollout: Rollout | None = None
    """Set on the last event of a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The measured speed of an engine for a single request; see `budget.think_within`.

    Example: Speed(tokens_per_s=100.0, answer=16, prompt_s=0.1)
    """

    tokens_per_s: float = 0.0
    answer: int = USUAL_ANSWER
    """Tokens that suffice for most answers."""
    prompt_s: float = 0.0
    """Seconds to prefill a question of usual length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One sequence of a training batch: a prompt, and a completion to learn.

    Example: Datum(prompt=(1, 5), completion=(8, 9, 2), weights=(0.5, 0.5, 0.5),
    logprobs=(-0.3, -1.2, -0.1))
    """

    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    weights: tuple[float, ...]
    """Per completion token: the advantage in RL, 1 in SFT, 0 for tokens that are not learned."""
    logprobs: tuple[float, ...] | None = None
    """The sampler's log-probabilities at `temperature`; None in SFT."""
    temperature: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A policy's weights, which a learner publishes and a sampler loads.

    Example: Weights(version=3, tensors={"model.embed_tokens.weight": ..., "lm_head.weight": ...})
    """

    version: int
    """Number of updates."""
    tensors: Mapping[str, Any]
    """Tensors under Hugging Face's names, a tied head twice; those of adapters under PEFT's names.
    They may share the learner's memory: copy them to keep them beyond the next update."""
    scores: tuple[float, ...] = ()
    """The learner's scores of a probe, by which a sampler elsewhere checks that it has the weights;
    see `train.cluster.probe`."""
