"""Runs a small training, and an evaluation, in children that die by SIGKILL, and tells of them.

    python victims.py FOLDER -> one JSON object: {"kills": [{"job": "train", ...}, ...], ...}

The parent imports everything once and forks; a child is killed at a chosen one of the moments
at which it touches the file system (an audit hook counts them, so the product needs no
injection point), or after a random time. Then another child goes on and runs to the end. Three
kills in four hit the training.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from rich.console import Console

from cogitate.cli import evaluate
from cogitate.config import (
    ColdStartConfig,
    DrillConfig,
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
    WatchConfig,
)
from cogitate.evaluate import scoring
from cogitate.runs.folder import read_lines
from cogitate.tasks import FAMILIES
from cogitate.train.loop import train
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_KILLS = int(os.environ.get("COGITATE_KILLS", "20"))
RENAMES = ("os.rename", "shutil.rmtree")
TOUCHES = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")


class Coin:
    """Shown to say a or e, rewarded for e: RL has signal after a few steps of cold start."""

    name = "coin"

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        return Task(
            key=f"coin/{split}/{seed}",
            family=self.name,
            level=1,
            question=f"{seed % 97}?",
            target="e",
            metadata={"cluster": f"{seed % 97}"},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        return "", Random(task.key).choice("ae")


CONFIG = TrainConfig(
    recipe="own",
    model="new-nano",
    tasks=(TaskConfig(family="coin"),),
    drill=DrillConfig(num_steps=1, items_per_step=2, lr=3e-3),
    cold_start=ColdStartConfig(num_steps=14, items_per_step=8, lr=3e-3),
    rl=RLConfig(num_steps=3, groups_per_step=2, group_size=4, think=2, answer=3, lr=1e-3),
    optim=OptimConfig(warmup=0.0),
    run=RunConfig(
        checkpoint_every=4,
        eval_every=9,
        eval_n=2,
        dtype="fp32",
        threads=1,
        memory_gb=1.0,
        trackers=(),
    ),
    watch=WatchConfig(thresholds={"no_signal_steps": 9, "truncation_limit": 1.0}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something long that goes on where it was when it is called again.

    Example: Job(name="train", run=training, fingerprint=trained)
    """

    name: str
    run: Callable[[Path], object]
    """Do it, with what it keeps inside a folder."""
    fingerprint: Callable[[Path], str]
    """Tell what came of it from anything else."""


def training(out: Path) -> None:
    train(CONFIG, out / "run", resume=True, console=Console(file=io.StringIO()))


def trained(out: Path) -> str:
    """Return the hash of the final weights and of what was rolled out on the way."""
    run = out / "run"
    files = [run / "model" / "model.safetensors", *sorted((run / "rollouts").iterdir())]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files))
    for line in read_lines(run / "metrics.jsonl"):
        digest.update(f"{line['step']} {line['phase']} {line.get('loss')}\n".encode())
    return digest.hexdigest()


def evaluating(model: Path) -> Callable[[Path], None]:
    """Return what evaluates a model, eight questions at once."""

    def run(out: Path) -> None:
        out.mkdir(exist_ok=True)
        scoring.REQUESTS_AT_ONCE = 8
        scores = (
            "--n",
            "64",
            "--dtype",
            "fp32",
            "--temperature",
            "1",
            "--json",
            str(out / "scores.json"),
        )
        with contextlib.redirect_stdout(io.StringIO()):
            evaluate.run(["--model", str(model), "--family", Coin.name, *scores])

    return run


def evaluated(out: Path) -> str:
    """Return the hash of every answer, of which only the seconds it took may differ."""
    assert [path.name for path in out.iterdir()] == ["scores.json"], "something is left over"
    records = json.loads((out / "scores.json").read_text())["families"][Coin.name]["records"]
    kept = [{name: value for name, value in r.items() if name != "seconds"} for r in records]
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()


def in_child(
    job: Job, out: Path, before: Callable[[], None] = lambda: None, kill_after_s: float = 0
) -> int:
    """Run or go on with a job in a child; return its status (negative: the signal)."""
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            before()
            job.run(out)
            status = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stderr.flush()
            os._exit(status)
    if kill_after_s:
        time.sleep(kill_after_s)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def watch(out: Path, report: Callable[[str], None]) -> Callable[[], None]:
    """Return what makes a child tell of each touch of its run folder, just before it happens."""
    inside = str(out)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in TOUCHES and any(str(a).startswith(inside) for a in arguments[:2]):
            report(event)

    return lambda: sys.addaudithook(hook)


def touches_of(job: Job, out: Path, log: Path) -> list[str]:
    """Run without being killed and return every touch, in order."""
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    tell = watch(out, lambda event: os.write(descriptor, f"{event}\n".encode()))
    status = in_child(job, out, tell)
    os.close(descriptor)
    assert status == 0, f"the {job.name} that is not killed ended with {status}"
    return log.read_text().split()


def killer(out: Path, at: int) -> Callable[[], None]:
    """Return what makes a child kill itself just before its touch number `at`."""
    left = at

    def count_down(_event: str) -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    return watch(out, count_down)


def moments(touches: list[str], num: int, rng: Random) -> list[int]:
    """Choose touches to die before: renames and removals first, for they are what can tear."""
    tearing = [at for at, event in enumerate(touches) if event in RENAMES]
    others = [at for at, event in enumerate(touches) if event not in RENAMES]
    chosen = rng.sample(tearing, min(len(tearing), num // 2))
    return chosen + rng.choices(others, k=num - len(chosen))


def killed(job: Job, folder: Path, num: int, rng: Random) -> list[dict[str, object]]:
    """Kill a job so many times and let it go on; a quarter of them at any time at all."""
    start = time.perf_counter()
    touches = touches_of(job, folder / f"{job.name}-whole", folder / f"{job.name}.log")
    whole_s, whole = time.perf_counter() - start, job.fingerprint(folder / f"{job.name}-whole")
    plans = [{"at": at, "event": touches[at]} for at in moments(touches, num - num // 4, rng)]
    plans += [{"after_s": rng.uniform(0.05, whole_s)} for _ in range(num - len(plans))]

    def goes_on(number: int, plan: dict[str, object]) -> dict[str, object]:
        out = folder / f"{job.name}-killed-{number:02d}"
        if "at" in plan:
            died = in_child(job, out, killer(out, plan["at"]))
        else:
            died = in_child(job, out, kill_after_s=plan["after_s"])
        outcome = {"job": job.name, "died": died, "resumed": in_child(job, out), "whole": whole}
        found = {**plan, **outcome, "sha": job.fingerprint(out)}
        shutil.rmtree(out)
        return found

    with ThreadPoolExecutor(2) as threads:  # which only fork and wait
        return list(threads.map(goes_on, range(num), plans))


def main(folder: Path) -> dict[str, object]:
    """Kill and go on, `COGITATE_KILLS` times."""
    FAMILIES[Coin.name] = Coin  # here, lest a test run that merely imports this knows a coin
    torch.set_num_threads(1)
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)], fused=True)  # imports what forks share
    rng, num_evaluations = Random("faults"), NUM_KILLS // 4
    train_job = Job(name="train", run=training, fingerprint=trained)
    kills = killed(train_job, folder, NUM_KILLS - num_evaluations, rng)
    run = folder / "train-whole" / "run"
    job = Job(name="evaluate", run=evaluating(run), fingerprint=evaluated)
    kills += killed(job, folder, num_evaluations, rng)
    learned = [line for line in read_lines(run / "metrics.jsonl") if "loss" in line]
    return {"rl_updates": sum(line["phase"] == "rl" for line in learned), "kills": kills}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
