"""Thought tokens by kind of question, and replies side by side."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "bench"


def test_thoughts_are_counted_by_kind_and_replies_written_side_by_side(tmp_path: Path) -> None:
    talk = tmp_path / "talk.md"
    command = [sys.executable, str(BENCH / "effort.py"), "mini", "mini-base", "--n", "3",
               "--talk", str(talk), "--svg", str(tmp_path / "effort.svg")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["hard sum"]["tokens"][0] > found["easy sum"]["tokens"][0] > 4
    assert found["talk"]["correct"] is None
    head, _, *rows = talk.read_text("utf-8").splitlines()
    assert head == "| question | mini | mini-base |"
    assert len(rows) == 3
    assert rows[0].startswith("| Good afternoon! | ")
    assert (tmp_path / "effort.svg").stat().st_size > 1000
