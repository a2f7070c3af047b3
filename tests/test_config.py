"""Configurations, plans and the small parts of the loop."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.config import (
    DrillConfig,
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
    check,
    differences,
    from_json,
    to_json,
)
from cogitate.errors import UsageError
from cogitate.seeds import derive
from cogitate.train.logging.view import duration, shares, sparkline
from cogitate.train.plan import Phase, phase_of, rate

CONFIG = TrainConfig(
    recipe="own",
    model="new-nano",
    tasks=(TaskConfig(family="arithmetic", level=2), TaskConfig(family="mine.csv", weight=2.0)),
    drill=DrillConfig(tasks=(TaskConfig(family="spelling"),), num_steps=3),
    rl=RLConfig(num_steps=5),
)


def test_json_and_back_is_the_same() -> None:
    assert from_json(to_json(CONFIG)) == CONFIG


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("rl", "group_sise"), 8, r"no setting rl\.group_sise; did you mean group_size\?"),
        (("zebra",), 1, "no setting zebra; known are recipe"),
        (("seed",), "one", "seed should be int, not 'one'"),
        (("run", "dtype"), "fp8", r"run\.dtype should be"),
        (("rl", "num_steps"), True, r"rl\.num_steps should be int"),
    ],
)
def test_wrong_settings_are_named(path: tuple[str, ...], value: object, message: str) -> None:
    values = to_json(CONFIG)
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(UsageError, match=message):
        from_json(values)


def test_a_missing_setting_is_named() -> None:
    values = to_json(CONFIG)
    del values["model"]
    with pytest.raises(UsageError, match="setting model is missing"):
        from_json(values)


def test_differences_name_the_field() -> None:
    other = dataclasses.replace(CONFIG, rl=RLConfig(num_steps=9), seed=3)
    assert differences(CONFIG, CONFIG) == []
    assert differences(CONFIG, other) == ["seed is 0, not 3", "rl.num_steps is 5, not 9"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tasks": ()}, "tasks: at least 1"),
        ({"rl": RLConfig(num_steps=1, group_size=1)}, r"rl\.group_size"),
        ({"rl": RLConfig(num_steps=1, temperature=0.0)}, r"rl\.temperature"),
        ({"rl": RLConfig(), "drill": DrillConfig()}, "steps of all phases"),
        ({"run": RunConfig(checkpoint_every=0)}, r"run\.checkpoint_every"),
        ({"rl": RLConfig(num_steps=1, think=-5)}, r"rl\.think: 0 or more"),
        ({"rl": RLConfig(num_steps=1, refill_rounds=-1)}, r"rl\.refill_rounds: 0 or more"),
        ({"drill": DrillConfig(num_steps=-3)}, r"drill\.num_steps: 0 or more"),
        ({"optim": OptimConfig(clip=-1.0)}, r"optim\.clip: 0 or more"),
        ({"optim": OptimConfig(clip=float("nan"))}, r"optim\.clip: 0 or more"),
        ({"optim": OptimConfig(betas=(2.0, 0.95))}, r"optim\.betas"),
        ({"optim": OptimConfig(decay=1.5)}, r"optim\.decay: a share"),
        ({"run": RunConfig(threads=-1)}, r"run\.threads: 0 or more"),
    ],
)
def test_settings_that_mean_nothing_are_refused(change: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check(dataclasses.replace(CONFIG, **change))


class Nothing:
    def batch(self, step: int):
        raise AssertionError(step)


def phase(name: str, first: int, num_steps: int) -> Phase:
    return Phase(name=name, first=first, num_steps=num_steps, lr=1.0, source=Nothing())


def test_steps_belong_to_phases_in_order() -> None:
    phases = [phase("drill", 0, 3), phase("rl", 3, 2)]
    assert [phase_of(phases, step).name for step in range(5)] == ["drill"] * 3 + ["rl"] * 2


def test_the_rate_rises_stays_and_falls() -> None:
    rl = phase("rl", 10, 100)
    rates = [rate(rl, 10 + step, OptimConfig(warmup=0.05, decay=0.5)) for step in range(100)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[4:50] == [1.0] * 46
    assert rates[99] == pytest.approx(0.1)
    assert rates[50:] == sorted(rates[50:], reverse=True)


@given(st.integers(1, 50), st.floats(0, 1), st.floats(0, 1))
def test_the_rate_is_never_zero_nor_above_its_peak(num_steps: int, warmup, decay) -> None:
    optim = OptimConfig(warmup=warmup, decay=decay)
    for step in range(num_steps):
        assert 0 < rate(phase("rl", 0, num_steps), step, optim) <= 1


def test_seeds_differ_by_place() -> None:
    places = [(step, row) for step in range(40) for row in range(40)]
    assert len({derive(0, "rl", *place) for place in places}) == len(places)
    assert derive(0, "rl", 1, 11) != derive(0, "rl", 11, 1) != derive(1, "rl", 11, 1)


def test_words_and_bars_for_a_person() -> None:
    assert [duration(s) for s in (42, 720, 3900)] == ["42 s", "12 min", "65 min"]
    assert duration(7500) == "2 h 05 min"
    assert sparkline([0, 0.5, 1]) == "▁▅█"
    assert sparkline([1, 1, 1]) == "▁▁▁"
    assert sparkline([0.5], low=0.0, high=1.0) == "▅"
    assert shares({"rollout_s": 3.0, "update_s": 1.0}) == "rollout 75%, update 25%"
