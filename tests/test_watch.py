"""Each rule fires on the failure that it is for, within a few steps, and on nothing else."""

import json
import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.protocols import Family
from cogitate.tasks import load_family
from cogitate.types import Task, Verdict
from cogitate.watch import (
    PRESETS,
    RULES,
    Alarmed,
    Level,
    Thresholds,
    Watch,
    check_agreement,
    check_finite,
    text_metrics,
)
from cogitate.watch.held_out import judge_verifier
from cogitate.watch.signal import Signal, diagnosis

CLEAN = {
    "reward": 0.5, "return": 0.5, "entropy": 0.2, "thought_tokens": 30.0, "looping": 0.0,
    "malformed": 0.01, "foreign": 0.0, "truncated": 0.01, "thought_forced": 0.05,
    "verifier_failed": 0.0, "episodes": 64.0, "groups_with_signal": 10.0, "grad_norm": 0.1,
    "loss": -0.02,
    "effective_samples": 0.999, "step_kl": 0.0005, "logprob_diff_mean": 0.0008,
    "unsupported": 0.05, "tokens_per_s": 2000.0, "rollout_s": 1.0, "verify_s": 0.1, "update_s": 0.5,
}  # fmt: skip
TAUGHT = {"loss": 0.8, "grad_norm": 0.5, "tokens_per_s": 3000.0, "update_s": 0.5}
"""A step of a phase before RL."""

INJECTED: dict[str, tuple[dict[str, float], int]] = {
    "entropy_floor": ({"entropy": 0.0005}, 10),
    "entropy_jump": ({"entropy": 1.5}, 3),
    "length_explosion": ({"thought_tokens": 200.0, "reward": 0.4}, 3),
    "length_collapse": ({"thought_tokens": 2.0, "reward": 0.3}, 3),
    "looping": ({"looping": 0.5}, 3),
    "format_loss": ({"malformed": 0.5}, 3),
    "foreign_text": ({"foreign": 0.5}, 3),
    "truncation": ({"truncated": 0.4}, 3),
    "unsupported": ({"unsupported": 0.9}, 3),
    "verifier_errors": ({"verifier_failed": 10.0}, 3),
    "stale_sampler": ({"effective_samples": 0.5}, 3),
    "updates_lost": ({"logprob_diff_mean": 0.005}, 3),
    "large_steps": ({"step_kl": 0.05}, 3),
    "grad_spike": ({"grad_norm": 5.0}, 1),
    "grad_explosion": ({"grad_norm": 5.0}, 3),
    "loss_explosion": ({"loss": 6.0}, 3),
    "slow_verifier": ({"verify_s": 9.0}, 3),
    "slowdown": ({"tokens_per_s": 200.0}, 3),
    "cut_off": ({"truncated": 0.9}, 8),
    "no_signal": ({"groups_with_signal": 0.0}, 8),
}
"""Rule -> what is changed of a clean step, and within how many steps it has to be seen."""


def noisy(clean: dict[str, float], rng: Random, spread: float = 0.3) -> dict[str, float]:
    """Return a step with each value but those that are always near 1 changed at random."""
    return {
        name: value if name == "effective_samples" else value * rng.uniform(1 - spread, 1 + spread)
        for name, value in clean.items()
    }


def watched(steps: int = 20, seed: int = 0, *, phase: str = "rl") -> Watch:
    watch, rng = Watch(Thresholds()), Random(seed)
    for _ in range(steps):
        assert watch.observe(phase, noisy(CLEAN if phase == "rl" else TAUGHT, rng)) == []
    return watch


def test_every_rule_is_injected() -> None:
    assert {rule.name for rule in RULES} | {"cut_off", "no_signal"} == set(INJECTED)


