"""Recipes: configurations that hold together, and a plan that can be seen before it is run."""

import inspect
import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cogitate.config import DrillConfig, check, from_json, to_json
from cogitate.errors import UsageError
from cogitate.recipes import RECIPES, find
from cogitate.recipes.own import own
from cogitate.train import dry_run
from table import Bench, table_config, write_questions


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_makes_a_sound_configuration(name: str) -> None:
    recipe = find(name)
    given = {"task": "arithmetic"} if "task" in inspect.signature(recipe).parameters else {}
    config = recipe(**given, seed=3)
    check(config)
    assert (config.recipe, config.seed) == (name, 3)
    assert from_json(to_json(config)) == config
    assert recipe.__doc__


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no recipe 'strawbery'; did you mean strawberry\?"):
        find("strawbery")


def test_own_practises_answers_where_there_is_no_thought_to_learn(tmp_path: Path) -> None:
    without = own(str(write_questions(tmp_path / "a.jsonl", "12")))
    assert (without.drill.num_steps > 0, without.drill.chat, without.rl.think) == (
        True,
        True,
        0,
    )
    with_thoughts = own(str(write_questions(tmp_path / "b.jsonl", "12", thoughts=True)))
    assert with_thoughts.drill.num_steps == 0
    assert with_thoughts.rl.think > 0


def test_own_learns_references_of_programs_without_a_thought() -> None:
    config = own("modules")
    assert (config.rl.think, config.drill.num_steps) == (0, 0)
    assert config.cold_start.num_steps > 0


def test_a_dry_run_refuses_what_the_run_would(tmp_path: Path) -> None:
    questions = write_questions(tmp_path / "mine.jsonl", "12", thoughts=True)
    with questions.open("a") as rows:
        rows.write('{"question": "' + "long " * 500 + '?", "answer": "1", "thought": "so"}\n')
    config = own(str(questions), model="new-nano")
    config = replace(config, run=replace(config.run, threads=1, dtype="fp32", trackers=()))
    with pytest.raises(UsageError, match="tokens and the model has a context of"):
        dry_run(config, Console(file=io.StringIO()))
    config = replace(config, run=replace(config.run, trackers=("mlflow",)))
    with pytest.raises(UsageError, match=r"run\.trackers 'mlflow'"):
        dry_run(config, Console(file=io.StringIO()))


def test_a_dry_run_tries_everything_and_leaves_nothing(tmp_path: Path) -> None:
    questions = write_questions(tmp_path / "mine.jsonl", "12", thoughts=True)
    config = own(str(questions), model="new-nano")
    config = replace(config, run=replace(config.run, threads=1, dtype="fp32"))
    shown = io.StringIO()
    dry_run(config, Console(file=shown, width=120))
    text = shown.getvalue()
    for part in ("cold_start", "rl", "steps", "GB", "were tried: all work"):
        assert part in text
    assert list(tmp_path.iterdir()) == [questions]


def test_a_dry_run_scales_packed_drill_by_its_items(tmp_path: Path) -> None:
    config = replace(
        table_config(write_questions(tmp_path / "mine.jsonl", "12"), num_steps=0),
        drill=DrillConfig(num_steps=5, items_per_step=32, items_per_row=8),
    )
    shown, bench = io.StringIO(), Bench()
    dry_run(config, Console(file=shown, width=120), bench)
    (tried,) = bench.learner.seen
    num_tokens = sum(len(datum.completion) for (datum,) in tried)
    assert len(tried) == 2
    assert f"{5 * 2 * num_tokens:,}" in shown.getvalue()
