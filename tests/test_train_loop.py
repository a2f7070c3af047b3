"""The loop, with a table for a policy: what it learns, leaves behind, stops at and goes on from."""

import dataclasses
import json
import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from cogitate.config import ColdStartConfig, DrillConfig, TrainConfig, WatchConfig
from cogitate.errors import CheckpointError, Interrupted, TrainingStopped, UsageError
from cogitate.runs.folder import RunFolder, read_lines
from cogitate.types import Datum, Request
from table import (
    DIGITS,
    END,
    TOKENIZER,
    Bench,
    interrupt_at,
    start,
    table_config,
    weights,
    write_questions,
)

Usage = namedtuple("Usage", "total used free")
Start = Callable[..., str]


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return table_config(write_questions(tmp_path / "questions.jsonl", "2223"))


def rl_steps(out: Path) -> list[dict]:
    return [line for line in read_lines(out / "metrics.jsonl") if line["phase"] == "rl"]


def test_it_learns_and_leaves_everything_behind(config: TrainConfig, tmp_path: Path) -> None:
    out, bench = tmp_path / "run", Bench()
    shown = start(config, out, bench)
    steps = rl_steps(out)
    assert [line["step"] for line in steps] == list(range(1, 13))
    assert steps[-1]["reward"] > steps[0]["reward"] + 0.2
    assert {"loss", "grad_norm", "lr", "entropy", "rollout_s", "verify_s", "update_s"} <= set(
        steps[0]
    )
    assert bench.sampler.versions == list(range(1, 13))
    assert weights(out)[2] == max(weights(out))
    kept = sorted(path.name for path in (out / "checkpoints").iterdir())
    assert {"step-000008", "step-000012"} <= set(kept)
    assert len(kept) <= 3
    assert "reward" in shown
    assert "held-out accuracy after step 6" in shown
    values = json.loads((out / "config.json").read_text())
    assert values["resolved"]["machine"]["dtype"] == "fp32"
    assert values["config"]["rl"]["num_steps"] == 12
    assert read_lines(out / "events.jsonl")[-1]["event"] == "finished"


def test_every_verified_rollout_is_kept_with_its_reason(
    config: TrainConfig, tmp_path: Path
) -> None:
    start(config, tmp_path / "run")
    records = read_lines(tmp_path / "run" / "rollouts" / "step-000001.jsonl")
    assert len(records) >= 24
    assert {record["question"].startswith("Question") for record in records} == {True}
    wrong = next(record for record in records if record["reward"] == 0)
    assert wrong["why"].startswith("expected ")
    groups = [records[i : i + 6] for i in range(0, len(records), 6)]
    assert all(abs(sum(record["advantage"] for record in group)) < 1e-9 for group in groups)


def test_only_groups_with_signal_are_learned_and_the_refill_is_capped(
    config: TrainConfig, tmp_path: Path
) -> None:
    bench = Bench()
    start(config, tmp_path / "run", bench)
    for groups in bench.learner.seen:
        assert len(groups) <= 4
        assert all(len({datum.weights[0] for datum in group}) > 1 for group in groups)
        assert all(len({datum.prompt for datum in group}) == 1 for group in groups)
    rounds = {
        record["refill_round"]
        for path in (tmp_path / "run" / "rollouts").iterdir()
        for record in read_lines(path)
    }
    assert rounds == {0, 1, 2}
    assert max(line["groups"] for line in rl_steps(tmp_path / "run")) <= 12


def test_the_same_seed_gives_the_same_run(config: TrainConfig, tmp_path: Path) -> None:
    for name in ("a", "b"):
        start(config, tmp_path / name)
    other = dataclasses.replace(config, seed=1)
    start(other, tmp_path / "c")
    assert weights(tmp_path / "a") == weights(tmp_path / "b") != weights(tmp_path / "c")


