"""Self-correction, measured on answers: what a thought's revisions change, and what they are worth.

A *mark* is a word by which a thought turns on itself ("Wait", "no", "but"). Marks alone prove
nothing: a model may write "Wait" and go on as before. So answers are taken from the thought, always
greedily:

- *Transitions.* The thought is closed directly before each of its first marks and at its end, and
  answers compared from one to the next: which share of the wrong ones becomes right, and of the
  right ones wrong. The same is told of thoughts without a mark, at the places where marks usually
  stand. Both are descriptions: places with and without a mark differ in how often the answer is
  wrong and in how many tokens lie between them, so that their difference is not the marks' effect.
- *The causal test.* The thought is cut before its first mark and continued at temperature 1:
  freely; with all marks banned; with as many other words banned that are as frequent (a placebo: a
  ban alone may harm); with its mark forced; and thrown away and begun anew, with as many tokens on
  average as it goes on for when it is free. Free minus banned is what a model loses that may not
  turn in these words; a model that says the same in other words loses less.

Words are banned by token, in the engine. Sources: 2310.01798 (models rarely correct themselves),
and 2501.19393 (a forced "Wait").
"""

from dataclasses import asdict, dataclass
from typing import Any

from cogitate.evaluate.intervals import Interval, share_interval
from cogitate.evaluate.reflection.causal import NEAR, Causal
from cogitate.evaluate.reflection.thoughts import closed, finished_thoughts, judged
from cogitate.evaluate.reflection.transitions import Transitions, transitions
from cogitate.evaluate.scoring import EvalSpec
from cogitate.protocols import Family, Sampler
from cogitate.tasks.capabilities import Interacts
from cogitate.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """What a model's revisions change, and what they are worth.

    Example: reflection.worth["banned"] -> Interval(mean=0.12, low=0.05, high=0.19)
    """

    num_thoughts: int
    """Finished thoughts, without those that have a mark at their beginning alone."""
    marked: Interval
    """Share of them with a mark."""
    at_marks: Transitions | None
    """None if no thought has a mark."""
    elsewhere: Transitions | None
    """Of thoughts without a mark, where marks usually stand; None if all have one."""
    accuracy: dict[str, Interval]
    """Way -> accuracy of the continuations."""
    tokens: dict[str, float]
    """Way -> mean thought tokens of the continuations."""
    worth: dict[str, Interval]
    """Way -> accuracy when continued freely minus accuracy in this way, paired by thought."""

    @property
    def is_matched(self) -> bool:
        """Whether the retry has as many tokens on average as the free continuations."""
        free, retry = (self.tokens.get(way, 0.0) for way in ("free", "retry"))
        return abs(retry - free) <= NEAR * free

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def reflection(
    sampler: Sampler, tokenizer: Tokenizer, family: Family, spec: EvalSpec
) -> Reflection | None:
    """Return what revisions are worth; None without a finished thought, or with several turns.

    Args:
        sampler: of the model.
        tokenizer: its tokenizer.
        family: the questions' family.
        spec: the questions, the budget, and the temperature of the first thoughts.
    """
    if tokenizer.think_close is None or isinstance(family, Interacts):
        return None
    texts = tokenizer.texts()
    thoughts = finished_thoughts(sampler, tokenizer, family, spec, texts)
    if not thoughts:
        return None
    repeated = [thought for thought in thoughts for _ in thought.places]
    asked = [closed(tokenizer, t, place) for t in thoughts for place in t.places]
    right = iter(judged(family, tokenizer, repeated, sampler.sample(asked)))
    answers = [(thought, [next(right) for _ in thought.places]) for thought in thoughts]
    causal = Causal(sampler, tokenizer, family, [t for t in thoughts if t.is_marked])
    accuracy, tokens, worth = causal.measured(texts, thoughts)
    return Reflection(
        num_thoughts=len(thoughts),
        marked=share_interval(
            [float(thought.is_marked) for thought in thoughts], [t.cluster for t in thoughts]
        ),
        at_marks=transitions([one for one in answers if one[0].is_marked]),
        elsewhere=transitions([one for one in answers if not one[0].is_marked]),
        accuracy=accuracy,
        tokens=tokens,
        worth=worth,
    )
