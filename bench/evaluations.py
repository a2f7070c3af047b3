"""What `cogitate evaluate` measured, kept in files, so that an experiment that was stopped goes on.

A complete file is not measured again, and no other command takes it for its own.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cogitate.evaluate import FamilyResult, from_json, pooled


def cogitate(*args: str, may_exit_with: Sequence[int] = (0,)) -> None:
    """Run a command of cogitate, and end with it if it fails."""
    print("$", shlex.join(["cogitate", *args]), flush=True)
    status = subprocess.run([sys.executable, "-m", "cogitate", *args], check=False).returncode
    if status not in may_exit_with:
        sys.exit(f"cogitate {args[0]} ended with exit status {status}")


def evaluated(path: Path, *args: str) -> dict[str, Any]:
    """Return what `cogitate evaluate` with these arguments wrote to a file, measured once.

    Raises:
        SystemExit: the file was written with other arguments.
    """
    words = ["evaluate", *args, "--json", str(path)]
    if not path.is_file():
        cogitate(*words)
    saved = json.loads(path.read_text(encoding="utf-8"))
    asked = shlex.join(["cogitate", *words])
    if saved.get("command") != asked:
        raise SystemExit(
            f"{path} is of another command, not of: {asked}; remove the file to measure again"
        )
    return saved


def held_out_eval(run: Path, name: str, args: Sequence[str], families: str | None) -> FamilyResult:
    """Evaluate a run, once, and return the results of all families as one."""
    asked = ("--family", families) if families else ()
    saved = evaluated(run / f"{name}.json", "--model", str(run), *args, *asked)
    return pooled([from_json(result) for result in results_of(saved)])


def results_of(saved: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the families' results in what `evaluate --json` wrote; of deadlines, of the one."""
    if "deadlines" in saved:
        return [point["result"] for (point,) in saved["deadlines"].values()]
    return list(saved["families"].values())
