"""Episodes: a task in its environment, turn by turn, from the first prompt to the verdict."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import cast

from cogitate.environments import begin_later, step_later
from cogitate.prompt import answer_text
from cogitate.protocols import Env, Family
from cogitate.rollout.history import HISTORIES, Kind
from cogitate.rollout.together import Asker
from cogitate.seeds import derive
from cogitate.tasks.capabilities import AnswersInOneBlock, Interacts
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, End, Episode, Message, Request, Rollout, Step, Task, Verdict
from cogitate.verify.judge import no_verdict

MAX_TURNS = 16
"""An episode that is not done after this many turns has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The settings of every turn of an episode.

    Example: Terms(tokenizer=tokenizer, budget=Budget(think=64, answer=8))
    """

    tokenizer: Tokenizer
    budget: Budget
    """The budget of each turn."""
    temperature: float = 1.0
    history: Kind = "last"
    system: str | None = None
    """System message before the environment's own; None leaves it to the model's template."""
    verdict_of: Callable[[Rollout], Verdict | None] = lambda _: None
    """Judges a turn before the environment sees it: a verdict ends the episode."""
    judging: Callable[[], AbstractContextManager[None]] = nullcontext
    """Context entered while the environment takes a step in this process."""


def play(env: Env, task: Task, terms: Terms, seed: int) -> Asker[Episode]:
    """Run one episode; the environment is always closed.

    The first turn samples with `seed`, each other with a seed derived from it.
    """
    history = HISTORIES[terms.history](terms.tokenizer, terms.budget)
    turns: list[Rollout] = []
    said: list[tuple[Message, ...]] = []
    try:
        (step,) = cast("list[Step]", (yield [begin_later(env, task)]))
        if step.verdict is not None:
            return Episode(turns=(), verdict=step.verdict)
        prompt = history.begin([*_system(terms), *step.messages])
        while True:
            (turn,) = cast("list[Rollout]", (yield [_request(prompt, terms, seed, len(turns))]))
            turns.append(turn)
            verdict = _outgrown(turns) or terms.verdict_of(turn)
            if verdict is None:
                answer = answer_text(terms.tokenizer, turn)
                with terms.judging():
                    begun = step_later(env, answer)
                (step,) = cast("list[Step]", (yield [begun]))
                verdict = _verdict(step, turns)
            if verdict is not None:
                return Episode(turns=tuple(turns), verdict=verdict, said=tuple(said))
            said.append(tuple(step.messages))
            prompt = history.go_on(turn, step.messages)
    finally:
        env.close()


def history_of(family: Family) -> Kind:
    """Return which history a family's episodes have."""
    return family.history if isinstance(family, Interacts) else "last"


def budget_of(family: Family, budget: Budget) -> Budget:
    """Return a budget that says whether a family's answers are one block of code."""
    is_one = isinstance(family, AnswersInOneBlock) and family.one_block
    return replace(budget, one_block=True) if is_one else budget


def _request(prompt: tuple[int, ...], terms: Terms, seed: int, turn: int) -> Request:
    return Request(
        prompt=prompt,
        budget=terms.budget,
        temperature=terms.temperature,
        seed=derive(seed, "turn", turn) if turn else seed,
    )


def _system(terms: Terms) -> list[Message]:
    return [] if terms.system is None else [{"role": "system", "content": terms.system}]


def _outgrown(turns: list[Rollout]) -> Verdict | None:
    """Return the verdict on a conversation that is too long for its last turn, if it is."""
    if len(turns) == 1 or turns[-1].end is not End.ERROR:
        return None
    why = f"turn {len(turns)} has no room in the context, or no time before its deadline"
    return Verdict(reward=0.0, why=why)


def _verdict(step: Step, turns: list[Rollout]) -> Verdict | None:
    """Return the verdict of the last step, or on an episode that cannot continue; else None."""
    if step.done:
        return step.verdict or no_verdict("gave no verdict at the end")
    if turns[-1].end is not End.DONE:
        return Verdict(reward=0.0, why="cut off before its end")
    if len(turns) == MAX_TURNS:
        return Verdict(reward=0.0, why=f"not done after {MAX_TURNS} turns")
    return None
