"""The rules over several steps, one function each: what has to be true for it to fire.

A rule compares now, the last three steps, with the window of steps before them. It returns what
happened, in words, and the numbers that show it; or None. A threshold of 0 switches a rule off.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cogitate.watch.alarm import Alarm, Level
from cogitate.watch.history import NOW, History
from cogitate.watch.thresholds import Thresholds

Found = tuple[str, dict[str, float]] | None
Judge = Callable[[History, Thresholds], Found]

LEAST_THOUGHT = 8.0
"""Tokens below which a thought's length is not worth a rule."""
_LEAST_ENTROPY = 0.2
"""Nats by which entropy has to rise as well, or noise about nothing would count."""
_LEAST_LOSS = 0.1
"""Nats by which a loss has to rise as well, or one new question would count."""
_LEAST_DISAGREEMENT = 1e-3
"""Nats; below, it is rounding that grew: fp32 begins with a ten-thousandth of that."""
_MOST_GUESSED = 3
"""Times the usual share: right answers may well be guessed ahead of the thought."""
_FALL = 0.05
"""Of the mean reward, that is more than a step's noise over three of them."""


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
        """Return the alarm, if there is cause for one."""
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
    "There is little left to learn from: end the run here, or take harder levels",
)
def entropy_floor(seen: History, limits: Thresholds) -> Found:
    """The policy is sure of every token, so that a group's rollouts are all the same."""
    values = seen.last("entropy", seen.window)
    if not values or max(values) >= limits.entropy_floor:
        return None
    mean = sum(values) / len(values)
    what = f"the policy is all but sure of every token: entropy is {mean:.1g} nats"
    return what, {"entropy": mean}


@rule(
    Level.ROLL_BACK,
    "The policy fell apart: a lower rl.lr, or a smaller optim.clip, lets it change more slowly",
)
def entropy_jump(seen: History, limits: Thresholds) -> Found:
    """The policy became unsure of everything within a few steps."""
    change = seen.change("entropy")
    if not change or not limits.entropy_jump:
        return None
    before, now = change
    if now <= limits.entropy_jump * before or now - before <= _LEAST_ENTROPY:
        return None
    return f"entropy rose from {before:.2g} to {now:.2g} nats", {"before": before, "now": now}


@rule(
    Level.ROLL_BACK,
    "Longer thoughts that earn nothing are drift: lower rl.lr, or give budgets (rl.budgets)",
)
def length_explosion(seen: History, limits: Thresholds) -> Found:
    """Thoughts grew many times as long within a few steps, and earned less."""
    change, earned = seen.change("thought_tokens"), seen.change("reward")
    if not change or not earned or not limits.length_jump:
        return None
    before, now = change
    if now <= limits.length_jump * max(before, LEAST_THOUGHT) or earned[1] >= earned[0]:
        return None
    what = f"thoughts grew from {before:.0f} to {now:.0f} tokens while reward fell"
    return what, {"before": before, "now": now, "reward": earned[1]}


@rule(
    Level.ROLL_BACK,
    "The model stopped to think and pays for it: lower rl.lr, or let more groups have room",
)
def length_collapse(seen: History, limits: Thresholds) -> Found:
    """Thoughts shrank to a fraction within a few steps, and answers got worse."""
    change, earned = seen.change("thought_tokens"), seen.change("reward")
    if not change or not earned or not limits.length_jump:
        return None
    before, now = change
    if before < LEAST_THOUGHT or now >= before / limits.length_jump:
        return None
    if earned[1] > earned[0] - _FALL:
        return None
    what = f"thoughts shrank from {before:.0f} to {now:.1f} tokens while reward fell"
    return what, {"before": before, "now": now, "reward": earned[1]}


@rule(Level.ROLL_BACK, "Repetition feeds on itself: lower rl.lr, or end thoughts sooner (rl.think)")
def looping(seen: History, limits: Thresholds) -> Found:
    """Thoughts go round in circles, far more than they did."""
    return _share_rose(seen, "looping", limits.bad_share, "of the thoughts go round in circles")


@rule(Level.ROLL_BACK, "The form of answers is being unlearned: lower rl.lr")
def format_loss(seen: History, limits: Thresholds) -> Found:
    """Answers are empty or full of markup, far more than they were."""
    return _share_rose(seen, "malformed", limits.bad_share, "of the answers are empty or markup")


@rule(Level.WARN, "Look at rollouts/: a reward may be earned by it")
def foreign_text(seen: History, limits: Thresholds) -> Found:
    """Thoughts drift into another script."""
    return _share_rose(seen, "foreign", limits.bad_share, "of the rollouts are in another script")


@rule(Level.WARN, "Give answers more room (rl.answer) before the model learns to be short")
def truncation(seen: History, limits: Thresholds) -> Found:
    """Many rollouts are cut off before their end."""
    return _share_rose(seen, "truncated", limits.bad_share, "of the rollouts are cut off")


