"""Runs a small training in children that die by SIGKILL, and tells what became of them.

    python victims.py FOLDER -> one JSON object: {"whole": sha, "kills": [{...}, ...]}

The parent imports everything once and forks; a child is killed at a chosen one of the moments
at which it touches the file system (an audit hook counts them, so the product needs no
injection point), or after a random time. Then another child resumes and runs to the end.
"""

import hashlib
import io
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

import torch
from rich.console import Console

from cogitate.config import (
    ColdStartConfig,
    OptimConfig,
    PracticeConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)
from cogitate.evaluate import share_interval
from cogitate.tasks import FAMILIES
from cogitate.train.loop import train
from cogitate.train.run_folder import read_lines
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
    practice=PracticeConfig(num_steps=1, items_per_step=2, lr=3e-3),
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
        no_signal_steps=9,
        truncation_limit=1.0,
        trackers=(),
    ),
)


def in_child(out: Path, before: Callable[[], None] = lambda: None, kill_after_s: float = 0) -> int:
    """Run or resume the training in a child; return its status (negative: the signal)."""
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            before()
            train(CONFIG, out, resume=True, console=Console(file=io.StringIO()))
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


def watch(out: Path, told: Callable[[str], None]) -> Callable[[], None]:
    """Return what makes a child tell of each touch of its run folder, just before it happens."""
    inside = str(out)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in TOUCHES and any(str(a).startswith(inside) for a in arguments[:2]):
            told(event)

    return lambda: sys.addaudithook(hook)


def touches_of(out: Path, log: Path) -> list[str]:
    """Run without being killed and return every touch, in order."""
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    status = in_child(out, watch(out, lambda event: os.write(descriptor, f"{event}\n".encode())))
    os.close(descriptor)
    assert status == 0, f"the run that is not killed ended with {status}"
    return log.read_text().split()


def killer(out: Path, at: int) -> Callable[[], None]:
    """Return what makes a child kill itself just before its touch number `at`."""
    left = at

    def told(_event: str) -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    return watch(out, told)


def fingerprint(out: Path) -> str:
    """Return the hash of the final weights and of what was rolled out on the way."""
    files = [out / "model" / "model.safetensors", *sorted((out / "rollouts").iterdir())]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files))
    for line in read_lines(out / "metrics.jsonl"):
        digest.update(f"{line['step']} {line['phase']} {line.get('loss')}\n".encode())
    return digest.hexdigest()


def moments(touches: list[str], rng: Random) -> list[int]:
    """Choose touches to die before: renames and removals first, for they are what can tear."""
    tearing = [at for at, event in enumerate(touches) if event in RENAMES]
    others = [at for at, event in enumerate(touches) if event not in RENAMES]
    num_timed = NUM_KILLS // 4
    chosen = rng.sample(tearing, min(len(tearing), (NUM_KILLS - num_timed) // 2))
    return chosen + rng.sample(others, NUM_KILLS - num_timed - len(chosen))


def main(folder: Path) -> dict[str, object]:
    """Kill and resume twenty times."""
    FAMILIES[Coin.name] = Coin  # here, lest a test run that merely imports this knows a coin
    torch.set_num_threads(1)
    share_interval([1.0, 0.0], ["a", "b"])  # loads scipy once, here instead of in every child
    rng = Random("faults")
    start = time.perf_counter()
    touches = touches_of(folder / "whole", folder / "touches.log")
    whole_s = time.perf_counter() - start
    kills: list[dict[str, object]] = []
    plans = [{"at": at, "event": touches[at]} for at in moments(touches, rng)]
    plans += [{"after_s": rng.uniform(0.05, whole_s)} for _ in range(NUM_KILLS - len(plans))]
    for number, plan in enumerate(plans):
        out = folder / f"killed-{number:02d}"
        if "at" in plan:
            died = in_child(out, killer(out, plan["at"]))
        else:
            died = in_child(out, kill_after_s=plan["after_s"])
        resumed = in_child(out)
        kills.append({**plan, "died": died, "resumed": resumed, "sha": fingerprint(out)})
    learned = [line for line in read_lines(folder / "whole" / "metrics.jsonl") if "loss" in line]
    return {
        "whole": fingerprint(folder / "whole"),
        "rl_updates": sum(line["phase"] == "rl" for line in learned),
        "kills": kills,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
