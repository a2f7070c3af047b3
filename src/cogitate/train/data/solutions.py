"""Worked solutions in the policy's own form: prompt, thought, answer, end.

If a run states budgets, each solution has one. Most are wide enough for its thought. Some are too
tight, and the thought is cut short before the answer: this teaches the policy, before any reward,
to conclude at any point. If self-corrections do not fit a budget, a solution without them is shown:
this teaches it to leave them out under tight budgets only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from cogitate.prompt import completion_tokens, prompt_tokens
from cogitate.protocols import Family
from cogitate.tasks.capabilities import Demonstrates, DemonstratesStraight
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Task

_END = re.compile(r"(?<!\n\d)(?<!\n\d\d)\.(?=\s|$)|(?<=\S)(?=\n)")
"""The end of a sentence or line: no decimal point, no number of a list."""
_CUT_SHARE = 0.25
"""Share of the solutions with a too tight budget to choose that get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solutions:
    """The form of worked solutions in one run.

    Example: Solutions(tokenizer=t, think=True, self_correction_share=0.4, budgets=(32, 64))
    """

    tokenizer: Tokenizer
    think: bool
    """Whether thoughts are learned at all."""
    self_correction_share: float = 1.0
    """Share of solutions with self-corrections, where a family has both kinds. Of the others, those
    in which self-corrections fit every budget have them too, unless the share is 0."""
    budgets: Sequence[int] = ()
    """Thought budgets that may be stated; empty states none."""
    empty_thought_share: float = 0.0
    """Share of solutions whose thought is left empty."""

    def write(self, family: Family, task: Task, seed: int) -> tuple[tuple[int, ...], ...]:
        """Return the prompt's ids and the completion's."""
        rng = Random(f"solution/{seed}")
        (thought, answer), budgets = solution(family, task), self.budgets
        if isinstance(family, DemonstratesStraight) and rng.random() >= self.self_correction_share:
            straight = family.demonstrate_straight(task)
            budgets = self._too_tight(thought, straight[0])
            if budgets or not (self.budgets and self.self_correction_share):
                thought, answer = straight
        if not self.think:
            return self.answer_at_once(task, answer)
        budget, thought = self._within(thought, budgets or self.budgets, rng)
        thought = "" if rng.random() < self.empty_thought_share else thought
        if budget.think == 0:
            return self.answer_at_once(task, answer)
        prompt = prompt_tokens(self.tokenizer, task.question, budget)
        return prompt, completion_tokens(self.tokenizer, thought, answer)

    def answer_at_once(self, task: Task, answer: str) -> tuple[tuple[int, ...], ...]:
        """Return the prompt's ids and the completion's, for an answer without a thought."""
        prompt = prompt_tokens(self.tokenizer, task.question, Budget(think=0))
        return prompt, completion_tokens(self.tokenizer, None, answer)

    def _too_tight(self, thought: str, straight: str) -> Sequence[int]:
        """Return the budgets too tight for self-corrections, if one fits the straight solution."""
        longest, shortest = (len(self.tokenizer.encode(text)) for text in (thought, straight))
        budgets = [budget for budget in self.budgets if budget <= longest]
        return budgets if any(budget > shortest for budget in budgets) else ()

    def _within(self, thought: str, budgets: Sequence[int], rng: Random) -> tuple[Budget, str]:
        """Return one of the budgets to state, and a thought within it."""
        tokens = self.tokenizer.encode(thought)
        # A thought as long as its budget is closed by force: it must be one token shorter.
        tight = [budget for budget in budgets if budget <= len(tokens)]
        wide = [budget for budget in budgets if budget > len(tokens)]
        if tight and rng.random() < _CUT_SHARE:
            budget = rng.choice(tight)
            kept = self.tokenizer.decode(tokens[: max(0, budget - 1)])
            return Budget(think=budget), concluded(thought, len(kept))
        return Budget(think=rng.choice(wide) if wide else None), thought


def solution(family: Family, task: Task) -> tuple[str, str]:
    """Return a worked solution, or the target behind an empty thought where a family has none."""
    return family.demonstrate(task) if isinstance(family, Demonstrates) else ("", task.target)


def concluded(thought: str, most: int) -> str:
    """Return whole sentences or lines, or else words, of a thought's first `most` characters.

    Example: concluded(" 7-3=4 no. 7+3=10", 16) -> " 7-3=4 no."
    """
    ends = [found.end() for found in _END.finditer(thought) if found.end() <= most]
    return thought[: ends[-1] if ends else max(0, thought.rfind(" ", 0, most))]