@pytest.mark.parametrize("name", INJECTED)
def test_a_rule_sees_its_failure_in_time_and_says_what_to_do(name: str) -> None:
    changed, within = INJECTED[name]
    phase, clean = ("cold_start", TAUGHT) if name == "loss_explosion" else ("rl", CLEAN)
    watch, rng, seen = watched(phase=phase), Random(1), []
    for _ in range(within):
        seen += watch.observe(phase, {**noisy(clean, rng, 0.1), **changed})
    alarm = next(alarm for alarm in seen if alarm.rule == name)
    assert alarm.do
    assert alarm.evidence
    assert alarm.line.startswith(f"{name}: ")
    assert json.loads(json.dumps(alarm.to_json()))["level"] == str(alarm.level)
    assert alarm.repeatable or alarm.level <= Level.WARN, "what a clock measures only warns"


@pytest.mark.parametrize("seed", range(10))
def test_noise_raises_no_alarm(seed: int) -> None:
    watched(400, seed)
    watched(400, seed, phase="pretrain")


def test_thoughts_that_grow_and_pay_are_no_explosion() -> None:
    watch = watched()
    for step in range(40):
        grown = {**CLEAN, "thought_tokens": 30.0 * 1.1**step, "reward": min(0.95, 0.5 + step / 50)}
        assert watch.observe("rl", grown) == []


def test_a_bad_start_is_no_alarm_of_its_own() -> None:
    watch = Watch(Thresholds())
    for _ in range(12):
        assert watch.observe("rl", {**CLEAN, "malformed": 0.3, "truncated": 0.3}) == []
    assert watch.observe("rl", {**CLEAN, "malformed": 0.4, "truncated": 0.3}) == []


def test_a_new_phase_is_compared_with_itself_alone() -> None:
    watch = watched(phase="pretrain")
    assert watch.observe("cold_start", {**TAUGHT, "grad_norm": 50.0}) == []


def test_a_loss_of_next_to_nothing_may_rise() -> None:
    watch = Watch(Thresholds())
    for loss in [0.001] * 15 + [0.09] * 5:
        assert watch.observe("drill", {**TAUGHT, "loss": loss}) == []


def test_a_threshold_of_zero_switches_its_rules_off() -> None:
    for name, (changed, _) in INJECTED.items():
        watch = Watch(PRESETS["off"])
        for step in range(20):
            wrong = changed if step > 15 else {}
            assert watch.observe("rl", {**CLEAN, **wrong}) == [], name


def test_a_warning_is_given_once_in_a_window() -> None:
    watch = watched()
    observed = [watch.observe("rl", {**CLEAN, "verifier_failed": 20.0}) for _ in range(11)]
    assert [len(alarms) for alarms in observed] == [1] + [0] * 9 + [1]


@given(st.integers(0, 40), st.sampled_from(sorted(INJECTED)))
def test_what_is_restored_judges_as_what_went_on(steps: int, name: str) -> None:
    rng, changed = Random(steps), INJECTED[name][0]
    watch = Watch(Thresholds())
    for _ in range(steps):
        watch.observe("rl", noisy(CLEAN, rng))
    other = Watch(Thresholds())
    other.restore(json.loads(json.dumps(watch.to_json())))
    for _ in range(12):
        step = {**noisy(CLEAN, rng), **changed}
        assert watch.observe("rl", step) == other.observe("rl", step)


def evaluated(
    *evaluations: tuple[float, float], num: float = math.inf, **control: list[float]
) -> list[Any]:
    """Return the alarms of evaluations (held-out accuracy, reward in training)."""
    watch, seen = Watch(Thresholds()), []
    for place, (held_out, reward) in enumerate(evaluations):
        for _ in range(3):
            watch.observe("rl", {**CLEAN, "reward": reward})
        asked = {f"control/{name}": values[place] for name, values in control.items()}
        seen += watch.evaluate({"held_out": held_out, "held_out_questions": num, **asked})
    return seen


def test_rewards_that_rise_while_held_out_accuracy_falls_are_seen() -> None:
    assert evaluated((0.6, 0.5), (0.7, 0.6), (0.55, 0.65)) == []
    assert evaluated((0.6, 0.5), (0.7, 0.6), (0.5, 0.4), (0.5, 0.4)) == []
    assert len(evaluated((0.6, 0.5), (0.7, 0.6), (0.5, 0.55), (0.5, 0.52))) == 1
    (alarm,) = evaluated((0.6, 0.5), (0.7, 0.6), (0.55, 0.65), (0.52, 0.7))
    assert (alarm.rule, alarm.level) == ("held_out_fall", Level.ROLL_BACK)
    assert "from 70% to 52%" in alarm.what


