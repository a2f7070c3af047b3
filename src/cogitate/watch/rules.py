"""The rules over several steps, one function each.

A rule compares now, the last three steps, with the window of steps before them. It returns a
description of the problem with the numbers that show it, or None. A threshold of 0 switches a rule
off.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cogitate.watch.alarm import Alarm, Level
from cogitate.watch.history import NOW, History
from cogitate.watch.thresholds import Thresholds

Found = tuple[str, dict[str, float]] | None
Judge = Callable[[History, Thresholds], Found]

MIN_THOUGHT = 8.0
"""Tokens below which rules ignore a thought's length."""
_MIN_ENTROPY = 0.2
"""Nats by which entropy must rise as well, so that noise around 0 does not count."""
_MIN_LOSS = 0.1
"""Nats by which a loss must rise as well, so that one new question does not count."""
_MIN_DISAGREEMENT = 1e-3
"""Nats; below is rounding: fp32 begins at a ten-thousandth of this."""
_MAX_GUESSED = 3
"""Multiple of `bad_share`, since correct answers may be guessed before the thought ends."""
_FALL = 0.05
"""Fall of the mean reward over three steps that exceeds noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: see `rules`.

    Example: Rule(name="entropy_floor", level=Level.WARN, do="Stop here", judge=judge)
    """

    name: str
    level: Level
    do: str
    judge: Judge
    repeatable: bool = True

    def alarm(self, seen: History, limits: Thresholds) -> Alarm | None:
        """Return the alarm, or None."""
        found = self.judge(seen, limits)
        if found is None:
            return None
        what, evidence = found
        return Alarm(
            rule=self.name, level=self.level, what=what, do=self.do,
            evidence=evidence, repeatable=self.repeatable,
        )  # fmt: skip


RULES: list[Rule] = []


def rule(level: Level, do: str, *, repeatable: bool = True) -> Callable[[Judge], Judge]:
    """Register a function as the rule of its name."""

    def register(judge: Judge) -> Judge:
        name = judge.__name__
        RULES.append(Rule(name=name, level=level, do=do, judge=judge, repeatable=repeatable))
        return judge

    return register


@rule(
    Level.WARN,
    "There is little left to learn: end the run here, or use harder levels",
)
def entropy_floor(seen: History, limits: Thresholds) -> Found:
    """The policy is certain of every token, so that a group's rollouts are all the same."""
    values = seen.last("entropy", seen.window)
    if not values or max(values) >= limits.entropy_floor:
        return None
    mean = sum(values) / len(values)
    what = f"the policy is almost certain of every token: entropy is {mean:.1g} nats"
    return what, {"entropy": mean}


@rule(
    Level.ROLL_BACK,
    "The policy has collapsed: lower rl.lr or optim.clip, so that it changes more slowly",
)
def entropy_jump(seen: History, limits: Thresholds) -> Found:
    """The policy became uncertain within a few steps."""
    change = seen.change("entropy")
    if not change or not limits.entropy_jump:
        return None
    before, now = change
    if now <= limits.entropy_jump * before or now - before <= _MIN_ENTROPY:
        return None
    return f"entropy rose from {before:.2g} to {now:.2g} nats", {"before": before, "now": now}


@rule(
    Level.ROLL_BACK,
    "Longer thoughts without more reward are drift: lower rl.lr, or set budgets (rl.budgets)",
)
def length_explosion(seen: History, limits: Thresholds) -> Found:
    """Thoughts became many times as long within a few steps, and rewards fell."""
    change, earned = seen.change("thought_tokens"), seen.change("reward")
    if not change or not earned or not limits.length_jump:
        return None
    before, now = change
    if now <= limits.length_jump * max(before, MIN_THOUGHT) or earned[1] >= earned[0]:
        return None
    what = f"thoughts grew from {before:.0f} to {now:.0f} tokens while reward fell"
    return what, {"before": before, "now": now, "reward": earned[1]}


@rule(
    Level.ROLL_BACK,
    "The model stopped thinking, and rewards fell: lower rl.lr, or raise rl.groups_per_step",
)
def length_collapse(seen: History, limits: Thresholds) -> Found:
    """Thoughts shrank to a fraction within a few steps, and rewards fell."""
    change, earned = seen.change("thought_tokens"), seen.change("reward")
    if not change or not earned or not limits.length_jump:
        return None
    before, now = change
    if before < MIN_THOUGHT or now >= before / limits.length_jump:
        return None
    if earned[1] > earned[0] - _FALL:
        return None
    what = f"thoughts shrank from {before:.0f} to {now:.1f} tokens while reward fell"
    return what, {"before": before, "now": now, "reward": earned[1]}


@rule(Level.ROLL_BACK, "Repetition reinforces itself: lower rl.lr, or shorten thoughts (rl.think)")
def looping(seen: History, limits: Thresholds) -> Found:
    """Many more thoughts repeat themselves than before."""
    return _share_rose(seen, "looping", limits.bad_share, "of the thoughts repeat themselves")


@rule(Level.ROLL_BACK, "The model is forgetting the answer format: lower rl.lr")
def format_loss(seen: History, limits: Thresholds) -> Found:
    """Many more answers are empty or markup than before."""
    return _share_rose(seen, "malformed", limits.bad_share, "of the answers are empty or markup")


@rule(Level.WARN, "Look at rollouts/: it may earn rewards")
def foreign_text(seen: History, limits: Thresholds) -> Found:
    """Many more rollouts are in another script than before."""
    return _share_rose(seen, "foreign", limits.bad_share, "of the rollouts are in another script")