def test_no_trained_question_is_held_out(config: TrainConfig, tmp_path: Path) -> None:
    bench = Bench()
    start(config, tmp_path / "run", bench)
    asked = {True: set(), False: set()}
    for request in bench.sampler.requests:
        asked[request.temperature == 0].add(request.prompt)
    assert asked[True]
    assert not asked[True] & asked[False]


# ------------------------------------------------------------------ stopped and gone on with


@pytest.mark.parametrize("step", [1, 4, 7, 11])
def test_ctrl_c_finishes_the_step_and_resume_ends_with_the_same_weights(
    config: TrainConfig, tmp_path: Path, step: int
) -> None:
    start(config, tmp_path / "whole")
    out = tmp_path / "stopped"
    with pytest.raises(Interrupted, match=f"stopped after step {step} of 12.*--resume"):
        start(config, out, interrupt_at(step))
    assert (out / "checkpoints" / f"step-{step:06d}").is_dir()
    assert not (out / "model").exists()
    shown = start(config, out, resume=True)
    assert f"continuing after step {step}" in shown
    assert weights(out) == weights(tmp_path / "whole")
    for name in ("step-000001.jsonl", "step-000012.jsonl"):
        texts = [(run / "rollouts" / name).read_text() for run in (out, tmp_path / "whole")]
        assert texts[0] == texts[1]


def test_logs_are_cut_back_to_the_checkpoint(config: TrainConfig, tmp_path: Path) -> None:
    out = tmp_path / "run"
    start(config, out)
    before = weights(out)
    metrics = (out / "metrics.jsonl").read_text()
    for name in ("model", "checkpoints/step-000012"):
        shutil.rmtree(out / name)
    with (out / "metrics.jsonl").open("a") as file:
        file.write('{"step": 13, "phase": "r')  # cut short, as kill -9 leaves it
    start(config, out, resume=True)
    assert weights(out) == before
    again = [(line["step"], line["phase"]) for line in read_lines(out / "metrics.jsonl")]
    assert again == [(json.loads(x)["step"], json.loads(x)["phase"]) for x in metrics.splitlines()]


def test_a_corrupt_checkpoint_is_passed_over_and_said_so(
    config: TrainConfig, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    start(config, out)
    before = weights(out)
    shutil.rmtree(out / "model")
    (out / "checkpoints" / "step-000012" / "learner" / "table.json").write_text("[0, 0, 0, 0]")
    shown = start(config, out, resume=True)
    assert "checkpoint skipped" in shown
    assert "step-000012" in shown
    assert weights(out) == before
    assert any(event["event"] == "corrupt" for event in read_lines(out / "events.jsonl"))


def test_a_finished_run_says_so(config: TrainConfig, tmp_path: Path) -> None:
    start(config, tmp_path / "run")
    assert "this run is finished" in start(config, tmp_path / "run", resume=True)


def test_a_run_is_not_overwritten_and_not_resumed_with_other_settings(
    config: TrainConfig, tmp_path: Path
) -> None:
    start(config, tmp_path / "run")
    with pytest.raises(UsageError, match=r"there is a run in .* --resume"):
        start(config, tmp_path / "run")
    other = dataclasses.replace(config, seed=5)
    with pytest.raises(UsageError, match="seed is 0, not 5"):
        start(other, tmp_path / "run", resume=True)


def test_two_runs_do_not_share_a_folder(config: TrainConfig, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    try:
        with pytest.raises(UsageError, match=f"process {os.getpid()}"):
            start(config, tmp_path / "run")
    finally:
        folder.close()
    start(config, tmp_path / "run")


def test_a_full_disk_is_said_before_anything_is_trained(
    config: TrainConfig, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100, 99, 1))
    bench = Bench()
    with pytest.raises(CheckpointError, match="no disk space for this run's checkpoints"):
        start(config, tmp_path / "run", bench)
    assert bench.learner.seen == []
    monkeypatch.undo()
    start(config, tmp_path / "run")


# ------------------------------------------------------------------ stopping by itself


def limited(config: TrainConfig, no_signal_steps: int = 8, **run: object) -> TrainConfig:
    watch = WatchConfig(thresholds={"no_signal_steps": no_signal_steps})
    return dataclasses.replace(config, run=dataclasses.replace(config.run, **run), watch=watch)


def test_no_signal_stops_with_a_diagnosis(tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "q.jsonl", "7"))
    with pytest.raises(TrainingStopped, match=r"no group had both .* for 3 steps .* lower level"):
        start(limited(config, no_signal_steps=3), tmp_path / "run")
    stopped = read_lines(tmp_path / "run" / "events.jsonl")[-1]
    assert stopped["event"] == "stopped"
    assert "no group" in stopped["why"]


