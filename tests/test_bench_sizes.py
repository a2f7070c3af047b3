"""The table of a small model beside larger ones."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "bench"


def test_each_model_is_measured_on_each_axis() -> None:
    command = [sys.executable, str(BENCH / "sizes.py"), "mini", "mini-base", "--n", "2",
               "--facts", "2", "--families", "arithmetic"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for model in ("mini", "mini-base"):
        assert model in json.dumps(found)
    assert "reasoning" in done.stdout
    assert "facts" in done.stdout
