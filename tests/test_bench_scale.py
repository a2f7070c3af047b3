"""The simulation of many samplers: its limits are what can be computed by hand."""

from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"


@pytest.fixture
def scale(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import scale

    return scale


def parts(scale, **changed):
    given = {"model": "", "processor": "", "step_s": 0.01, "row_s": 0.001, "learn_s": 0.001,
             "sync_s": 0.5, "lengths": (100,)}  # fmt: skip
    return scale.Parts(**given | changed)


def setting(scale, **changed):
    given = {"samplers": 1, "learners": 1, "lead": 0, "rollouts": 64, "deaths": 0.0,
             "restart_s": 10.0}  # fmt: skip
    return scale.Setting(**given | changed)


def test_without_chance_a_step_is_what_the_parts_add_up_to(scale) -> None:
    found = scale.run(parts(scale), setting(scale, samplers=4))
    sampling, learning = 100 * 0.01 + 16 * 100 * 0.001, 64 * 100 * 0.001
    assert found["step_s"] == pytest.approx(sampling + learning + 0.5)
    assert found["lost"] == 0
    ahead = scale.run(parts(scale), setting(scale, samplers=4, lead=1))
    assert ahead["step_s"] == pytest.approx(max(sampling, learning) + 0.5, rel=0.01)


def test_the_longest_rollout_bounds_what_samplers_gain(scale) -> None:
    uneven = parts(scale, lengths=(10,) * 99 + (1000,))
    most = scale.run(uneven, setting(scale, samplers=64, rollouts=512))
    assert most["idle_samplers"] > 0.5


def test_deaths_cost_time(scale) -> None:
    calm = scale.run(parts(scale), setting(scale, samplers=16))
    stormy = scale.run(parts(scale), setting(scale, samplers=16, deaths=20.0))
    assert stormy["step_s"] > 1.05 * calm["step_s"]
    assert stormy["lost"] > 0.02