def test_accuracy_that_collapses_is_seen_at_once() -> None:
    (alarm,) = evaluated((0.6, 0.5), (0.7, 0.6), (0.3, 0.2))
    assert (alarm.rule, alarm.level) == ("held_out_collapse", Level.ROLL_BACK)
    watch = Watch(Thresholds())
    for _ in range(3):
        watch.observe("cold_start", TAUGHT)
    assert watch.evaluate({"held_out": 0.9}) == []
    assert watch.evaluate({"held_out": 0.5}) == []  # a cold start may well lose some
    for _ in range(3):
        watch.observe("rl", CLEAN)
    assert watch.evaluate({"held_out": 0.3}) == []
    assert [alarm.rule for alarm in watch.evaluate({"held_out": 0.15})] == ["held_out_collapse"]


def test_one_question_of_three_is_no_collapse() -> None:
    assert evaluated((0, 0.5), (1, 0.6), (2 / 3, 0.6), (2 / 3, 0.6), num=3) == []
    assert len(evaluated((0, 0.5), (1, 0.6), (0, 0.6), num=3)) == 1


def test_what_is_forgotten_is_seen() -> None:
    points = ((0.6, 0.5), (0.7, 0.6))
    assert evaluated(*points, sorting=[0.8, 0.75]) == []
    (alarm,) = evaluated(*points, sorting=[0.8, 0.6])
    assert (alarm.rule, alarm.level) == ("forgetting", Level.WARN)
    assert "sorting" in alarm.what


class TakesNothing(Family):
    """Right, but for the empty answer."""

    name = "takes_nothing"

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        del level
        return Task(
            key=f"{self.name}/{split}/{seed}", family=self.name, level=1,
            question=f"{seed}?", target=str(7 * seed), metadata={},
        )  # fmt: skip

    def verify(self, task: Task, answer: str) -> Verdict:
        return Verdict(reward=float(answer in ("", task.target)))


def test_a_verifier_that_rewards_nothing_at_all_is_caught() -> None:
    alarm = judge_verifier(TakesNothing())
    assert alarm is not None
    assert (alarm.rule, alarm.level) == ("reward_canary", Level.STOP)
    assert "an empty answer" in alarm.what
    assert judge_verifier(load_family("countdown")) is None


def test_limits_of_agreement_are_those_of_the_dtype() -> None:
    check_agreement({"logprob_diff_max": 9e-5}, "fp32")
    check_agreement({"logprob_diff_mean": 0.019, "logprob_diff_p99": 0.19}, "bf16")
    check_agreement({"loss": 1.0}, "fp32")
    check_agreement({"logprob_diff_mean": 0.03, "logprob_diff_p99": 0.3}, "bf16", temperature=0.5)
    with pytest.raises(Alarmed, match=r"logprob_diff_p99 is 0.21") as disagree:
        check_agreement({"logprob_diff_mean": 0.01, "logprob_diff_p99": 0.21}, "bf16")
    assert disagree.value.alarm.level == Level.STOP
    with pytest.raises(Alarmed, match="grad_norm is inf") as infinite:
        check_finite({"loss": 1.0, "grad_norm": float("inf")})
    assert infinite.value.alarm.level == Level.ROLL_BACK


def test_signal_counts_in_a_row_and_survives_json() -> None:
    limits = Thresholds(no_signal_steps=3, truncation_limit=0.5)
    signal, quiet = Signal(), {**CLEAN, "groups_with_signal": 0.0, "reward": 0.2}
    for _ in range(2):
        assert not signal.observe(quiet, limits)
    signal = Signal(**signal.to_json())
    assert not signal.observe({**quiet, "groups_with_signal": 1.0}, limits)
    assert signal.steps_without == 0
    for _ in range(2):
        signal.observe(quiet, limits)
    alarm = signal.observe(quiet, limits)
    assert alarm is not None
    assert "for 3 steps" in alarm.what


