"""The learning canary: RL raises accuracy on fresh questions, and shuffled rewards do not."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from canaries import run
from cogitate.evaluate.intervals import Interval

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, tuple[Interval, Interval]]:
    folder: Path = tmp_path_factory.mktemp("canary")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        started = {
            f"seed {seed}": pool.submit(run, seed, folder / f"seed-{seed}") for seed in SEEDS
        }
        started["control"] = pool.submit(run, 0, folder / "control", control=True)
        return {name: future.result() for name, future in started.items()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_it_learns(runs: dict[str, tuple[Interval, Interval]], seed: int) -> None:
    before, after = runs[f"seed {seed}"]
    assert after.low > before.high, f"from {before} to {after}"


@pytest.mark.slow
def test_shuffled_rewards_teach_nothing(runs: dict[str, tuple[Interval, Interval]]) -> None:
    before, after = runs["control"]
    assert after.mean <= before.high, f"from {before} to {after}"
