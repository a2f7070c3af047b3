"""The few types that carry everything (DESIGN 4).

Frozen, slotted, keyword-only. Token ids everywhere are the ids that the model saw and
wrote; text is decoded from them for reading and verifying, never encoded back.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

USUAL_ANSWER = 32
"""Tokens that an answer is taken to need, where nothing else is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One question with its right answer, as data.

    Example: Task(key="letter_counting/test/17", family="letter_counting", level=3,
    question='How many times does the letter "r" occur in "strawberry"?', target="3",
    metadata={"cluster": "strawberry"})
    """

    key: str
    """Stable across runs; seeds the task."""
    family: str
    level: int
    question: str
    """What the policy is shown."""
    target: str
    """The right answer in canonical form; never shown to the policy."""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON values. `cluster` names what intervals are clustered by (a word, a template)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one request may spend: the same value in training, evaluation and serving.

    Example: Budget(think=128, answer=16) thinks for at most 128 tokens, then answers in at
    most 16. `None` means no bound of its own (the context still bounds it).
    """

    think: int | None = None
    """Thought tokens at most, without the closing marker; 0 answers at once."""
    stated: int | None = None
    """Thought tokens that the prompt states, if the model was taught what that means; None states
    `think`."""
    min_think: int = 0
    """Thought tokens at least: an earlier close is replaced by a cue to go on."""
    answer: int | None = None
    """Answer tokens at most, the end-of-text token included."""
    total: int | None = None
    """Tokens of thought and answer together at most, markers included."""
    deadline_s: float | None = None
    """Seconds for the whole rollout: relative when written, absolute once started."""
    soft_stop: int = 0
    """Tokens before a limit of the thought from which on a sentence's end closes it."""
    break_loops: bool = False
    """Whether a thought that goes in circles is closed, and an answer cut off."""
    probe_every: int = 0
    """Thought tokens from one probe of the answer to the next: the thought closes once three in a
    row agree. 0 probes none."""

    @property
    def max_answer(self) -> int | None:
        """Answer tokens at most, whichever limit says so."""
        return min((n for n in (self.answer, self.total) if n is not None), default=None)

    def __post_init__(self) -> None:
        """Refuse budgets that mean nothing."""
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
    """All that was asked for, so that a rollout can be replayed and judged.

    Example: Request(prompt=(1, 9690, 198), budget=Budget(think=64, answer=8), seed=7)
    """

    prompt: tuple[int, ...]
    """Token ids up to where the model goes on; ends inside an open thought if it is to think."""
    budget: Budget = Budget()
    temperature: float = 1.0
    """0 is greedy."""
    top_k: int = 0
    """0 is off."""
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int = 0
    echo: bool = False
    """Whether the prompt's own tokens are to be scored."""
    schema: str = ""
    """A JSON Schema, as text, that the answer is to follow; empty for none."""


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
    """What came of one request: token ids, with the log-probability of each.

    Example: Rollout(request=..., thought=(82, 216, 2), answer=(35, 2), logprobs=(-0.1, -0.2,
    0.0, -0.4, -0.01), sampled=(True, True, False, True, True), thought_end="budget",
    end="done", versions=((3, 5),), seconds=0.4)
    """

    request: Request
    thought: tuple[int, ...]
    """Token ids after the prompt, up to and with the closing marker; empty without a thought."""
    answer: tuple[int, ...]
    """Token ids after the thought, the end-of-text token included when it was reached."""
    logprobs: tuple[float, ...]
    """Natural log-probability of each token of thought + answer at the request's temperature."""
    sampled: tuple[bool, ...]
    """False for each token of thought + answer that the engine forced: it never enters the loss."""
    thought_end: ThoughtEnd
    end: End
    versions: tuple[tuple[int, int], ...]
    """Policy versions that wrote thought + answer, in order, each with its number of tokens."""
    seconds: float
    """From submission to the end."""
    prompt_scores: tuple[tuple[float, int, float], ...] = ()
    """Of each token of the prompt but the first, where it was asked for: its log-probability, the
    likeliest token in its place, and the log-probability of that; at temperature 1."""
    looped: bool = False
    """Whether the answer repeated itself and was cut off for that (`end` is then truncated)."""

    @property
    def tokens(self) -> tuple[int, ...]:
        """Everything after the prompt."""
        return self.thought + self.answer

    @property
    def version(self) -> int:
        """Policy version of the last token; 0 where there is none."""
        return self.versions[-1][0] if self.versions else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verifier says of one answer.

    Example: Verdict(reward=0.0, parts={"format": 1.0}, why="expected 3, got 2")
    """

    reward: float | None
    """0 or 1 (the mean of several answers' where `rl.anytime` asks for them); None where the
    verifier itself failed."""
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    why: str = ""
    """One line that a person can read."""


Message = Mapping[str, Any]
"""One message of a conversation: {"role": "user", "content": "How many r's?"}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an environment says to one answer.

    Example: Step(messages=({"role": "user", "content": "higher"},)), and at the end
    Step(done=True, verdict=Verdict(reward=1.0))
    """

    messages: Sequence[Message] = ()
    """New messages alone; those before them stay."""
    done: bool = False
    """Whether this was the last turn."""
    verdict: Verdict | None = None
    """Set on the last step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What came of one task in its environment: turn by turn, and the verdict at the end.

    Example: Episode(turns=(Rollout(...), Rollout(...)), verdict=Verdict(reward=1.0))
    """

    turns: tuple[Rollout, ...]
    """Each has its prompt's ids, its own ids, which of them were sampled, and their
    log-probabilities. There are none where the environment could not begin."""
    verdict: Verdict
    said: tuple[Sequence[Message], ...] = ()
    """Messages of the environment before each turn but the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a running request in one step of the engine.

    Example: Event(request_id=4, token=260, rollout=None)
    """

    request_id: int
    token: int | None = None
    """The token that the row just got, forced or sampled."""
    rollout: Rollout | None = None
    """Set on the last event of a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The measured speed of an engine, for a request that runs alone; see `budget.think_within`.

    Example: Speed(tokens_per_s=100.0, answer=16, prompt_s=0.1)
    """

    tokens_per_s: float = 0.0
    answer: int = USUAL_ANSWER
    """Tokens that are enough for most answers."""
    prompt_s: float = 0.0
    """Seconds until a question of usual length has been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One sequence of a training batch: a prompt and what to learn after it.

    Example: Datum(prompt=(1, 5), completion=(8, 9, 2), weights=(0.5, 0.5, 0.5),
    logprobs=(-0.3, -1.2, -0.1))
    """

    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    weights: tuple[float, ...]
    """Per completion token: the advantage in RL, 1 in SFT, 0 where nothing is learned."""
    logprobs: tuple[float, ...] | None = None
    """The sampler's, at `temperature`; None in SFT."""
    temperature: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A policy as the learner publishes it and a sampler loads it.

    Example: Weights(version=3, tensors={"model.embed_tokens.weight": ..., "lm_head.weight": ...})
    """

    version: int
    """Updates that led to it."""
    tensors: Mapping[str, Any]
    """Tensors under Hugging Face's names, a tied head twice; of adapters under PEFT's. They may be
    the learner's own memory: whoever keeps them beyond the next update copies them."""
