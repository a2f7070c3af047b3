"""Deadlines in training are thought budgets, by a speed that is measured once."""

import io
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cogitate.config import RLConfig, TrainConfig, check
from cogitate.errors import UsageError
from cogitate.runs.deadline_budgets import with_budgets
from cogitate.train.loop import train
from cogitate.types import Speed
from table import Bench, table_config, write_questions


def with_deadlines(folder: Path, *deadlines_s: float) -> TrainConfig:
    config = table_config(write_questions(folder / "questions.jsonl", "2223"), num_steps=6)
    return replace(config, rl=replace(config.rl, think=150, deadlines_s=deadlines_s))


def budgets(bench: Bench) -> set[int | None]:
    asked = [r for r in bench.sampler.requests if r.temperature == 1]
    return {request.budget.think for request in asked}


def test_each_question_gets_the_tokens_that_one_of_the_deadlines_leaves(tmp_path: Path) -> None:
    config, out = with_deadlines(tmp_path, 0.5, 1.0, 4.0), tmp_path / "run"
    bench = Bench()
    train(config, out, console=Console(file=io.StringIO()), build=bench)
    # 50 ms are for reading, 20 for handing over, 3 tokens for close and answer.
    assert budgets(bench) == {40, 90, 150}
    kept = json.loads((out / "config.json").read_text("utf-8"))
    assert kept["resolved"]["machine"]["tokens_per_s"] == 100
    assert kept["resolved"]["machine"]["prompt_s"] == 0.05
    assert kept["resolved"]["machine"]["usual_answer"] == 32
    assert kept["config"]["rl"]["deadlines_s"] == [0.5, 1.0, 4.0]


def test_a_deadline_for_a_thought_that_could_only_begin_trains_answers_at_once() -> None:
    config = TrainConfig(
        recipe="own", model="any", tasks=(), rl=RLConfig(think=64, deadlines_s=(0.1, 0.5))
    )
    speed = Speed(tokens_per_s=100.0, answer=5)
    assert with_budgets(config, speed).rl.budgets == (0, 42)
    assert with_budgets(config, replace(speed, answer=2)).rl.budgets == (5, 45)


def test_a_resumed_run_goes_on_at_the_speed_that_it_began_with(tmp_path: Path) -> None:
    config, out = with_deadlines(tmp_path, 0.5), tmp_path / "run"
    longer = replace(config, rl=replace(config.rl, num_steps=12))
    train(config, out, console=Console(file=io.StringIO()), build=Bench())
    kept = out / "config.json"  # as if it had been stopped half way
    kept.write_text(kept.read_text("utf-8").replace('"num_steps": 6', '"num_steps": 12'), "utf-8")
    slower = Bench()
    slower.tokens_per_s = 10.0
    train(longer, out, resume=True, console=Console(file=io.StringIO()), build=slower)
    assert budgets(slower) == {40}


@pytest.mark.parametrize("deadlines_s", [(0.0,), (-1.0, 1.0), (math.inf,), (math.nan,)])
def test_no_deadline_is_no_time(tmp_path: Path, deadlines_s: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match=r"rl\.deadlines_s: each is more than 0 seconds"):
        check(with_deadlines(tmp_path, *deadlines_s))


def test_budgets_are_given_in_one_way(tmp_path: Path) -> None:
    config = with_deadlines(tmp_path, 1.0)
    with pytest.raises(UsageError, match=r"no rl\.budgets beside them"):
        check(replace(config, rl=replace(config.rl, budgets=(16,))))
