"""Worked solutions as the policy would have written them: prompt, thought, answer, end.

Where a run tells budgets, each solution is told one. Most are wide enough for its thought; now and
then one is too tight, and the thought is cut short before the answer: so a policy learns, before
any reward says so, that it can conclude at any time. A solution without self-corrections is shown
where they would not fit: so it learns to go straight where time is short, and only there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from cogitate.prompt import completion_tokens, prompt_tokens
from cogitate.protocols import Family
from cogitate.tasks.capabilities import Demonstrates, DemonstratesStraight
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Task

_CUT_SHARE = 0.25
"""Of the solutions that have a budget too tight for them: those that are told one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solutions:
    """How worked solutions are written down for one run.

    Example: Solutions(tokenizer=t, think=True, self_correction_share=0.4, budgets=(32, 64))
    """

    tokenizer: Tokenizer
    think: bool
    """Whether thoughts are learned at all."""
    self_correction_share: float = 1.0
    """Share of solutions with self-corrections, where a family has both kinds."""
    budgets: Sequence[int] = ()
    """Thought budgets that may be told; empty tells none."""
    empty_thought_share: float = 0.0
    """Share of solutions that leave their thought empty, however much room it has."""

    def write(self, family: Family, task: Task, seed: int) -> tuple[tuple[int, ...], ...]:
        """Return the prompt's ids and the completion's."""
        assert isinstance(family, Demonstrates)
        rng = Random(f"solution/{seed}")
        (thought, answer), budgets = family.demonstrate(task), self.budgets
        if isinstance(family, DemonstratesStraight) and rng.random() >= self.self_correction_share:
            straight = family.demonstrate_straight(task)
            budgets = self._too_tight(thought, straight[0])
            if budgets or not self.budgets:
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
        """Return prompt and completion of an answer without a thought."""
        prompt = prompt_tokens(self.tokenizer, task.question, Budget(think=0))
        return prompt, completion_tokens(self.tokenizer, None, answer)

    def _too_tight(self, thought: str, straight: str) -> Sequence[int]:
        """Return the budgets too tight for self-corrections, if one is wide enough without them."""
        longest, shortest = (len(self.tokenizer.encode(text)) for text in (thought, straight))
        budgets = [budget for budget in self.budgets if budget <= longest]
        return budgets if any(budget > shortest for budget in budgets) else ()

    def _within(self, thought: str, budgets: Sequence[int], rng: Random) -> tuple[Budget, str]:
        """Return one of the budgets to tell, and a thought that keeps to it."""
        tokens = self.tokenizer.encode(thought)
        # A thought as long as its budget is closed by force: one less fits.
        tight = [budget for budget in budgets if budget <= len(tokens)]
        wide = [budget for budget in budgets if budget > len(tokens)]
        if tight and rng.random() < _CUT_SHARE:
            budget = rng.choice(tight)
            kept = self.tokenizer.decode(tokens[: max(0, budget - 1)])
            return Budget(think=budget), concluded(kept)
        return Budget(think=rng.choice(wide) if wide else None), thought


def concluded(text: str) -> str:
    """Cut a thought that breaks off back to its last whole sentence, or word.

    Example: concluded(" 7-3=4 no. 7+3=1") -> " 7-3=4 no."
    """
    end = text.rfind(".") + 1
    return text[:end] if end else text[: max(0, text.rfind(" "))]
