"""Thresholds: presets, overrides by name, and what is refused."""

import dataclasses

import pytest

from cogitate.cli import main
from cogitate.config import WatchConfig, from_json, to_json
from cogitate.errors import UsageError
from cogitate.recipes import canary
from cogitate.watch import PRESETS, Thresholds, resolve
from cogitate.watch.thresholds import SHARES


def test_an_override_changes_its_threshold_alone() -> None:
    for name, preset in PRESETS.items():
        found = resolve(WatchConfig(preset=name, thresholds={"entropy_jump": 5.0, "window": 4.0}))
        assert found == dataclasses.replace(preset, entropy_jump=5.0, window=4)
        assert isinstance(found.window, int)


def test_strict_is_nowhere_looser_than_usual() -> None:
    """A larger threshold is looser, but for the two that are lower bounds."""
    usual, strict = (dataclasses.asdict(PRESETS[name]) for name in ("usual", "strict"))
    for name in usual:
        low, high = sorted((usual[name], strict[name]))
        tighter = high if name in ("entropy_floor", "effective_samples") else low
        assert strict[name] == tighter
        assert strict[name] > 0


def test_the_shares_are_thresholds() -> None:
    assert set(SHARES) <= set(dataclasses.asdict(Thresholds()))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("entropy_jmp", 3.0, r"watch\.thresholds 'entropy_jmp' .* did you mean entropy_jump\?"),
        ("step_kl", -1.0, "step_kl is 0 or more, not -1"),
        ("step_kl", float("nan"), "step_kl is 0 or more, not nan"),
        ("bad_share", 1.5, "bad_share is a share of at most 1"),
        ("window", 0.0, "window is a whole number, 1 or more, not 0"),
        ("rollbacks", 1.5, "rollbacks is a whole number, 0 or more, not 1.5"),
    ],
)
def test_what_means_nothing_is_refused(name: str, value: float, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(WatchConfig(thresholds={name: value}))


def test_a_threshold_that_is_no_number_is_named() -> None:
    values = to_json(canary())
    values["watch"]["thresholds"]["step_kl"] = "low"
    with pytest.raises(UsageError, match=r"watch\.thresholds\.step_kl should be float"):
        from_json(values)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--watch.thresholds", "entropy_jmp", "3"], "did you mean entropy_jump?"),
        (["--run.sampler", "vlm"], "run.sampler 'vlm' does not exist; did you mean vllm?"),
        (["--run.learner", "locl"], "run.learner 'locl' does not exist; did you mean local?"),
        (["--run.device", "cuda"], "device cuda: this torch"),
        (["--optim.betas", "0.9", "1.0"], "optim.betas: two numbers from 0 to less than 1"),
    ],
)
def test_train_refuses_in_one_line(
    words: list[str], message: str, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "canary", "--out", str(tmp_path / "run"), *words]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run" / "config.json").exists()
