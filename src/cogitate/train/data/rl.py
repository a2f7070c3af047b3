"""The policy's own rollouts: rollout, verify, advantage, and a refill where nothing is learned.

Groups whose rewards are all equal carry no gradient. As soon as one is known to be such, another
takes its place in the batch, `refill_rounds` times at most; a place that is still without signal
then makes the batch smaller.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from random import Random
from typing import Any

from cogitate.advantage import ADVANTAGES
from cogitate.config import RLConfig
from cogitate.prompt import answer_text, prompt_tokens, thought_text
from cogitate.seeds import derive, first_index
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.anytime import cuts, draw_points, worths
from cogitate.train.data.batch import Batch
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.data.mixture import Mixture, Source
from cogitate.train.data.together import Asker, together
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.types import (
    Budget,
    Datum,
    Derives,
    End,
    Family,
    Request,
    Rollout,
    Sampler,
    Task,
    ThoughtEnd,
    Verdict,
)
from cogitate.verify import judge
from cogitate.watch import text_metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One question with its rollouts, their verdicts and advantages, row by row."""

    task: Task
    refill_round: int
    rollouts: Sequence[Rollout]
    verdicts: Sequence[Verdict]
    worths: Sequence[float | None]
    """What advantages are taken from: rewards, or with `rl.anytime` their mean over all points."""
    advantages: Sequence[float | None]
    """None where the rollout or its verifier failed, so that it is masked."""

    @property
    def share(self) -> float | None:
        """Share of right rollouts; None where no verifier gave a reward."""
        rewards = [verdict.reward for verdict in self.verdicts if verdict.reward is not None]
        return sum(rewards) / len(rewards) if rewards else None

    @property
    def has_signal(self) -> bool:
        """Whether any rollout is better than another."""
        return any(self.advantages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinforce:
    """The source of RL batches."""

    sampler: Sampler
    tokenizer: Tokenizer
    mixture: Mixture
    curriculum: Curriculum
    config: RLConfig
    seed: int
    stopwatch: Stopwatch

    def batch(self, step: int) -> Batch:
        """Return the groups with signal of one step, and all that was rolled out for them."""
        groups = self.groups(step)
        records = [record for group in groups for record in self._records(group)]
        return Batch(
            groups=[data(group, self.config.temperature) for group in groups if group.has_signal],
            metrics={
                **_metrics(groups),
                **text_metrics(records),
                **self._unsupported(records),
                **self.curriculum.metrics(),
            },
            records=records,
        )

    def groups(self, step: int) -> list[Group]:
        """Return every group of one step, with and without signal, round by round."""
        places = [self._fill(step, place) for place in range(self.config.groups_per_step)]
        with self.stopwatch.measure("rollout"):
            filled = together(self.sampler, places)
        groups = sorted(chain(*filled), key=lambda group: group.refill_round)
        for group in groups:
            if group.share is not None and self._had_room(group):
                self.curriculum.observe(group.task.family, group.task.level, group.share)
        return groups

    def _fill(self, step: int, place: int) -> Asker[list[Group]]:
        """Try one question after the other for a place of the batch, until one carries signal."""
        groups: list[Group] = []
        for refill_round in range(self.config.refill_rounds + 1):
            groups.append((yield from self._group(step, refill_round, place)))
            if groups[-1].has_signal:
                break
        return groups

    def _had_room(self, group: Group) -> bool:
        """Say whether a group tells of its level, and not of too tight a budget."""
        widest = max(self.config.budgets or (self.config.think,))
        return group.rollouts[0].request.budget.think == widest or all(
            rollout.thought_end is not ThoughtEnd.BUDGET for rollout in group.rollouts
        )

    def _group(self, step: int, refill_round: int, place: int) -> Asker[Group]:
        """Ask a question as often as a group is large, and judge what is answered."""
        where = ("rl", step, refill_round)
        seed = derive(self.seed, *where, place)
        num_rounds, per_round = self.config.refill_rounds + 1, self.config.groups_per_step
        index = (step * num_rounds + refill_round) * per_round + place
        family, task = self.mixture.draw(
            first_index(self.seed, "rl") + index, seed, partial(self._level, seed=seed)
        )
        rollouts = yield self._requests(task, (*where, place))
        verdicts = self._verify_all(family, task, rollouts)
        worth = [verdict.reward for verdict in verdicts]
        if self.config.anytime:
            points = self._points(rollouts[0].request, seed)
            assert self.tokenizer.think_close is not None
            cut = cuts(rollouts, points, (self.tokenizer.think_close,))
            answers = yield [one.request for one in cut]
            forced = self._verify_all(family, task, answers)
            worth = worths(verdicts, self.config.anytime, [one.row for one in cut], forced)
        return Group(
            task=task,
            refill_round=refill_round,
            rollouts=rollouts,
            verdicts=verdicts,
            worths=worth,
            advantages=_masked(ADVANTAGES[self.config.advantage], worth),
        )

    def _requests(self, task: Task, where: tuple[str | int, ...]) -> list[Request]:
        budget = self._budget(derive(self.seed, *where, "budget"))
        prompt = prompt_tokens(self.tokenizer, task.question, budget)
        return [
            Request(
                prompt=prompt,
                budget=budget,
                temperature=self.config.temperature,
                seed=derive(self.seed, *where, row),
            )
            for row in range(self.config.group_size)
        ]

    def _verify_all(self, family: Family, task: Task, rollouts: Sequence[Rollout]) -> list[Verdict]:
        with self.stopwatch.measure("verify"):
            return [self._verify(family, task, rollout) for rollout in rollouts]

    def _level(self, source: Source, seed: int) -> int | None:
        if source.level is not None:
            return source.level
        return self.curriculum.draw(source.family.name, seed)

    def _points(self, request: Request, seed: int) -> list[int]:
        return draw_points(request.budget.think or 0, self.config.anytime, seed)

    def _budget(self, seed: int) -> Budget:
        think = Random(seed).choice(self.config.budgets or (self.config.think,))
        return Budget(think=think, answer=self.config.answer)

    def _verify(self, family: Family, task: Task, rollout: Rollout) -> Verdict:
        match rollout.end:
            case End.TRUNCATED:
                return Verdict(reward=0.0, why="cut off before its end")
            case End.CANCELLED | End.ERROR:
                return Verdict(reward=None, why=f"the rollout itself ended as {rollout.end}")
            case End.DONE if self._forfeits and rollout.thought_end is ThoughtEnd.BUDGET:
                return Verdict(reward=0.0, why="still thinking when its budget was spent")
            case End.DONE:
                return judge(family, task, answer_text(self.tokenizer, rollout))

    @property
    def _forfeits(self) -> bool:
        """Whether a thought that its budget closed earns nothing."""
        return bool(self.config.budgets) and not self.config.deadlines_s

    def _unsupported(self, records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Return the share of right answers that their thoughts do not come to, if one can tell."""
        families = {source.family.name: source.family for source in self.mixture.sources}
        derived = [
            family.derives(record["thought"], record["answer"])
            for record in records
            if record["reward"] == 1 and record["thought"]
            if isinstance(family := families.get(record["family"]), Derives)
        ]
        return {"unsupported": derived.count(False) / len(derived)} if derived else {}

    def _records(self, group: Group) -> list[dict[str, Any]]:
        rows = zip(group.rollouts, group.verdicts, group.worths, group.advantages, strict=True)
        return [
            {
                "key": group.task.key,
                "family": group.task.family,
                "refill_round": group.refill_round,
                "level": group.task.level,
                "question": group.task.question,
                "target": group.task.target,
                "thought": thought_text(self.tokenizer, rollout),
                "answer": answer_text(self.tokenizer, rollout),
                "thought_tokens": len(rollout.thought),
                "answer_tokens": len(rollout.answer),
                "budget": rollout.request.budget.think,
                "thought_end": str(rollout.thought_end),
                "end": str(rollout.end),
                "reward": verdict.reward,
                "why": verdict.why,
                "return": worth,
                "advantage": advantage,
                "seed": rollout.request.seed,
            }
            for rollout, verdict, worth, advantage in rows
        ]


def _masked(
    advantage: Callable[[Sequence[float]], Sequence[float]], worths: Sequence[float | None]
) -> list[float | None]:
    """Return advantages among the rows that are worth something known; None for the others.

    Example: worths (1, None, 0) under dr_grpo -> [0.5, None, -0.5]
    """
    known = [worth for worth in worths if worth is not None]
    if not known or min(known) == max(known):
        return [None if worth is None else 0.0 for worth in worths]
    values = iter(advantage(known))
    return [None if worth is None else next(values) for worth in worths]


def data(group: Group, temperature: float) -> list[Datum]:
    """Return what is learned: each sampled token at its rollout's advantage, forced ones at 0."""
    return [
        Datum(
            prompt=rollout.request.prompt,
            completion=rollout.tokens,
            weights=tuple(advantage if sampled else 0.0 for sampled in rollout.sampled),
            logprobs=rollout.logprobs,
            temperature=temperature,
        )
        for rollout, advantage in zip(group.rollouts, group.advantages, strict=True)
        if advantage is not None
    ]


def _entropy(rollouts: Sequence[Rollout]) -> float:
    """Return the mean surprise of a sampled token, in nats: the policy's entropy, estimated."""
    pairs = [pair for r in rollouts for pair in zip(r.logprobs, r.sampled, strict=True)]
    sampled = [logprob for logprob, is_sampled in pairs if is_sampled]
    return -sum(sampled) / max(1, len(sampled))


def _metrics(groups: Sequence[Group]) -> dict[str, float]:
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    rewards = [verdict.reward for group in groups for verdict in group.verdicts]
    judged = [reward for reward in rewards if reward is not None]
    num = len(rollouts)
    return {
        "reward": sum(judged) / max(1, len(judged)),
        "groups_with_signal": float(sum(group.has_signal for group in groups)),
        "groups": float(len(groups)),
        "rollouts": float(num),
        "verifier_failed": float(num - len(judged)),
        "truncated": sum(rollout.end is End.TRUNCATED for rollout in rollouts) / num,
        "thought_forced": sum(r.thought_end is ThoughtEnd.BUDGET for r in rollouts) / num,
        "thought_tokens": sum(len(rollout.thought) for rollout in rollouts) / num,
        "tokens": float(sum(len(rollout.tokens) for rollout in rollouts)),
        "entropy": _entropy(rollouts),
    }
