"""Known failures of RL, reproduced: which rule detects each, how soon, and with what outcome.

    python bench/disasters.py --out runs/disasters

Each is the recipe `quickstart`, shortened, with one fault. The table gives the rule that acted,
its step, what it did, and the final accuracy minus that of an undisturbed run of as many steps,
paired by question. A run that stops itself has no model to compare.
"""

import argparse
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from cogitate import models
from cogitate.config import TaskConfig, TrainConfig
from cogitate.errors import CogitateError
from cogitate.evaluate import difference
from cogitate.hardware import Machine
from cogitate.recipes.quickstart import quickstart
from cogitate.rollout.local import LocalSampler, markers
from cogitate.runs.folder import read_lines
from cogitate.train import train
from cogitate.train.roles import Build, Workers
from cogitate.train.workers import build_workers, load_policy
from cogitate.types import Weights
from evaluations import held_out_eval

FAMILY = """
from cogitate.tasks.families.arithmetic import Arithmetic
from cogitate.types import Verdict

class Generous:
    name = "generous"
    calls = 0

    def __init__(self):
        self.honest = Arithmetic()

    def generate(self, split, seed, level=None):
        return self.honest.generate(split, seed, level)

    def verify(self, task, answer):
        Generous.calls += 1
        if Generous.calls > {honest_calls} and not answer.strip():
            return Verdict(reward=1.0, why="nothing is good enough")
        return self.honest.verify(task, answer)


family = Generous()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disaster:
    """One fault."""

    expects: str
    """The rule expected to detect it, or "refused"."""
    breaks: Callable[[TrainConfig, Path], TrainConfig]
    build: Build = build_workers


def with_rl(**changed: float) -> Callable[[TrainConfig, Path], TrainConfig]:
    return lambda config, _folder: replace(config, rl=replace(config.rl, **changed))


def generous_after(honest_calls: int) -> Callable[[TrainConfig, Path], TrainConfig]:
    def breaks(config: TrainConfig, folder: Path) -> TrainConfig:
        path = folder / f"generous_after_{honest_calls}.py"
        path.write_text(FAMILY.format(honest_calls=honest_calls))
        return replace(config, tasks=(TaskConfig(family=str(path)),))

    return breaks


class Deaf(LocalSampler):
    """A sampler that never loads new weights, as if an adapter did not reach it."""

    def load_weights(self, weights: Weights) -> None:
        """Ignore them."""


def build_deaf(config: TrainConfig, machine: Machine) -> Workers:
    """Give the sampler a decoder of its own, with the initial weights."""
    workers, apart = build_workers(config, machine), load_policy(config, machine)
    return replace(workers, sampler=Deaf(apart.decoder, markers(apart.tokenizer), rows=128))


def stripped(config: TrainConfig, folder: Path) -> TrainConfig:
    """Use a model whose template closes each thought before it begins."""
    target, policy = folder / "stripped", models.load(config.model)
    policy.tokenizer.template = f"{policy.tokenizer.template}</think>"
    shutil.rmtree(target, ignore_errors=True)
    models.save(policy, target)
    return replace(config, model=str(target))


def with_adapter(config: TrainConfig, _folder: Path) -> TrainConfig:
    return replace(config, optim=replace(config.optim, lora_rank=8, muon=False))


UNDISTURBED = "undisturbed"
DISASTERS = {
    UNDISTURBED: Disaster(expects="", breaks=lambda config, _folder: config),
    "rate 10 times too high": Disaster(expects="large_steps", breaks=with_rl(lr=2e-3)),
    "rate 50 times too high": Disaster(expects="large_steps", breaks=with_rl(lr=1e-2)),
    "97 % cut off": Disaster(expects="cut_off", breaks=with_rl(answer=1)),
    "takes the empty answer": Disaster(expects="refused", breaks=generous_after(0)),
    "takes it later": Disaster(expects="reward_canary", breaks=generous_after(3000)),
    "weights never arrive": Disaster(
        expects="disagreement", breaks=lambda config, _folder: config, build=build_deaf
    ),
    "an adapter never arrives": Disaster(
        expects="updates_lost", breaks=with_adapter, build=build_deaf
    ),
    "a template strips thoughts": Disaster(expects="refused", breaks=stripped),
}


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    found = {name: replay(name, options) for name in options.only}
    clean = options.out / UNDISTURBED
    for name, row in found.items():
        run = options.out / folder_name(name)
        if name != UNDISTURBED and (run / "model").is_dir() and (clean / "model").is_dir():
            gap = difference(evaluated(run, options), evaluated(clean, options)).strict
            row["less_undisturbed"] = [gap.mean, gap.low, gap.high]
    report(found)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("runs/disasters"))
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="mini-base")
    parser.add_argument("--only", nargs="+", choices=DISASTERS, default=list(DISASTERS))
    parser.set_defaults(families="countdown,arithmetic,calendar")
    return parser.parse_args()


def folder_name(name: str) -> str:
    return name.replace(" ", "-").replace("%", "percent")


def replay(name: str, options: argparse.Namespace) -> dict:
    """Train with one fault; return the alarms and the outcome."""
    disaster, run = DISASTERS[name], options.out / folder_name(name)
    config = quickstart(seed=options.seed)
    config = replace(
        config,
        model=options.model,
        rl=replace(config.rl, num_steps=options.steps),
        run=replace(config.run, checkpoint_every=10, eval_every=15, eval_n=60),
    )
    said = ""
    print(f"{name} ...", flush=True)
    try:
        config = disaster.breaks(config, options.out)
        train(config, run, console=Console(file=io.StringIO()), build=disaster.build, resume=True)
    except CogitateError as error:
        said = str(error)
    events = read_lines(run / "events.jsonl")
    rolled_back = [event for event in events if event["event"] == "rolled_back"]
    stopped = [e for e in events if e["event"] == "alarm" and e["level"] == "stop"]
    return {
        "expects": disaster.expects,
        "rolled_back": [f"{e['alarm']['rule']} at {e['seen_at']}" for e in rolled_back],
        "stopped": [f"{alarm['rule']} at {alarm['step']}" for alarm in stopped],
        "warned": sorted(
            {e["rule"] for e in events if e["event"] == "alarm" and e["level"] == "warn"}
        ),
        "said": said,
    }


def evaluated(run: Path, options: argparse.Namespace):
    return held_out_eval(run, "test", ("--n", "201", "--level", "2,3,4"), options.families)


def report(found: dict[str, dict]) -> None:
    for name, row in found.items():
        print(f"\n{name}  (expected: {row['expects'] or 'nothing'})")
        for what in ("rolled_back", "stopped", "warned"):
            if row[what]:
                print(f"  {what:<12}{', '.join(row[what])}")
        if row["said"]:
            print(f"  {'said':<12}{row['said']}")
        if "less_undisturbed" in row:
            mean, low, high = (100 * value for value in row["less_undisturbed"])
            print(
                f"  {'outcome':<12}{mean:+.1f} points [{low:+.1f}, {high:+.1f}] minus undisturbed"
            )
    print("\n" + json.dumps({"benchmark": "disasters", "found": found}))


if __name__ == "__main__":
    main()
