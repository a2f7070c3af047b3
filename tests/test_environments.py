"""A model from nothing learns a game of several turns by RL, and not from shuffled rewards."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from canaries import GAME, higher_lower, run
from cogitate.evaluate.intervals import Interval


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[bool, tuple[Interval, Interval]]:
    folder: Path = tmp_path_factory.mktemp("higher_lower")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        started = {
            control: pool.submit(
                run, 0, folder / str(control), control=control, recipe=higher_lower
            )
            for control in (False, True)
        }
        return {control: future.result() for control, future in started.items()}


def test_the_environment_takes_thirty_lines() -> None:
    assert len(GAME.read_text(encoding="utf-8").splitlines()) <= 30


@pytest.mark.slow
def test_it_learns(runs: dict[bool, tuple[Interval, Interval]]) -> None:
    before, after = runs[False]
    assert after.low > max(before.high, 2 / 3), f"from {before} to {after}"


@pytest.mark.slow
def test_shuffled_rewards_teach_nothing(runs: dict[bool, tuple[Interval, Interval]]) -> None:
    before, after = runs[True]
    assert after.mean <= before.high, f"from {before} to {after}"
