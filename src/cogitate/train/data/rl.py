"""The policy's own rollouts: rollout, verify, advantage, and refill of groups without signal.

A slow verdict delays its own group only. The contents of a batch do not depend on the order in
which verdicts arrive: a place's next question follows from step, round and place.

Groups whose returns are all equal have no gradient (dynamic sampling, DAPO, arXiv 2503.14476,
section 3.2). Another group replaces such a group at once, at most `refill_rounds` times. A place
that is still without signal then makes the batch smaller.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import chain
from random import Random
from typing import Any

from cogitate.advantage import ADVANTAGES, shorter
from cogitate.config import RLConfig
from cogitate.environments import open_env
from cogitate.errors import UsageError
from cogitate.evaluate.scoring import thought_length
from cogitate.prompt import answer_text, thought_text
from cogitate.protocols import Family, Sampler
from cogitate.rollout.episodes import Terms, budget_of, history_of, play
from cogitate.rollout.together import Asker, Refusing, together
from cogitate.seeds import derive, first_index
from cogitate.tasks.capabilities import Derives
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.anytime import cuts, draw_points, returns
from cogitate.train.data.batch import Batch
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.data.mixture import Mixture, Source, room_for
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.types import Budget, Datum, End, Episode, Rollout, Task, ThoughtEnd, Verdict
from cogitate.verify import judge_later
from cogitate.verify.pool import known
from cogitate.watch import text_metrics

_STEPS = 2**20
"""More than a run has; the questions of each refill round begin so many steps later."""
_NO_TURN: dict[str, Any] = {
    "thought": "", "answer": "", "thought_tokens": 0, "answer_tokens": 0, "budget": None,
    "thought_end": str(ThoughtEnd.NONE), "end": str(End.ERROR), "seed": None,
}  # fmt: skip
"""Recorded of an episode whose environment could not begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One task with its episodes, and the return and the advantage of each."""

    task: Task
    refill_round: int
    episodes: Sequence[Episode]
    returns: Sequence[float | None]
    """Rewards, with `rl.anytime` their mean over all points, with `rl.shorter` less for long
    thoughts; advantages derive from them."""
    advantages: Sequence[float | None]
    """None if the rollout or its verifier failed: the episode is masked."""

    @property
    def rollouts(self) -> list[Rollout]:
        """Every turn of every episode."""
        return [turn for episode in self.episodes for turn in episode.turns]

    @property
    def verdicts(self) -> list[Verdict]:
        """One for each episode."""
        return [episode.verdict for episode in self.episodes]

    @property
    def share(self) -> float | None:
        """Share of correct rollouts; None if no verifier gave a reward."""
        rewards = [verdict.reward for verdict in self.verdicts if verdict.reward is not None]
        return sum(rewards) / len(rewards) if rewards else None

    @property
    def has_signal(self) -> bool:
        """Whether any advantage is not 0."""
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
    context: int
    """Tokens that the model has room for."""

    def batch(self, step: int) -> Batch:
        """Return the groups with signal of one step, and records of all rollouts."""
        groups = self.groups(step)
        records = [record for group in groups for record in self._records(group)]
        return Batch(
            groups=[
                part
                for group in groups
                if group.has_signal
                for part in data(group, self.config.temperature)
            ],
            metrics={
                **_metrics(groups),
                **text_metrics([r for r in records if r["end"] != End.ERROR]),
                **self._unsupported(records),
                **self.curriculum.metrics(),
            },
            records=records,
            levels=self.curriculum.to_json(),
        )

    def groups(self, step: int) -> list[Group]:
        """Return every group of one step, with and without signal, round by round."""
        places = [self._fill(step, place) for place in range(self.config.groups_per_step)]
        with self.stopwatch.measure("rollout"):
            verifying = partial(self.stopwatch.measure, "verify")
            filled = together(Refusing(self.sampler), places, verifying)
        groups = sorted(chain(*filled), key=lambda group: group.refill_round)
        for group in groups:
            if group.share is not None and self._had_room(group):
                self.curriculum.observe(group.task.family, group.task.level, group.share)
        return groups

    def _fill(self, step: int, place: int) -> Asker[list[Group]]:
        """Try questions for a place of the batch, until one has signal."""
        groups: list[Group] = []
        for refill_round in range(self.config.refill_rounds + 1):
            groups.append((yield from self._group(step, refill_round, place)))
            if groups[-1].has_signal:
                break
        return groups

    def _had_room(self, group: Group) -> bool:
        """Return whether the budget of a group was wide enough to judge its level."""
        widest = max(self.config.budgets or (self.config.think,))
        return all(
            rollout.request.budget.think == widest
            or (rollout.request.budget.think and rollout.thought_end is not ThoughtEnd.BUDGET)
            for rollout in group.rollouts
        )

    def _group(self, step: int, refill_round: int, place: int) -> Asker[Group]:
        """Run the episodes of one group, and compute returns and advantages."""
        where = ("rl", step, refill_round)
        seed = derive(self.seed, *where, place)
        index = (refill_round * _STEPS + step) * self.config.groups_per_step + place
        fits = room_for(self.tokenizer, self.config, self.context)
        family, task = self.mixture.draw(
            first_index(self.seed, "rl") + index, seed, partial(self._level, seed=seed), fits
        )
        terms = self._terms(family, derive(self.seed, *where, place, "budget"))
        episodes: Sequence[Episode] = yield [
            play(open_env(family), task, terms, derive(self.seed, *where, place, row))
            for row in range(self.config.group_size)
        ]
        found = [episode.verdict.reward for episode in episodes]
        if self.config.anytime:
            found = yield from self._anytime(family, task, episodes, seed)
        if self.config.shorter:
            found = _shortened(found, episodes, self.config.shorter)
        return Group(
            task=task,
            refill_round=refill_round,
            episodes=episodes,
            returns=found,
            advantages=_masked(ADVANTAGES[self.config.advantage], found),
        )

    def _anytime(
        self, family: Family, task: Task, episodes: Sequence[Episode], seed: int
    ) -> Asker[list[float | None]]:
        """Force answers at points of the thoughts; return the rollouts' returns."""
        rollouts = [episode.turns[0] for episode in episodes]
        points = draw_points(rollouts[0].request.budget.think or 0, self.config.anytime, seed)
        assert self.tokenizer.think_close is not None
        cut = cuts(rollouts, points, (self.tokenizer.think_close,))
        answers: Sequence[Rollout] = yield [one.request for one in cut]
        with self.stopwatch.measure("verify"):
            begun = [self._judge_later(family, task, answer) for answer in answers]
        forced: Sequence[Verdict] = yield begun
        verdicts = [episode.verdict for episode in episodes]
        return returns(verdicts, self.config.anytime, [one.row for one in cut], forced)

    def _terms(self, family: Family, seed: int) -> Terms:
        think = Random(seed).choice(self.config.budgets or (self.config.think,))
        return Terms(
            tokenizer=self.tokenizer,
            budget=budget_of(family, Budget(think=think, answer=self.config.answer)),
            temperature=self.config.temperature,
            history=history_of(family),
            verdict_of=self._verdict_of,
            judging=partial(self.stopwatch.measure, "verify"),
        )

    def _level(self, source: Source, seed: int) -> int | None:
        if source.level is not None:
            return source.level
        return self.curriculum.draw(source.family.name, seed)

    def _judge_later(self, family: Family, task: Task, rollout: Rollout) -> Future[Verdict]:
        verdict = self._verdict_of(rollout)
        if verdict is not None:
            return known(verdict)
        return judge_later(family, task, answer_text(self.tokenizer, rollout))

    def _verdict_of(self, rollout: Rollout) -> Verdict | None:
        """Return the verdict on a rollout whose answer is not judged; None if it is."""
        match rollout.end:
            case End.TRUNCATED:
                return Verdict(reward=0.0, why="cut off before its end")
            case End.CANCELLED | End.ERROR:
                return Verdict(reward=None, why=f"the rollout itself ended as {rollout.end}")
            case End.DONE if self._forfeits and rollout.thought_end is ThoughtEnd.BUDGET:
                return Verdict(reward=0.0, why="still thinking when its budget was spent")
            case End.DONE:
                return None

    @property
    def _forfeits(self) -> bool:
        """Whether a thought closed by its budget gets reward 0."""
        return bool(self.config.budgets) and not self.config.deadlines_s

    def _unsupported(self, records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Return the share of correct answers that do not follow from their thoughts, if known."""
        families = {source.family.name: source.family for source in self.mixture.sources}
        found = [
            _derived(family, record["thought"], record["answer"])
            for record in records
            if record["reward"] == 1 and record["thought"]
            if isinstance(family := families.get(record["family"]), Derives)
        ]
        known = [derived for derived in found if derived is not None]
        return {"unsupported": known.count(False) / len(known)} if known else {}

    def _records(self, group: Group) -> list[dict[str, Any]]:
        rows = zip(group.episodes, group.returns, group.advantages, strict=True)
        return [
            {
                "key": group.task.key,
                "family": group.task.family,
                "refill_round": group.refill_round,
                "level": group.task.level,
                "question": group.task.question,
                # What a thought can hold: of any expression that is right, its value.
                "target": str(group.task.metadata.get("wanted", group.task.target)),
                **(self._turn(episode.turns[-1]) if episode.turns else _NO_TURN),
                **self._turns_before(episode),
                "reward": episode.verdict.reward,
                "why": episode.verdict.why,
                "return": return_,
                "advantage": advantage,
            }
            for episode, return_, advantage in rows
        ]

    def _turn(self, turn: Rollout) -> dict[str, Any]:
        return {
            "thought": thought_text(self.tokenizer, turn),
            "answer": answer_text(self.tokenizer, turn),
            "thought_tokens": thought_length(turn),
            "answer_tokens": len(turn.answer),
            "budget": turn.request.budget.think,
            "thought_end": str(turn.thought_end),
            "end": str(turn.end),
            "seed": turn.request.seed,
        }

    def _turns_before(self, episode: Episode) -> dict[str, Any]:
        """Return the turns before the last, each with the messages that followed it."""
        if len(episode.turns) < 2:
            return {}
        turns = zip(episode.turns, episode.said, strict=False)
        return {"turns": [{**self._turn(turn), "said": said} for turn, said in turns]}


def _derived(family: Derives, thought: str, answer: str) -> bool | None:
    """Return whether a thought supports its answer; None where a user's function fails."""
    try:
        return family.derives(thought, answer)
    except UsageError:
        return None


def _shortened(
    returns: Sequence[float | None], episodes: Sequence[Episode], share: float
) -> list[float | None]:
    """Return the returns with what long thoughts cost; None stays."""
    lengths = [sum(len(turn.thought) for turn in episode.turns) for episode in episodes]
    values = shorter([return_ or 0.0 for return_ in returns], lengths, share)
    pairs = zip(returns, values, strict=True)
    return [None if return_ is None else value for return_, value in pairs]


def _masked(
    advantage: Callable[[Sequence[float]], Sequence[float]], returns: Sequence[float | None]
) -> list[float | None]:
    """Return the advantages of the known returns; None for the others.

    Example: returns (1, None, 0) under dr_grpo -> [0.5, None, -0.5]
    """
    known = [return_ for return_ in returns if return_ is not None]
    if not known or min(known) == max(known):
        return [None if return_ is None else 0.0 for return_ in returns]
    values = iter(advantage(known))
    return [None if return_ is None else next(values) for return_ in returns]


def data(group: Group, temperature: float) -> list[list[Datum]]:
    """Return the data of a group, in groups that share a prompt.

    Each sampled token has its episode's advantage as weight; tokens of the engine or of the
    environment have 0. Turns whose prompt continues the turn before form one sequence with it.
    """
    found: dict[tuple[int, ...], list[Datum]] = {}
    for episode, advantage in zip(group.episodes, group.advantages, strict=True):
        for turns in chains(episode.turns) if advantage is not None else ():
            datum = _datum(turns, advantage or 0.0, temperature)
            found.setdefault(datum.prompt, []).append(datum)
    return list(found.values())


def chains(turns: Sequence[Rollout]) -> list[list[Rollout]]:
    """Return turns in runs in which each prompt begins with the ids of the turn before."""
    found: list[list[Rollout]] = []
    whole: tuple[int, ...] = ()
    for turn in turns:
        prompt = turn.request.prompt
        if found and prompt[: len(whole)] == whole:
            found[-1].append(turn)
        else:
            found.append([turn])
        whole = (*prompt, *turn.tokens)
    return found


def _datum(turns: Sequence[Rollout], advantage: float, temperature: float) -> Datum:
    prompt = turns[0].request.prompt
    completion: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    logprobs: tuple[float, ...] = ()
    for turn in turns:
        between = turn.request.prompt[len(prompt) + len(completion) :]
        completion += (*between, *turn.tokens)
        blank = (0.0,) * len(between)
        weights += (*blank, *(advantage if sampled else 0.0 for sampled in turn.sampled))
        logprobs += (*blank, *turn.logprobs)
    return Datum(
        prompt=prompt,
        completion=completion,
        weights=weights,
        logprobs=logprobs,
        temperature=temperature,
    )


def _entropy(rollouts: Sequence[Rollout]) -> float:
    """Return the mean negative log-probability of sampled tokens: the entropy's estimate, nats."""
    pairs = [pair for r in rollouts for pair in zip(r.logprobs, r.sampled, strict=True)]
    sampled = [logprob for logprob, is_sampled in pairs if is_sampled]
    return -sum(sampled) / max(1, len(sampled))


def _metrics(groups: Sequence[Group]) -> dict[str, float]:
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    rewards = [verdict.reward for group in groups for verdict in group.verdicts]
    judged = [reward for reward in rewards if reward is not None]
    returned = [return_ for group in groups for return_ in group.returns if return_ is not None]
    num = max(1, len(rollouts))
    return {
        "reward": sum(judged) / max(1, len(judged)),
        "return": sum(returned) / max(1, len(returned)),
        "groups_with_signal": float(sum(group.has_signal for group in groups)),
        "groups": float(len(groups)),
        "rollouts": float(len(rollouts)),
        "episodes": float(len(rewards)),
        "turns": len(rollouts) / max(1, len(rewards)),
        "verifier_failed": float(len(rewards) - len(judged)),
        "truncated": sum(rollout.end is End.TRUNCATED for rollout in rollouts) / num,
        "thought_forced": sum(r.thought_end is ThoughtEnd.BUDGET for r in rollouts) / num,
        "thought_tokens": sum(map(thought_length, rollouts)) / num,
        "tokens": float(sum(len(rollout.tokens) for rollout in rollouts)),
        "entropy": _entropy(rollouts),
    }
