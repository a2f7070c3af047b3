"""Trackers of others, behind the one seam: what they get, and what a resumed run is called."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cogitate.train.logging.trackers import open_trackers

Calls = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


@pytest.fixture
def calls(monkeypatch) -> Calls:
    """Stand in for both packages, whose calls are those of their documentation."""
    made: Calls = []

    def recorder(name: str):
        return lambda *args, **kwargs: made.append((name, args, kwargs))

    for module in ("wandb", "trackio"):
        functions = {name: recorder(name) for name in ("init", "log", "finish")}
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**functions))
    return made


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_it_gets_the_run_each_step_and_the_end(calls: Calls, name: str, tmp_path: Path) -> None:
    [tracker] = open_trackers((name,), tmp_path / "run", 3, {"seed": 1})
    tracker.log(3, {"reward": 0.5})
    tracker.close()
    (init, _, settings), log, finish = calls
    assert init == "init"
    assert settings["project"] == "cogitate"
    assert settings["config"] == {"seed": 1}
    assert log == ("log", ({"reward": 0.5},), {"step": 3})
    assert finish == ("finish", (), {})


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_resumed_run_goes_on_and_a_namesake_elsewhere_does_not(
    calls: Calls, name: str, tmp_path: Path
) -> None:
    for folder in ("a/run", "a/run", "b/run"):
        open_trackers((name,), tmp_path / folder, 1, {})
    first, again, other = (kwargs for _, _, kwargs in calls)
    assert first == again != other
    assert first["resume"] == "allow"
    assert first["name"].startswith("run-")
