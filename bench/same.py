"""Compares the results of two commits to the bit; both run here, since processors differ.

    python bench/same.py 2bc0e9b                    # that commit against this working tree
    python bench/same.py 2bc0e9b --only canary

Each job runs once with the source of each side. Compared are the answers and verdicts of the
shipped models, and of training the rollouts, the metrics and the final weights. Seconds and what
follows from them are left out, and so are keys that one side does not have; a key of the format
before is compared with the one that has its place. Prints a line for each job and exits with 1
where a value differs.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cogitate.config import migrations

ROOT = Path(__file__).resolve().parent.parent
EVALUATE = "evaluate --json {out}.json --model"
JOBS = {
    "mini": f"{EVALUATE} mini --n 150",
    "mini-base": f"{EVALUATE} mini-base --n 150",
    "mini-sampled": f"{EVALUATE} mini --n 40 --samples 4 --temperature 1",
    "strawberry": f"{EVALUATE} strawberry --family letter_counting --n 150",
    "canary": "train canary --out {out} --rl.num-steps 20",
    "quickstart": "train quickstart --out {out} --rl.num-steps 20",
}
TIMED = re.compile(r"(^|[_/])seconds$|_s$|_per_s$|memory")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", help="compared with the working tree")
    parser.add_argument("--only", nargs="+", choices=JOBS, default=list(JOBS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        before = Path(temporary) / "source"
        checkout(options.commit, before)
        same = [compare(job, before, Path(temporary) / job) for job in options.only]
    return 0 if all(same) else 1


def checkout(commit: str, folder: Path) -> None:
    """Write a commit's source into a folder, without a trace in the repository."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit, "src"], cwd=ROOT, check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)


def compare(job: str, before: Path, folder: Path) -> bool:
    """Run a job with both sources and print how many values are equal."""
    folder.mkdir()
    old, new = (
        run(job, source, folder / side) for side, source in (("old", before), ("new", ROOT))
    )
    shared = old.keys() & new.keys()
    differ = sorted(name for name in shared if old[name] != new[name])
    equal, alone = len(shared) - len(differ), len(old) - len(shared)
    print(f"{job}: {equal} of {len(shared)} values equal, {alone} without a peer", flush=True)
    for name in differ[:5]:
        print(f"  {name}: {old[name]!r} before, {new[name]!r} now")
    return bool(shared) and not differ


def run(job: str, source: Path, out: Path) -> dict[str, Any]:
    """Run a job with the package in `source` and return its results by name."""
    command = JOBS[job].format(out=out).split()
    done = subprocess.run(
        [sys.executable, "-m", "cogitate", *command],
        env=os.environ | {"PYTHONPATH": str(source / "src")},
        cwd=out.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{job} with {source} fails: {done.stderr.strip().splitlines()[-1]}")
    found = trained(out) if command[0] == "train" else evaluated(out.with_suffix(".json"))
    return {name: value for name, value in found if not TIMED.search(name)}


def evaluated(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield every value of every record."""
    for family, result in json.loads(path.read_text())["families"].items():
        for index, record in enumerate(result["records"]):
            for key, value in record.items():
                yield f"{family}/{index}/{key}", value


def trained(run: Path) -> Iterator[tuple[str, Any]]:
    """Yield every value of metrics and rollouts, and a hash of the weights."""
    for path in (run / "metrics.jsonl", *sorted((run / "rollouts").glob("*.jsonl"))):
        for number, line in enumerate(path.read_text().splitlines()):
            for key, value in migrations.record(json.loads(line)).items():
                yield f"{path.name}/{number}/{key}", value
    weights = (run / "model" / "model.safetensors").read_bytes()
    yield "weights", hashlib.sha256(weights).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