def test_what_is_mastered_ends_well(tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "q.jsonl", "1"), num_steps=60, lr=2.0)
    shown = start(limited(config, no_signal_steps=3), tmp_path / "run")
    assert "every answer is correct" in shown
    assert len(rl_steps(tmp_path / "run")) < 60
    assert (tmp_path / "run" / "model").is_dir()


def test_too_many_answers_cut_off_stop_the_run(config: TrainConfig, tmp_path: Path) -> None:
    bench = Bench(script=lambda _request: [DIGITS[0]] * 9)
    with pytest.raises(TrainingStopped, match=r"100% of the rollouts .* cut off"):
        start(limited(config, no_signal_steps=2), tmp_path / "run", bench)
    records = read_lines(tmp_path / "run" / "rollouts" / "step-000001.jsonl")
    assert {(record["reward"], record["why"]) for record in records} == {
        (0.0, "cut off before its end")
    }


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ({"loss": float("nan")}, "loss is nan"),
        ({"logprob_diff_max": 2e-4}, "sampler and learner disagree: logprob_diff_max is 0.0002"),
    ],
)
def test_bad_numbers_stop_before_the_weights_change(
    config: TrainConfig, tmp_path: Path, metrics: dict[str, float], message: str
) -> None:
    bench = Bench(metrics=metrics)
    with pytest.raises(TrainingStopped, match=message):
        start(config, tmp_path / "run", bench)
    assert set(bench.table.logits.values()) == {0.0}


# ------------------------------------------------------------------ what is learned from


FAILING = """
from cogitate.types import Task, Verdict

class Fragile:
    name = "fragile"

    def generate(self, split, seed, level=None):
        return Task(key=f"fragile/{split}/{seed}", family="fragile", level=1,
                    question=f"Number {seed}?", target=str(seed % 2),
                    metadata={"cluster": f"{split}{seed}"})

    def verify(self, task, answer):
        if answer == "3":
            raise RuntimeError("no threes")
        return Verdict(reward=float(answer == task.target), why="judged")

family = Fragile()
"""


def test_a_verifier_that_fails_is_masked_and_counted(tmp_path: Path) -> None:
    (tmp_path / "fragile.py").write_text(FAILING)
    config = table_config(tmp_path / "fragile.py", num_steps=2)
    bench = Bench()
    start(limited(config, eval_every=0), tmp_path / "run", bench)
    records = read_lines(tmp_path / "run" / "rollouts" / "step-000001.jsonl")
    failed = [record for record in records if record["reward"] is None]
    assert failed
    assert {record["advantage"] for record in failed} == {None}
    assert {"no threes" in record["why"] for record in failed} == {True}
    assert rl_steps(tmp_path / "run")[0]["verifier_failed"] == len(failed)
    learned = [d for groups in bench.learner.seen for group in groups for d in group]
    assert all(datum.completion[0] != DIGITS[3] for datum in learned)
    events = read_lines(tmp_path / "run" / "events.jsonl")
    assert any(event["event"] == "verifier_failed" and not event["repeatable"] for event in events)


