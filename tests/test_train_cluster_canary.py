"""The canary rises over several processes too: with two samplers and two learners, and ahead."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import ray

from canaries import run
from cogitate.config import ScaleConfig, TrainConfig
from cogitate.recipes.canary import canary

SEEDS = [int(seed) for seed in os.environ.get("COGITATE_SEEDS", "0").split()]
SCALES = {
    "two and two": ScaleConfig(samplers=2, learners=2),
    "one step ahead": ScaleConfig(samplers=1, lead=1),
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SCALES)
def test_it_rises(tmp_path: Path, name: str, seed: int) -> None:
    scale = SCALES[name]

    def recipe(*, seed: int) -> TrainConfig:
        config = canary(seed=seed)
        objective = "cispo" if scale.lead else config.rl.objective
        return replace(config, scale=scale, rl=replace(config.rl, objective=objective))

    try:
        before, after = run(seed, tmp_path / "out", recipe=recipe)
    finally:
        ray.shutdown()
    assert after.low > before.high, f"from {before} to {after}"
