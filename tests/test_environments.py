"""A model from nothing learns a game of several turns by RL, and not from shuffled rewards.

`COGITATE_SEEDS="0 1 2" pytest tests/test_environments.py -s` tries other seeds and prints them.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from canaries import GAME, Outcome, play_game

SEEDS = tuple(map(int, os.environ.get("COGITATE_SEEDS", "0").split()))
CASES = [(seed, control) for seed in SEEDS for control in (False, True)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[tuple[int, bool], Outcome]:
    folder: Path = tmp_path_factory.mktemp("higher_lower")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        started = {
            (seed, control): pool.submit(play_game, seed, folder / f"{seed}-{control}", control)
            for seed, control in CASES
        }
        return {case: future.result() for case, future in started.items()}


def test_the_environment_takes_thirty_lines() -> None:
    assert len(GAME.read_text(encoding="utf-8").splitlines()) <= 30


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_it_learns(runs: dict[tuple[int, bool], Outcome], seed: int) -> None:
    before, after, seconds = runs[seed, False]
    print(f"seed {seed}: {before} to {after} in {seconds:.0f} s")  # noqa: T201
    assert after.low > max(before.high, 2 / 3), "2/3 is what guessing without listening gives"


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_shuffled_rewards_teach_nothing(runs: dict[tuple[int, bool], Outcome], seed: int) -> None:
    before, after, seconds = runs[seed, True]
    print(f"seed {seed}, shuffled: {before} to {after} in {seconds:.0f} s")  # noqa: T201
    assert after.mean <= before.high
