"""SIGKILL at twenty moments (`COGITATE_KILLS`) of a run and of an evaluation, renames too."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

VICTIMS = Path(__file__).parent / "victims.py"


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict:
    command = [sys.executable, str(VICTIMS), str(tmp_path_factory.mktemp("faults"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=7200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_what_was_killed_goes_on_and_ends_with_the_very_same(report: dict) -> None:
    assert len(report["kills"]) == int(os.environ.get("COGITATE_KILLS", "20"))
    for kill in report["kills"]:
        assert kill["resumed"] == 0, kill
        assert kill["sha"] == kill["whole"], kill


@pytest.mark.slow
def test_the_kills_were_real_and_where_they_were_meant_to_be(report: dict) -> None:
    assert report["rl_updates"] > 0
    assert {kill["job"] for kill in report["kills"]} == {"train", "evaluate"}
    aimed = [kill for kill in report["kills"] if "at" in kill]
    assert {kill["died"] for kill in aimed} == {-signal.SIGKILL}
    events = {kill["event"] for kill in aimed}
    assert {"os.rename", "open"} <= events
