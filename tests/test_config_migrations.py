"""What the format before wrote goes on as it was, and its names say what they are called now.

`format_before/run` was written by commit 8c07920 with the workers of `table` and stopped after
step 8 of 12; `whole.jsonl` and `whole.json` are the metrics and the weights of the same run where
nothing stopped it.
"""

import dataclasses
import io
import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cogitate.cli import main
from cogitate.cli.train import _parsed
from cogitate.config import TrainConfig, from_json, migrations, to_json
from cogitate.config.reading import leaves
from cogitate.errors import UsageError
from cogitate.evaluate.saved import _document
from cogitate.models.hub import SHIPPED
from cogitate.recipes import canary
from cogitate.runs.diagnosis import diagnose
from cogitate.runs.folder import read_config, read_lines
from cogitate.train.loop import train
from cogitate.watch import PRESETS, Thresholds, Watch, resolve
from table import Bench

BEFORE = Path(__file__).parent / "format_before"
OLD = json.loads((BEFORE / "run" / "config.json").read_text())["config"]
TIMED = ("_s", "seconds")


def test_a_setting_of_before_has_its_value_under_its_new_name() -> None:
    config = from_json(OLD)
    assert (config.drill.num_steps, config.drill.lr) == (3, 0.01)
    assert config.optim.betas == (0.9, 0.96)
    overrides = {"no_signal_steps": 20.0, "window": 4.0, "entropy_jump": 5.0}
    assert config.watch.thresholds == overrides
    assert from_json(to_json(config)) == config


@pytest.mark.parametrize("name", ["mini", "mini-base", "strawberry"])
def test_models_in_the_package_say_what_they_were_trained_with(name: str) -> None:
    read = read_config(SHIPPED / name)
    assert read is not None
    before = json.loads((SHIPPED / name / "config.json").read_text())["config"]
    shares = (before["cold_start"]["detours"], before["cold_start"]["terse_share"])
    cold_start = read[0].cold_start
    assert (cold_start.self_correction_share, cold_start.empty_thought_share) == shares
    assert read[0].drill.num_steps == before["practice"]["num_steps"]
    assert {phase["name"] for phase in read[1]["phases"]} <= {*read[0].supervised, "rl"}


def test_what_was_usual_before_is_usual_now() -> None:
    assert dataclasses.asdict(PRESETS["usual"]) == migrations.USUAL_BEFORE


@given(
    st.fixed_dictionaries(
        {
            old: st.integers(1, 50)
            if isinstance(migrations.USUAL_BEFORE[new.rpartition(".")[2]], int)
            else st.floats(0.0, 1.0)
            for old, new in migrations.SETTINGS.items()
            if new.startswith("watch.thresholds.")
        }
    )
)
def test_every_threshold_keeps_its_value(values: dict[str, float]) -> None:
    old = json.loads(json.dumps(OLD))
    for name, value in values.items():
        section, _, field = name.partition(".")
        old[section][field] = value
    kept = dataclasses.asdict(resolve(from_json(old).watch))
    for name, value in values.items():
        assert kept[migrations.SETTINGS[name].rpartition(".")[2]] == value


def test_the_table_leads_from_names_that_are_gone_to_names_that_there_are() -> None:
    settings = {*to_json(canary()), *leaves(to_json(canary()), "")}
    there = settings | {f"watch.thresholds.{name}" for name in dataclasses.asdict(Thresholds())}
    for old, new in migrations.SETTINGS.items():
        assert old not in there
        assert new.removesuffix(".0").removesuffix(".1") in there


def test_todays_settings_and_lines_are_left_as_they_are() -> None:
    values = to_json(canary())
    assert migrations.settings(values) == values
    line = {"step": 3, "phase": "drill", "verifier_failed": 1.0, "return": 0.5, "why": "worth"}
    assert migrations.record(line) == line


def test_an_old_name_beside_its_new_one_is_refused() -> None:
    both = to_json(canary()) | {"practice": OLD["practice"]}
    with pytest.raises(UsageError, match="there is no setting practice"):
        from_json(both)


# ------------------------------------------------------------------ a run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(BEFORE, tmp_path / "before")
    monkeypatch.chdir(tmp_path / "before")
    return Path("run")


