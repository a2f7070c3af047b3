"""A run that goes wrong goes back to a good checkpoint by itself, and tells so."""

import dataclasses
import io
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cogitate.cli import main
from cogitate.config import TrainConfig, WatchConfig
from cogitate.errors import Interrupted, TrainingStopped
from cogitate.protocols import Poll, Then
from cogitate.runs.checkpoint import latest_good
from cogitate.runs.folder import read_lines
from cogitate.train.loop import train
from cogitate.types import Datum, Request, Rollout
from table import Bench, interrupt_at, table_config, write_questions

Broken = Callable[[int], Mapping[str, float]]


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return table_config(write_questions(tmp_path / "questions.jsonl", "2223"), num_steps=20)


class Breaking(Bench):
    """A bench whose learner reports what `broken` says at its nth update, from 0."""

    def __init__(self, broken: Broken) -> None:
        super().__init__()
        self.updates, plain = 0, self.learner.forward_backward

        def forward_backward(data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
            metrics = {**plain(data), **broken(self.updates)}
            self.updates += 1
            return metrics

        self.learner.forward_backward = forward_backward


def once_at(step: int, **metrics: float) -> Broken:
    return lambda update: metrics if update == step else {}


def start(config: TrainConfig, out: Path, bench: Bench, *, resume: bool = False) -> str:
    shown = io.StringIO()
    train(config, out, resume=resume, console=Console(file=shown, width=300), build=bench)
    return shown.getvalue()


def rl_steps(out: Path) -> list[dict[str, Any]]:
    return [line for line in read_lines(out / "metrics.jsonl") if line["phase"] == "rl"]


def events(out: Path, what: str) -> list[dict[str, Any]]:
    return [line for line in read_lines(out / "events.jsonl") if line["event"] == what]


def questions(out: Path, step: int) -> list[str]:
    lines = read_lines(out / "rollouts" / f"step-{step:06d}.jsonl")
    return [line["key"] for line in lines]


def test_it_goes_back_with_half_the_rate_and_other_batches(
    config: TrainConfig, tmp_path: Path
) -> None:
    out, plain = tmp_path / "run", tmp_path / "plain"
    shown = start(config, out, Breaking(once_at(10, loss=float("nan"))))
    start(config, plain, Bench())
    assert "non_finite: loss is nan" in shown
    assert "Going back to step 6 with half the rate" in shown
    (event,) = events(out, "rolled_back")
    assert (event["step"], event["seen_at"]) == (6, 10)
    assert event["alarm"]["rule"] == "non_finite"
    steps = rl_steps(out)
    assert [line["step"] for line in steps] == list(range(1, 21))
    rates = {line["step"]: line["lr"] for line in rl_steps(plain) if "lr" in line}
    learned = [line for line in steps if "lr" in line and line["step"] in rates]
    assert {line["step"] > 6 for line in learned} == {True, False}
    for line in learned:
        half = 0.5 if line["step"] > 6 else 1.0
        assert line["lr"] == pytest.approx(half * rates[line["step"]])
    assert questions(out, 6) == questions(plain, 6)
    assert questions(out, 7) != questions(plain, 7)
    assert events(out, "finished")


def test_what_it_goes_back_to_is_kept_when_it_is_killed_afterwards(
    config: TrainConfig, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    def killed_at(step: int) -> Broken:
        def broken(update: int) -> Mapping[str, float]:
            if update == step:
                raise Killed
            return once_at(10, loss=float("nan"))(update)

        return broken

    out, whole = tmp_path / "run", tmp_path / "whole"
    with pytest.raises(Killed):
        start(config, out, Breaking(killed_at(13)))
    start(config, out, Bench(), resume=True)
    start(config, whole, Breaking(once_at(10, loss=float("nan"))))
    assert len(events(out, "rolled_back")) == 1
    timed = {"rollout_s", "verify_s", "update_s", "evaluate_s", "checkpoint_s", "tokens_per_s"}
    for ours, theirs in zip(rl_steps(out), rl_steps(whole), strict=True):
        assert {k: v for k, v in ours.items() if k not in timed} == {
            k: v for k, v in theirs.items() if k not in timed
        }


def test_it_stops_where_going_back_does_not_help(config: TrainConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, watch=WatchConfig(thresholds={"rollbacks": 2}))
    bench = Breaking(lambda update: {"loss": float("inf")} if update >= 10 else {})
    with pytest.raises(TrainingStopped, match="loss is inf"):
        start(config, tmp_path / "run", bench)
    assert len(events(tmp_path / "run", "rolled_back")) == 2
    assert events(tmp_path / "run", "alarm")[-1]["rule"] == "non_finite"


def test_there_is_always_something_to_go_back_to(config: TrainConfig, tmp_path: Path) -> None:
    out = tmp_path / "run"
    start(config, out, Breaking(once_at(2, loss=float("nan"))))
    (event,) = events(out, "rolled_back")
    assert (event["step"], event["seen_at"]) == (0, 2)
    assert len(rl_steps(out)) == 20
    kept = sorted(path.name for path in (out / "rolled_back" / "1").iterdir())
    assert kept == ["step-000001.jsonl", "step-000002.jsonl"]


def test_a_second_time_does_not_make_the_first_forgotten(
    config: TrainConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, run=dataclasses.replace(config.run, eval_every=0))
    broken = {13: float("nan"), 18: float("inf")}
    bench = Breaking(lambda update: {"loss": broken[update]} if update in broken else {})
    start(config, tmp_path / "run", bench)
    assert [(e["step"], e["seen_at"]) for e in events(tmp_path / "run", "rolled_back")] == [
        (8, 13), (8, 12),
    ]  # fmt: skip


def test_accuracy_that_falls_goes_back_to_the_best(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.1, 0.9, 0.75, 0.75, *[0.9] * 20])
    evaluate = lambda *_: {"held_out": next(scores)}  # noqa: E731
    monkeypatch.setattr("cogitate.train.held_out.HeldOutEval.evaluate", evaluate)
    config = dataclasses.replace(config, run=dataclasses.replace(config.run, eval_every=4))
    start(config, tmp_path / "run", Bench())
    (event,) = events(tmp_path / "run", "rolled_back")
    assert (event["alarm"]["rule"], event["step"], event["seen_at"]) == ("held_out_fall", 4, 12)


def test_a_checkpoint_that_was_being_replaced_is_put_back(
    config: TrainConfig, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    start(config, out, Bench())
    folder = out / "checkpoints"
    (folder / "step-000020").rename(folder / ".replaced-000020")
    assert latest_good(folder, print).step == 20  # pyright: ignore[reportOptionalMemberAccess]


def test_no_checkpoint_is_written_of_a_step_that_raised_an_alarm(
    config: TrainConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(
        config, watch=WatchConfig(thresholds={"window": 4, "entropy_jump": 1.5})
    )
    out = tmp_path / "run"
    bench = Breaking(lambda _update: {})
    plain = bench.sampler.sample

    def unsure_once(
        requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        def and_then(rollout: Rollout) -> Sequence[Request]:
            logprobs = tuple(-9.0 for _ in rollout.logprobs)
            rollout = dataclasses.replace(rollout, logprobs=logprobs)
            return () if then is None else then(rollout)

        return plain(requests, and_then if bench.updates == 11 else then, poll)

    bench.sampler.sample = unsure_once
    start(config, out, bench)
    (event,) = events(out, "rolled_back")
    assert event["alarm"]["rule"] == "entropy_jump"
    assert event["seen_at"] == 12
    assert event["step"] == 8


def test_warnings_are_shown_and_change_nothing(config: TrainConfig, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shown = start(config, out, Breaking(once_at(15, effective_samples=0.1)))
    assert not events(out, "rolled_back")
    shown = start(config, tmp_path / "more", Breaking(lambda _: {"effective_samples": 0.1}))
    assert "warn: stale_sampler: only 10% of the sampled tokens count" in shown
    assert {event["rule"] for event in events(tmp_path / "more", "alarm")} == {"stale_sampler"}
    assert [s["reward"] for s in rl_steps(out)] == [
        s["reward"] for s in rl_steps(tmp_path / "more")
    ]


def looked_at(out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["doctor", str(out)])
    return status, capsys.readouterr().out


def test_doctor_finds_nothing_wrong_with_a_good_run(
    config: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(config, tmp_path / "run", Breaking(lambda _update: {"loss": -0.01}))
    status, output = looked_at(tmp_path / "run", capsys)
    assert status == 0
    assert "20 of 20 steps (rl to 20)" in output
    assert "finished; its model is" in output
    assert "the loss says nothing" in " ".join(output.split())
    assert output.endswith("Nothing is wrong with this run.\n")


def test_doctor_says_why_a_run_stopped_and_what_is_corrupt(
    config: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    config = dataclasses.replace(config, watch=WatchConfig(thresholds={"rollbacks": 0}))
    bench = Breaking(
        lambda update: {"effective_samples": 0.1, "loss": math.nan if update > 9 else 0}
    )
    with pytest.raises(TrainingStopped):
        start(config, out, bench)
    (out / "checkpoints" / "step-000008" / "learner" / "table.json").write_text("[1]")
    status, output = looked_at(out, capsys)
    assert status == 1
    for words in ("not finished", "stopped    step 10: non_finite", "corrupt", "stale_sampler"):
        assert words in output


def test_doctor_does_not_call_a_run_stopped_that_went_on(
    config: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Killed(BaseException):
        pass

    def killed(update: int) -> Mapping[str, float]:
        if update == 2:
            raise Killed
        return {}

    out = tmp_path / "run"
    with pytest.raises(Interrupted):
        start(config, out, interrupt_at(3))
    status, output = looked_at(out, capsys)
    assert status == 1
    assert "stopped    step 3" in output
    with pytest.raises(Killed):
        start(config, out, Breaking(killed), resume=True)
    assert looked_at(out, capsys)[0] == 0


def test_doctor_refuses_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path)]) == 2
    assert "is not the folder of a run" in capsys.readouterr().err
