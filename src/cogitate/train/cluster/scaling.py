"""How long a step takes with so many samplers and learners, from measured parts.

    lead 0:   step = sample(S) + learn / L + sync
    lead 1+:  step = max(sample(S), learn / L) + sync
    sample(S) = fixed + each * ceil(rollouts / S)

A batch that is spread over more samplers gives each fewer rows, and each still decodes the longest
rollout: the fixed part does not shrink. That is why published runs gain little from more workers at
a fixed batch (AReaL, arXiv 2505.24298, figure 2).
"""

import math
from dataclasses import dataclass

from cogitate.config import ScaleConfig

ENOUGH = 0.05
"""Least gain of a step by twice as many samplers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Measured parts of one RL step, in seconds.

    Example: Parts(rollouts=128, fixed_s=9.0, each_s=0.25, learn_s=20.0, sync_s=0.3)
    """

    rollouts: int
    """Of a step."""
    fixed_s: float
    """Sampling, whatever the number of rollouts."""
    each_s: float
    """Sampling, for each rollout that a sampler has."""
    learn_s: float
    """Gradients and update, by one learner."""
    sync_s: float
    """Publishing the weights and loading them."""

    def sample_s(self, samplers: int) -> float:
        """Return the seconds in which so many samplers are done."""
        return self.fixed_s + self.each_s * math.ceil(self.rollouts / samplers)

    def efficiency(self, samplers: int) -> float:
        """Return the speed-up by so many samplers, as a share of their number."""
        return self.sample_s(1) / (samplers * self.sample_s(samplers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step with so many processes, in seconds.

    Example: Step(step_s=31.0, sample_s=12.0, learn_s=18.7, sync_s=0.3)
    """

    step_s: float
    sample_s: float
    learn_s: float
    sync_s: float

    @property
    def idle_samplers(self) -> float:
        """Share of the step in which samplers have nothing to do."""
        return 1 - self.sample_s / self.step_s

    @property
    def idle_learners(self) -> float:
        """Share of the step in which learners have nothing to do."""
        return 1 - self.learn_s / self.step_s


def step_of(parts: Parts, *, samplers: int, learners: int, lead: int) -> Step:
    """Return the step that the parts give."""
    sample_s, learn_s = parts.sample_s(samplers), parts.learn_s / learners
    both_s = max(sample_s, learn_s) if lead else sample_s + learn_s
    return Step(
        step_s=both_s + parts.sync_s, sample_s=sample_s, learn_s=learn_s, sync_s=parts.sync_s
    )


def enough_samplers(parts: Parts, *, learners: int, lead: int) -> int:
    """Return the number of samplers of which twice as many gain less than `ENOUGH` of a step."""
    samplers = 1
    while samplers < parts.rollouts:
        now = step_of(parts, samplers=samplers, learners=learners, lead=lead).step_s
        twice = step_of(parts, samplers=2 * samplers, learners=learners, lead=lead).step_s
        if twice > (1 - ENOUGH) * now:
            break
        samplers *= 2
    return samplers


def lines(parts: Parts, scale: ScaleConfig) -> list[str]:
    """Return what a plan says of a step at scale, one line each."""
    samplers, learners, lead = scale.samplers, scale.learners, scale.lead
    step = step_of(parts, samplers=samplers, learners=learners, lead=lead)
    both = "max" if lead else "sum"
    enough = enough_samplers(parts, learners=learners, lead=lead)
    return [
        f"{samplers} samplers, {learners} learners, lead {lead}: a step of {step.step_s:.1f} s ="
        f" {both}({step.sample_s:.1f} s of sampling, {step.learn_s:.1f} s of learning)"
        f" + {step.sync_s:.1f} s for the weights",
        f"samplers are idle for {step.idle_samplers:.0%} of it, learners for"
        f" {step.idle_learners:.0%}; so many samplers work at"
        f" {parts.efficiency(samplers):.0%} of one's speed each",
        f"more than {enough} samplers gain little: twice as many make a step less than"
        f" {ENOUGH:.0%} shorter",
    ]
