"""Trackers of others, behind the one seam: what they get, and what a resumed run is called."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cogitate.train.logging.trackers import open_trackers
from table import start, table_config, write_questions

Calls = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


@pytest.fixture
def calls(monkeypatch) -> Calls:
    """Stand in for both packages, whose calls are those of their documentation."""
    made: Calls = []

    def recorder(name: str):
        return lambda *args, **kwargs: made.append((name, args, kwargs))

    for module in ("wandb", "trackio"):
        names = ("init", "log", "finish", "define_metric")
        functions = {name: recorder(name) for name in names}
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**functions))
    return made


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_it_gets_the_run_each_step_and_the_end(calls: Calls, name: str, tmp_path: Path) -> None:
    [tracker] = open_trackers((name,), tmp_path / "run", 3, {"seed": 1})
    tracker.log(3, {"reward": 0.5})
    tracker.close()
    (init, _, settings), *axis, log, finish = calls
    assert init == "init"
    assert settings["project"] == "cogitate"
    assert settings["config"] == {"seed": 1}
    if name == "wandb":  # which drops a step that comes again after a roll-back
        assert axis[-1] == ("define_metric", ("*",), {"step_metric": "train_step"})
        assert log == ("log", ({"reward": 0.5, "train_step": 3},), {})
    else:
        assert log == ("log", ({"reward": 0.5},), {"step": 3})
    assert finish == ("finish", (), {})


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_resumed_run_goes_on_and_a_namesake_elsewhere_does_not(
    calls: Calls, name: str, tmp_path: Path
) -> None:
    for folder in ("a/run", "a/run", "b/run"):
        open_trackers((name,), tmp_path / folder, 1, {})
    first, again, other = (kwargs for what, _, kwargs in calls if what == "init")
    assert first == again != other
    assert first["resume"] == "allow"
    assert first["name"].startswith("run-")


def test_a_new_run_in_the_place_of_another_is_another(calls: Calls, tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"), num_steps=1)
    config = replace(config, run=replace(config.run, trackers=("wandb",)))
    out = tmp_path / "run"
    start(config, out)
    start(config, out, resume=True)
    shutil.rmtree(out)
    start(config, out)
    first, again, other = (kwargs["id"] for name, _, kwargs in calls if name == "init")
    assert first == again != other