def test_a_run_of_before_goes_on_to_the_same_weights(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The format is that of before; what is correct is as well, or the run is refused."""
    monkeypatch.setattr("cogitate.tasks.fingerprints.RULES", 2)
    read = read_config(run)
    assert read is not None
    train(read[0], run, resume=True, console=Console(file=io.StringIO()), build=Bench())
    weights = json.loads((run / "model" / "table.json").read_text())
    assert weights == pytest.approx(json.loads(Path("whole.json").read_text()), rel=1e-9)
    lines, whole = read_lines(run / "metrics.jsonl"), read_lines(Path("whole.jsonl"))
    assert [line["phase"] for line in lines] == [line["phase"] for line in whole]
    for line, expected in zip(lines, whole, strict=True):
        names = [name for name in expected if not name.endswith(TIMED)]
        assert [line[name] for name in names] == pytest.approx([expected[name] for name in names])
    assert (run / "practice" / "model" / "table.json").is_file()


def test_lines_of_before_are_read_under_todays_names(run: Path) -> None:
    metrics = read_lines(run / "metrics.jsonl")
    assert {"drill", "rl"} <= {line["phase"] for line in metrics}
    assert all("verifier_failed" in line for line in metrics if line["phase"] == "rl")
    assert all("return" in line for line in read_lines(run / "rollouts" / "step-000008.jsonl"))
    lines, _ = diagnose(run)
    assert "drill to 3, rl to 12" in dict(lines)["run"]


def test_rules_go_on_with_what_they_had_seen_before() -> None:
    names = {"unjudged": [20.0] * 3, "rollouts": [60.0] * 3, "underived": [0.1]}
    state: dict[str, Any] = {
        "phase": "practice",
        "seen": {"last": names, "first": names},
        "signal": {"steps_without": 0, "truncated": [], "rewards": [], "mastered": False},
        "evaluations": [],
        "quiet": {"underived": 3},
        "rollbacks": 1,
    }
    watch = Watch(Thresholds())
    watch.restore(state)
    now = watch.to_json()
    assert now["phase"] == "drill"
    assert now["quiet"] == {"unsupported": 3}
    assert set(now["seen"]["last"]) == {"verifier_failed", "rollouts", "unsupported"}


def test_what_is_broken_is_refused_by_name(run: Path) -> None:
    broken = {"config": OLD | {"watch": None}, "resolved": {}}
    (run / "config.json").write_text(json.dumps(broken))
    with pytest.raises(UsageError, match="is not a run's configuration"):
        diagnose(run)
    (run / "metrics.jsonl").write_text("5\n")
    with pytest.raises(UsageError, match="line 1 is damaged"):
        read_lines(run / "metrics.jsonl")


# ------------------------------------------------------------------ evaluations and options


def test_an_evaluation_of_before_has_todays_budget(tmp_path: Path) -> None:
    budget = {"think": 64, "told": 32, "least": 4, "grace": 8, "deadline_s": None}
    one = {"families": {}, "conditions": {"n": 3, "budget": budget}}
    (tmp_path / "a.json").write_text(json.dumps(one | {"against": one}))
    document = _document(tmp_path / "a.json")
    now = {"think": 64, "stated": 32, "min_think": 4, "soft_stop": 8, "deadline_s": None}
    assert document["conditions"] == document["against"]["conditions"] == {"n": 3, "budget": now}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("--practice.num-steps", "--drill.num-steps"),
        ("--cold-start.detours", "--cold-start.self-correction-share"),
        ("--pretrain.terse_share", "--pretrain.empty-thought-share"),
        ("--optim.beta2", "--optim.betas VALUE VALUE"),
        ("--watch.unjudged", "--watch.thresholds verifier_failed VALUE"),
        ("--run.no-signal-steps", "--watch.thresholds no_signal_steps VALUE"),
        ("--least", "--min-think"),
        ("--most", "--max-think"),
    ],
)
def test_an_option_of_before_says_its_new_name(
    old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verb = {"--least": ["ask", "?"], "--most": ["serve"]}.get(old, ["train", "canary"])
    for words in ([old, "3"], [f"{old}=3"]):
        assert main([*verb, *words]) == 2
        assert capsys.readouterr().err == f"cogitate: {old} is now {new}\n"


@pytest.mark.parametrize("old", migrations.SETTINGS)
def test_the_new_name_of_an_option_is_one(old: str) -> None:
    option = migrations.renamed_flag(f"--{old}" if "." in old else f"--{old}.num-steps")
    assert option is not None
    words = option.replace("VALUE", "0.25").split()
    value = "0.25" if "share" in words[0] else "2"
    config = _parsed(canary(), words if len(words) > 1 else [*words, value]).config
    assert config != canary()


def test_thresholds_of_the_command_line_are_added_to_the_recipes() -> None:
    config: TrainConfig = _parsed(canary(), ["--watch.thresholds", "step_kl", "0.5"]).config
    assert config.watch.thresholds == {"no_signal_steps": 20.0, "step_kl": 0.5}
    assert math.isclose(resolve(config.watch).step_kl, 0.5)