@rule(Level.WARN, "Raise rl.answer before the model learns to be short")
def truncation(seen: History, limits: Thresholds) -> Found:
    """Many more rollouts are cut off than before."""
    return _share_rose(seen, "truncated", limits.bad_share, "of the rollouts are cut off")


@rule(Level.WARN, "events.jsonl has the reasons; cogitate tasks check tests the verifier")
def verifier_errors(seen: History, limits: Thresholds) -> Found:
    """The verifier fails too often."""
    failed, made = seen.now("verifier_failed"), seen.now("episodes")
    if failed is None or not made or not limits.verifier_failed:
        return None
    share = failed / made
    if share <= limits.verifier_failed:
        return None
    return f"the verifier failed on {share:.0%} of the rollouts", {"share": share}


@rule(
    Level.WARN,
    "The sampler's policy differs from the learner's: check that each update reaches the sampler,"
    " and that both use the same dtype and temperature; where rollouts are meant to be older (a"
    " lead, several updates a batch), lower these or rl.lr",
)
def stale_sampler(seen: History, limits: Thresholds) -> Found:
    """Importance weights between learner and sampler reduce the effective sample size."""
    now = seen.now("effective_samples")
    if now is None or not limits.effective_samples or now >= limits.effective_samples:
        return None
    return f"only {now:.0%} of the sampled tokens count in effect", {"effective_samples": now}


@rule(
    Level.STOP,
    "Updates do not reach the sampler: check its load_weights, and whether it supports adapters;"
    " then start again",
)
def updates_lost(seen: History, limits: Thresholds) -> Found:
    """Learner and sampler diverge, in small steps."""
    first, now = seen.first("logprob_diff_mean"), seen.now("logprob_diff_mean")
    if not first or now is None or not limits.disagreement_growth:
        return None
    if now <= max(_MIN_DISAGREEMENT, limits.disagreement_growth * first):
        return None
    what = f"sampler and learner disagree {now / first:.0f} times as much as at first"
    return what, {"first": first, "now": now}


@rule(Level.WARN, "Look at rollouts/: correct answers may not come from the thought")
def unsupported(seen: History, limits: Thresholds) -> Found:
    """Many more correct answers are not derived in their thought than before."""
    limit = _MAX_GUESSED * limits.bad_share
    what = "of the correct answers are not derived in their thoughts"
    return _share_rose(seen, "unsupported", limit, what)


@rule(Level.ROLL_BACK, "Steps of this size destroy what was learned: lower rl.lr")
def large_steps(seen: History, limits: Thresholds) -> Found:
    """Each update moves the policy far from the one that sampled."""
    now = seen.now("step_kl")
    if now is None or not limits.step_kl or now <= limits.step_kl:
        return None
    return f"an update moves the policy by {now:.2g} nats a token", {"step_kl": now}


@rule(Level.WARN, "Lower the rate or optim.clip if it happens again")
def grad_spike(seen: History, limits: Thresholds) -> Found:
    """One gradient is many times as large as those before it."""
    return _spiked(seen, limits, 1)


@rule(Level.ROLL_BACK, "The rate is too high, or a batch is broken: lower the rate or optim.clip")
def grad_explosion(seen: History, limits: Thresholds) -> Found:
    """Gradients stay many times as large as they were."""
    return _spiked(seen, limits, NOW)


@rule(Level.ROLL_BACK, "The model is forgetting: lower the rate")
def loss_explosion(seen: History, limits: Thresholds) -> Found:
    """The supervised loss rises to a multiple; the loss of RL is not informative."""
    change = seen.change("loss")
    if not change or not limits.loss_jump or seen.last("reward", 1):
        return None
    before, now = change
    if now <= limits.loss_jump * before or now - before <= _MIN_LOSS:
        return None
    return f"the loss rose from {before:.2g} to {now:.2g}", {"before": before, "now": now}


@rule(Level.WARN, "Use fewer rollouts per step, or make the verifier faster",
      repeatable=False)  # fmt: skip
def slow_verifier(seen: History, limits: Thresholds) -> Found:
    """The verifier takes more time than everything else."""
    parts = {name: sum(seen.last(name, NOW)) for name in ("rollout_s", "verify_s", "update_s")}
    others = parts["rollout_s"] + parts["update_s"]
    if not limits.slowdown or parts["verify_s"] <= max(others, 1.0):
        return None
    return f"judging takes {parts['verify_s'] / NOW:.1f} s per step, more than all else", parts


@rule(Level.WARN, "Something else may be using the machine, or its memory may be full",
      repeatable=False)  # fmt: skip
def slowdown(seen: History, limits: Thresholds) -> Found:
    """The same number of tokens takes many times as long."""
    change = seen.change("tokens_per_s")
    if not change or not limits.slowdown:
        return None
    before, now = change
    if now * limits.slowdown >= before:
        return None
    return f"{now:.0f} tokens/s, down from {before:.0f}", {"before": before, "now": now}


def _share_rose(seen: History, name: str, limit: float, what: str) -> Found:
    """Report a share above its limit that has doubled; a bad start is no alarm."""
    change = seen.change(name)
    if not change or not limit:
        return None
    before, now = change
    if now <= max(limit, 2 * before):
        return None
    return f"{now:.0%} {what}", {name: now}


def _spiked(seen: History, limits: Thresholds, num: int) -> Found:
    before, norms = seen.before("grad_norm"), seen.last("grad_norm", num)
    if before is None or not norms or not limits.grad_spike:
        return None
    if min(norms) <= limits.grad_spike * before:
        return None
    times = min(norms) / max(before, 1e-12)
    what = f"the gradient's norm is {norms[-1]:.2g}, {times:.0f} times what it was"
    return what, {"before": before, "now": norms[-1]}