@rule(Level.WARN, "Look at events.jsonl for how; cogitate tasks check shows it on a few questions")
def verifier_errors(seen: History, limits: Thresholds) -> Found:
    """The verifier itself fails."""
    failed, made = seen.now("verifier_failed"), seen.now("rollouts")
    if failed is None or not made or not limits.verifier_failed:
        return None
    share = failed / made
    if share <= limits.verifier_failed:
        return None
    return f"the verifier failed on {share:.0%} of the rollouts", {"share": share}


@rule(
    Level.WARN,
    "What is learned is not what was sampled: see that each update reaches the sampler, and that"
    " both use one dtype and one temperature",
)
def stale_sampler(seen: History, limits: Thresholds) -> Found:
    """Weights of importance between learner and sampler waste some of the samples."""
    now = seen.now("effective_samples")
    if now is None or not limits.effective_samples or now >= limits.effective_samples:
        return None
    return f"only {now:.0%} of the sampled tokens count in effect", {"effective_samples": now}


@rule(
    Level.STOP,
    "Updates do not reach the sampler: see what its load_weights does with them, and whether it"
    " takes adapters; then begin anew",
)
def updates_lost(seen: History, limits: Thresholds) -> Found:
    """Learner and sampler move apart, though by little in each step."""
    first, now = seen.first("logprob_diff_mean"), seen.now("logprob_diff_mean")
    if not first or now is None or not limits.disagreement_growth:
        return None
    if now <= max(_LEAST_DISAGREEMENT, limits.disagreement_growth * first):
        return None
    what = f"sampler and learner disagree {now / first:.0f} times as much as at first"
    return what, {"first": first, "now": now}


@rule(Level.WARN, "Look at rollouts/: right answers may come from somewhere else than the thought")
def unsupported(seen: History, limits: Thresholds) -> Found:
    """Most answers are right although the thought never comes to them, more than they were."""
    limit = _MOST_GUESSED * limits.bad_share
    return _share_rose(seen, "unsupported", limit, "of right answers come from nowhere")


@rule(Level.ROLL_BACK, "Steps so large unlearn as they teach: lower rl.lr")
def large_steps(seen: History, limits: Thresholds) -> Found:
    """Each update moves the policy far from what it has just sampled."""
    now = seen.now("step_kl")
    if now is None or not limits.step_kl or now <= limits.step_kl:
        return None
    return f"an update moves the policy by {now:.2g} nats a token", {"step_kl": now}


@rule(Level.WARN, "Lower the rate or optim.clip if it comes again")
def grad_spike(seen: History, limits: Thresholds) -> Found:
    """One gradient is many times as large as those before it."""
    return _spiked(seen, limits, 1)


@rule(Level.ROLL_BACK, "The rate is too high, or a batch is broken: lower the rate or optim.clip")
def grad_explosion(seen: History, limits: Thresholds) -> Found:
    """Gradients stay many times as large as they were."""
    return _spiked(seen, limits, NOW)


@rule(Level.ROLL_BACK, "What was learned is being lost: lower the rate")
def loss_explosion(seen: History, limits: Thresholds) -> Found:
    """The loss on right texts rises to a multiple (before RL; RL's says nothing)."""
    change = seen.change("loss")
    if not change or not limits.loss_jump or seen.last("reward", 1):
        return None
    before, now = change
    if now <= limits.loss_jump * before or now - before <= _LEAST_LOSS:
        return None
    return f"the loss rose from {before:.2g} to {now:.2g}", {"before": before, "now": now}


@rule(Level.WARN, "Judge fewer or simpler answers at once, or look at what the verifier does",
      repeatable=False)  # fmt: skip
def slow_verifier(seen: History, limits: Thresholds) -> Found:
    """More time goes into judging than into everything else."""
    parts = {name: sum(seen.last(name, NOW)) for name in ("rollout_s", "verify_s", "update_s")}
    others = parts["rollout_s"] + parts["update_s"]
    if not limits.slowdown or parts["verify_s"] <= max(others, 1.0):
        return None
    return f"judging takes {parts['verify_s'] / NOW:.1f} s a step, more than all else", parts


@rule(Level.WARN, "Something else may be using the machine, or its memory may be full",
      repeatable=False)  # fmt: skip
def slowdown(seen: History, limits: Thresholds) -> Found:
    """Steps take many times as long for the same tokens."""
    change = seen.change("tokens_per_s")
    if not change or not limits.slowdown:
        return None
    before, now = change
    if now * limits.slowdown >= before:
        return None
    return f"{now:.0f} tokens/s where it were {before:.0f}", {"before": before, "now": now}


def _share_rose(seen: History, name: str, limit: float, what: str) -> Found:
    """Tell of a share above its limit that is twice what it was; a bad start is no alarm."""
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
