"""The mini from nothing: its phases run, leave what they should, and go on where they stopped."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cogitate import models
from cogitate.config import TaskConfig, TrainConfig
from cogitate.errors import UsageError
from cogitate.recipes.mini import mini
from cogitate.runs.folder import read_lines
from cogitate.train import train


def tiny() -> TrainConfig:
    """A few steps of each phase."""
    config = mini(size="nano")
    return replace(
        config,
        tasks=(TaskConfig(family="countdown"), TaskConfig(family="sorting")),
        pretrain=replace(config.pretrain, num_steps=4, items_per_step=8),
        cold_start=replace(config.cold_start, num_steps=2, items_per_step=8),
        rl=replace(config.rl, num_steps=2, groups_per_step=4, group_size=4, think=24, answer=4,
                   budgets=(0, 8, 24)),
        run=replace(config.run, checkpoint_every=3, eval_every=4, eval_n=4, dtype="fp32",
                    threads=1, trackers=()),
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("mini") / "run"
    train(tiny(), out, console=Console(file=io.StringIO()))
    return out


def test_all_phases_learn_and_rollouts_keep_their_budgets(run: Path) -> None:
    lines = read_lines(run / "metrics.jsonl")
    assert [line["phase"] for line in lines if "loss" in line].count("pretrain") == 4
    assert {"frontier/countdown", "frontier/sorting"} <= set(lines[-2])
    records = [r for path in (run / "rollouts").iterdir() for r in read_lines(path)]
    assert {record["budget"] for record in records} <= {0, 8, 24}
    for record in records:
        assert record["thought_tokens"] <= record["budget"] + 1
        if record["thought_end"] == "budget":
            assert record["reward"] == 0
            assert record["end"] != "done" or record["why"].startswith("still thinking")
    groups = {(record["key"], record["refill_round"]): record["budget"] for record in records}
    assert len(set(groups.values())) > 1


def test_its_model_has_budgets_stated_wherever_it_goes(run: Path) -> None:
    policy = models.load(run / "model")
    assert policy.tokenizer.tells_budget
    text = policy.tokenizer.chat([{"role": "user", "content": "hi"}], thinking_budget=8)
    assert "[think at most 8]" in text


def test_its_vocabulary_is_its_own(run: Path) -> None:
    tokenizer = models.load(run / "model").tokenizer
    assert 261 < tokenizer.size <= tiny().pretrain.vocabulary
    assert len(tokenizer.encode("Reach")) == 1


def test_a_vocabulary_is_for_models_from_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pretrain.vocabulary: smollm2-135m has its own"):
        train(replace(tiny(), model="smollm2-135m"), tmp_path / "run")


def test_a_base_stays_and_a_resumed_run_has_the_same_weights(run: Path, tmp_path: Path) -> None:
    halves = tmp_path / "halves"
    train(replace_steps(tiny()), halves, console=Console(file=io.StringIO()))
    values = json.loads((halves / "config.json").read_text())
    whole = json.loads((run / "config.json").read_text())
    values["config"] = whole["config"]
    values["resolved"]["phases"] = whole["resolved"]["phases"]
    (halves / "config.json").write_text(json.dumps(values))
    base = (halves / "model").rename(tmp_path / "base")
    assert weights(base) == weights(run / "cold_start" / "model")
    train(tiny(), halves, resume=True, console=Console(file=io.StringIO()))
    assert weights(halves / "model") == weights(run / "model")


def weights(model: Path) -> bytes:
    return (model / "model.safetensors").read_bytes()


def replace_steps(config: TrainConfig) -> TrainConfig:
    """The same without RL: the base is what the whole run comes by."""
    return replace(config, rl=replace(config.rl, num_steps=0))


def test_an_unknown_size_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="--size 'minni' does not exist; did you mean mini"):
        mini(size="minni")
