"""The minimum level of the sandbox: where it is set, and that the families hold to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.cli import _dispatch
from cogitate.config import SandboxConfig
from cogitate.errors import ModelError, UsageError
from cogitate.recipes.own import own
from cogitate.sandbox import levels
from cogitate.tasks import load_family
from cogitate.tasks.sources import PROGRAMS
from cogitate.train import preflight

LACKS = "level process here, not"


@pytest.fixture(autouse=True)
def weak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that reaches only the level process."""
    here = levels.Level(name="process", missing=("seccomp: prctl: Invalid argument",))
    monkeypatch.setattr(levels, "level", lambda: here)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_family_that_runs_programs_is_refused_below_the_level(name: str) -> None:
    with pytest.raises(UsageError, match=f"{LACKS} seccomp"):
        load_family(name)
    with pytest.raises(UsageError, match=f"{LACKS} full"):
        load_family(name, "full")


def test_judging_takes_the_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task, answer = load_family("code", "process").generate("test", 0), tmp_path / "answer.txt"
    answer.write_text(f"```python\n{task.target}\n```")
    command = ["tasks", "judge", "code", "--key", task.key, "--answer", str(answer)]
    with pytest.raises(UsageError, match=f"{LACKS} seccomp"):
        _dispatch(command)
    assert _dispatch([*command, "--sandbox.level", "process"]) == 0
    assert "reward 1" in capsys.readouterr().out


def test_evaluating_is_refused_before_a_model_is_opened() -> None:
    command = ["evaluate", "--model", "nowhere", "--family", "code"]
    with pytest.raises(UsageError, match=f"{LACKS} seccomp"):
        _dispatch(command)
    with pytest.raises(ModelError, match="nowhere"):
        _dispatch([*command, "--sandbox.level", "process"])


def test_training_is_refused_before_anything_starts() -> None:
    command = ["train", "own", "--task", "bugfix", "--model", "new-nano", "--sandbox.level", "full"]
    with pytest.raises(UsageError, match=f"{LACKS} full"):
        _dispatch(command)
    config = own("bugfix", model="new-nano")
    with pytest.raises(UsageError, match=f"{LACKS} seccomp"):
        preflight(config)
    preflight(replace(config, sandbox=SandboxConfig(level="process")))
    preflight(replace(own("sorting", model="new-nano"), sandbox=SandboxConfig(level="full")))