def test_forced_tokens_weigh_nothing(tmp_path: Path) -> None:
    """A thought that runs into its budget is closed by force: the close is not learned."""
    from cogitate.rollout.scripted import ScriptedSampler
    from cogitate.thinking.machine import Markers

    config = table_config(write_questions(tmp_path / "q.jsonl", "2"), num_steps=1)
    config = dataclasses.replace(config, rl=dataclasses.replace(config.rl, think=3))
    bench = Bench()
    assert TOKENIZER.think_open is not None
    assert TOKENIZER.think_close is not None
    markers = Markers(
        open=(TOKENIZER.think_open,), close=(TOKENIZER.think_close,), ends=frozenset({END})
    )
    thought = TOKENIZER.encode("abc")

    def script(request: Request) -> list[int]:
        return [*thought, bench.table.draw(request), END]

    bench.sampler._scripted = ScriptedSampler(script, markers)
    start(limited(config, eval_every=0), tmp_path / "run", bench)
    datum: Datum = bench.learner.seen[0][0][0]
    assert datum.completion[:4] == (*thought, TOKENIZER.think_close)
    assert datum.weights[3] == 0
    assert all(weight != 0 for weight in (*datum.weights[:3], *datum.weights[4:]))
    assert rl_steps(tmp_path / "run")[0]["thought_forced"] == 1


def test_drill_and_cold_start_come_first(tmp_path: Path) -> None:
    questions = write_questions(tmp_path / "q.jsonl", "2", thoughts=True)
    config = dataclasses.replace(
        table_config(questions, num_steps=2),
        drill=DrillConfig(num_steps=3, items_per_step=5, lr=0.01),
        cold_start=ColdStartConfig(num_steps=2, items_per_step=4, lr=0.01),
    )
    bench = Bench()
    shown = start(config, tmp_path / "run", bench)
    assert "drill 3 steps, cold_start 2 steps, rl 2 steps" in shown
    phases = [line["phase"] for line in read_lines(tmp_path / "run" / "metrics.jsonl")]
    assert [phase for phase in phases if phase != "held_out"] == (
        ["drill"] * 3 + ["cold_start"] * 2 + ["rl"] * 2
    )
    practised, shown_first = bench.learner.seen[0], bench.learner.seen[3]
    assert [len(practised), len(shown_first)] == [5, 4]
    assert TOKENIZER.decode(practised[0][0].completion) == "2\n"
    assert TOKENIZER.decode(shown_first[0][0].completion) == "2"
    assert shown_first[0][0].completion[-1] == END
    asked = [datum.prompt for groups in bench.learner.seen[:3] for (datum,) in groups]
    assert len(set(asked)) >= len(asked) - 2  # none twice in a round, but for held-out ones


def test_drill_behind_the_chat_template(config: TrainConfig, tmp_path: Path) -> None:
    drill = DrillConfig(num_steps=1, items_per_step=2, lr=0.01, chat=True)
    bench = Bench()
    start(dataclasses.replace(config, drill=drill), tmp_path / "run", bench)
    (datum,) = bench.learner.seen[0][0]
    assert TOKENIZER.decode(datum.prompt, skip_special=False).endswith("<|im_start|>a ")
    assert datum.completion[-1] == END


def test_without_worked_solutions_the_cold_start_is_skipped_and_said_so(
    config: TrainConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, cold_start=ColdStartConfig(num_steps=5))
    shown = start(config, tmp_path / "run")
    assert "cold start skipped" in shown
    assert {line["phase"] for line in read_lines(tmp_path / "run" / "metrics.jsonl")} == {
        "rl",
        "held_out",
    }


def test_an_unknown_advantage_names_the_nearest(config: TrainConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, rl=dataclasses.replace(config.rl, advantage="dr_gpro"))
    with pytest.raises(UsageError, match=r"'dr_gpro' does not exist; did you mean dr_grpo\?"):
        start(config, tmp_path / "run")


def test_too_few_questions_to_hold_any_out_are_said(tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "q.jsonl", "23", count=4), num_steps=2)
    shown = start(config, tmp_path / "run")
    assert "too few training questions to hold any out" in shown
    assert (tmp_path / "run" / "model").is_dir()


def test_an_unknown_tracker_is_named(config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"run\.trackers 'mlflow' does not exist"):
        start(limited(config, trackers=("mlflow",)), tmp_path / "run")