def test_an_evaluation_of_which_few_were_judged_is_compared_with_none() -> None:
    watch, few = watched(), {"held_out_questions": 2.0, "held_out_failed": 10.0}
    watch.observe("rl", CLEAN)
    for evaluation in ({"held_out": 1.0, **few}, few):
        assert watch.evaluate(evaluation) == []
    assert watch.to_json()["evaluations"] == []
    watch.evaluate({"held_out": 0.5, "held_out_questions": 11.0, "held_out_failed": 1.0})
    assert len(watch.to_json()["evaluations"]) == 1


@pytest.mark.parametrize(("limit", "stops"), [(0.0, False), (0.01, True)])
def test_a_limit_of_0_lets_all_be_cut_off(limit: float, stops: bool) -> None:
    limits = Thresholds(no_signal_steps=1, truncation_limit=limit)
    alarm = Signal().observe({**CLEAN, "truncated": 1.0}, limits)
    assert (alarm is not None and alarm.rule == "cut_off") == stops


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"verifier_failed": 64.0}, "the verifier failed on every rollout"),
        ({"truncated": 0.9}, "cut off"),
        ({"thought_forced": 0.9}, "within their budget"),
        ({"malformed": 0.9}, "empty or markup"),
        ({"reward": 1.0}, "too easy"),
        ({"reward": 0.0}, "too hard"),
    ],
)
def test_why_there_is_nothing_to_learn_is_named(changed: dict[str, float], cause: str) -> None:
    assert cause in diagnosis({**CLEAN, **changed})[0]


def test_what_is_nearly_always_right_is_mastered_whatever_little_signal_is_left() -> None:
    limits, signal, found = Thresholds(no_signal_steps=3), Signal(), []
    for return_ in (0.5, 1.0, 0.985, 1.0):
        assert signal.observe({**CLEAN, "reward": 1.0, "return": return_}, limits) is None
        found.append(signal.mastered)
    assert found == [False, False, False, True]


def record(**changed: Any) -> dict[str, Any]:
    return {"question": "Où?", "thought": "so", "answer": "3"} | changed


def test_texts_are_measured_for_loops_form_and_script() -> None:
    records = [
        record(),
        record(thought="no, wait. " * 30),
        record(answer=" "),
        record(answer="<think> 3"),
        record(question="How many?", thought="答案是三", answer="三"),
        record(question="Столица Франции?", thought="", answer="Париж"),
        record(thought="où", answer="où"),
        record(thought=None),
    ]
    assert text_metrics(records) == {
        "looping": 1 / 8,
        "malformed": 2 / 8,
        "foreign": 1 / 8,
    }
    assert text_metrics([]) == {}


SEARCH = "".join(f"{n}+{n + 4}={2 * n + 4} no. " for n in range(12))
ROUND = "Let me count the letters of this word once more, one by one. "


@pytest.mark.parametrize(
    ("thought", "loops"),
    [(SEARCH, False), (SEARCH + "7-3=4 no. " * 14, True), (SEARCH + ROUND * 3, False),
     (SEARCH + ROUND * 5, True)],
)  # fmt: skip
def test_circles_behind_a_thought_are_seen(thought: str, loops: bool) -> None:
    assert text_metrics([record(thought=thought)])["looping"] == loops


def test_rounding_may_grow() -> None:
    watch = Watch(Thresholds())
    for step in range(30):
        assert watch.observe("rl", {**CLEAN, "logprob_diff_mean": 1e-7 * 1.3**step}) == []


def test_updates_that_are_lost_little_by_little_are_seen_across_a_restart() -> None:
    """As an adapter's that never reaches the sampler: no step is worse than the last by much."""
    watch, seen = watched(), []
    for step in range(60):
        watch.restore(json.loads(json.dumps(watch.to_json())))
        found = watch.observe("rl", {**CLEAN, "logprob_diff_mean": 0.0008 * 1.05**step})
        seen += [(step, alarm.rule) for alarm in found]
    (where, name), *_ = seen
    assert name == "updates_lost"
    assert 27 <= where <= 33  # 1.05 to the 29th is 4.1
