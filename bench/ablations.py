"""Ablations: variants that start from one base, train equally long, and answer the same questions.

    python bench/ablations.py thoughts --seeds 0 1 2 --out runs/thoughts

Each variant is the recipe `quickstart`, or the experiment's own, with a few settings changed, once
for each seed. Variants without a number of steps get as many as take as long as the first variant,
by a trial. The model is that of the last step: no variant selects a checkpoint. An interrupted
experiment resumes: finished training and measurements are not repeated, and those of other options
are refused.

The table gives, for each evaluation, each variant's accuracy over all seeds, and the first variant
minus each other: paired by question, with an interval for these runs, and paired by seed, with one
for further runs. With several samples it gives the same for each pass@k, and the accuracy is that
of their vote. Last is each variant's training time. With `--jobs 2` two seeds train concurrently,
each on half of the cores: a small model's training hardly gains by a second core.
"""

import argparse
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from cogitate.errors import TrainingStopped
from cogitate.evaluate import (
    Difference,
    FamilyResult,
    Interval,
    difference,
    mean_interval,
    pooled,
    summarise,
)
from evaluations import cogitate, held_out_eval

OWN_LEVELS = ("--rl.levels", "own")
"""Levels 1 to 4, as pre-training has them."""
AT_THEM = ("--level", "2,3,4")
"""Levels that the base does not answer at once, and that are within reach of RL."""
AS_LONG = "AS_LONG"
"""Stands for the number of steps that take as long as the first variant."""
RL = ("--rl.num-steps", AS_LONG)
NO_RL = ("--rl.num-steps", "0")
SFT = (*NO_RL, "--cold-start.num-steps", AS_LONG, "--cold-start.lr", "6e-4")
DIRECT = ("--rl.think", "0", "--rl.budgets")
IN_TIME = ("--rl.deadlines-s", "0.2", "0.3", "0.5")
QUESTIONS_AT = {"0.3": 201, "0.2": 60, "0.5": 60}
"""Seconds, those of the claim first, and of how many questions of each family."""
COUNTING_ON = (
    *("--drill.num-steps", "0", "--cold-start.num-steps", "120", "--cold-start.lr", "1e-3"),
    *("--rl.num-steps", "12", "--rl.lr", "4e-4", "--optim.lora-rank", "16"),
)
"""Of what the strawberry model was taught, by an adapter that goes on learning."""
COUNTED_AT = ("0.5", "0.4", "0.7", "1", "4")
"""Seconds, those of the claim first, for questions about letters."""
TURN_SEED = 2
"""Of the first turn's questions: other ones than the variants were tried on."""
TRIAL_STEPS = 20
"""By which it is found out how long a step takes."""
LAST_STEP = ("--run.eval-every", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is compared, and on what.

    Example: Experiment(asks="does it matter?", variants={"yes": (), "no": ("--rl.lr", "0")},
    evals={"test": ()})
    """

    asks: str
    variants: dict[str, tuple[str, ...]]
    """Name -> overrides of the recipe; the others are compared with the first, which has a number
    of steps of its own."""
    evals: dict[str, tuple[str, ...]]
    """Name -> options of `cogitate evaluate`."""
    turns: dict[str, int] = field(default_factory=dict[str, int])
    """Evaluations in several parts, each of other questions, for which the variants take turns:
    under a deadline, a machine whose speed drifts would favour the one asked at a good hour."""
    recipe: str = "quickstart"
    model: str = "mini-base"
    """The base: a name, run or folder."""


CISPO = ("--rl.objective", "cispo", "--scale.samplers", "1", "--run.threads", "1")
FIRST = ("--rl.num-steps", "60")
TEST = {"test": ("--n", "201", *AT_THEM)}
EACH_LEVEL = {f"level {n}": ("--n", "60", "--level", str(n)) for n in range(1, 6)}
PASS_AT_K = {"test, 8 samples": ("--n", "99", "--samples", "8", "--temperature", "1", *AT_THEM)}
HARDER = {"harder than taught": ("--n", "150", "--level", "5", "--family", "countdown,arithmetic")}
"""Of these, solutions are shown up to level 4."""
OOD = {"out of distribution": ("--n", "150", "--split", "ood")}

EXPERIMENTS = {
    "thoughts": Experiment(
        asks="Does RL on the model's own thoughts beat SFT on more worked solutions?",
        variants={
            "rl": FIRST,
            "people": SFT,
            "people, as in the base": (*SFT, "--cold-start.empty-thought-share", "0.6"),
        },
        evals={**TEST, **PASS_AT_K, **HARDER, **OOD},
    ),
    "curriculum": Experiment(
        asks="Do levels that follow the learner beat uniform ones, and the families' own mixture?",
        variants={
            "adaptive": FIRST,
            "uniform": (*RL, "--rl.levels", "uniform"),
            "levels 1 to 4": (*RL, *OWN_LEVELS),
        },
        evals={**TEST, **EACH_LEVEL},
    ),
    "direct": Experiment(
        asks="What is thinking return_, against a base trained equally long to answer at once?",
        variants={
            "thinks": FIRST,
            "answers, taught": (*SFT, *DIRECT),
            "answers, RL": (*RL, *DIRECT),
        },
        evals=TEST,
    ),
    "deadlines": Experiment(
        asks="Does training with deadlines pay under deadlines, at the one declared: 0.3 s?",
        variants={
            "deadlines": ("--rl.num-steps", "110", "--rl.budgets", *IN_TIME),
            "no deadlines": (*RL, "--rl.budgets", "256"),
        },
        evals={
            f"{s} s": ("--n", str(n), *AT_THEM, "--deadlines", f"{s}s")
            for s, n in QUESTIONS_AT.items()
        },
    ),
    "counting": Experiment(
        asks="Does training with deadlines pay where letters are counted, at the one declared:"
        " 0.5 s?",
        variants={
            "deadlines": (*COUNTING_ON, "--rl.deadlines-s", "0.3", "0.4", "0.5", "0.6", "0.8", "3"),
            "no deadlines": COUNTING_ON,
        },
        evals={f"{s} s": ("--n", "50", "--deadlines", f"{s}s") for s in COUNTED_AT},
        turns={"0.5 s": 6},
        recipe="strawberry",
        model="strawberry",
    ),
    "updates": Experiment(
        asks="What do two and four updates from one batch change, for each objective?",
        variants={
            "reinforce": ("--rl.objective", "reinforce"),
            **{
                f"{objective}, {num}": (
                    "--rl.objective", objective, "--rl.updates-per-batch", str(num)
                )
                for objective in ("reinforce", "ppo_clip", "cispo", "gspo")
                for num in (1, 2, 4)
                if (objective, num) != ("reinforce", 1)
            },
        },
        evals={"test": ("--n", "400")},
        recipe="canary",
        model="new-nano",
    ),
    "lead": Experiment(
        asks="What does sampling ahead cost at equal steps, and win in equal time?",
        variants={
            "lead 0": (*CISPO, "--rl.num-steps", "50"),
            "lead 1, as many steps": (*CISPO, "--rl.num-steps", "50", "--scale.lead", "1"),
            "lead 2, as many steps": (*CISPO, "--rl.num-steps", "50", "--scale.lead", "2"),
            "lead 1, as long": (*CISPO, *RL, "--scale.lead", "1"),
        },
        evals={"test": ("--n", "400")},
        recipe="canary",
        model="new-nano",
    ),
    "anytime": Experiment(
        asks="Do answers forced at points of a thought make it conclude sooner?",
        variants={"end": FIRST, "anytime": (*RL, "--rl.anytime", "2")},
        evals={**TEST, "32 tokens": ("--n", "201", *AT_THEM, "--think", "32")},
    ),
}  # fmt: skip


def main() -> None:
    options = parse()
    experiment = EXPERIMENTS[options.experiment]
    if options.jobs > 1:
        os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // options.jobs))
    runs: dict[str, list[Path]] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, overrides in chosen(experiment, options.variants).items():
            steps = num_steps(options, name, overrides, next(iter(runs.values()), []))
            trained = partial(train_seed, options, name, overrides)
            runs[name] = list(pool.map(trained, options.seeds, steps))
        results = {
            spec: in_turns(options, spec, experiment.turns.get(spec, 1), runs, pool)
            for spec in experiment.evals
        }
    report(options, experiment, runs, results)


def chosen(experiment: Experiment, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the first variant, whose time limits the others, and those named."""
    first = next(iter(experiment.variants))
    kept = {first, *(names or experiment.variants)}
    return {name: overrides for name, overrides in experiment.variants.items() if name in kept}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--variants", nargs="+", default=[], help="beside the first; unset: all")
    parser.add_argument("--jobs", type=int, default=1, help="seeds trained side by side")
    parser.add_argument(
        "--seconds", type=float, default=0.0,
        help="of the first variant, where its own were disturbed",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help="unset: runs/EXPERIMENT")
    parser.add_argument("--families", help="separated by commas; unset: those trained on")
    parser.add_argument("--model", help="another base: a name, run or folder")
    parser.add_argument("extra", nargs="*", help="after --: settings of every variant")
    options = parser.parse_args()
    options.out = options.out or Path("runs") / options.experiment
    options.recipe = EXPERIMENTS[options.experiment].recipe
    options.model = options.model or EXPERIMENTS[options.experiment].model
    return options


def num_steps(
    options: argparse.Namespace, name: str, overrides: tuple[str, ...], firsts: list[Path]
) -> list[int]:
    """Return for each seed the steps that take as long as the first variant's did, by a trial."""
    if AS_LONG not in overrides:
        return [0] * len(options.seeds)
    trial = train(options, folder(options, name) / "trial", with_steps(overrides, TRIAL_STEPS), 0)
    step_s = training_s(trial, last=True) / TRIAL_STEPS
    before_s = training_s(trial) - TRIAL_STEPS * step_s
    return [round(((options.seconds or training_s(run)) - before_s) / step_s) for run in firsts]


def with_steps(overrides: tuple[str, ...], steps: int) -> tuple[str, ...]:
    return tuple(str(steps) if word == AS_LONG else word for word in overrides)


def folder(options: argparse.Namespace, name: str) -> Path:
    return options.out / name.replace(", ", "-").replace(" ", "-")


def train_seed(
    options: argparse.Namespace, name: str, overrides: tuple[str, ...], seed: int, steps: int
) -> Path:
    run = folder(options, name) / f"seed{seed}"
    return train(options, run, with_steps(overrides, steps), seed)


def train(options: argparse.Namespace, run: Path, overrides: tuple[str, ...], seed: int) -> Path:
    """Train or resume; a run with other settings is refused, and a finished one is kept.

    One that stopped itself is measured by its last checkpoint, which the output reports.
    """
    args = ["train", options.recipe, "--model", options.model, "--seed", str(seed)]
    args += ["--out", str(run), "--resume", *LAST_STEP, *overrides, *options.extra]
    cogitate(*args, may_exit_with=(0, TrainingStopped.exit_code))
    return run


def in_turns(
    options: argparse.Namespace,
    spec: str,
    turns: int,
    runs: dict[str, list[Path]],
    pool: ThreadPoolExecutor,
) -> dict[str, list[FamilyResult]]:
    """Return each variant's results of an evaluation, by seed; their order alternates."""
    parts: dict[str, list[list[FamilyResult]]] = {name: [] for name in runs}
    for turn in range(turns):
        for name in list(runs)[:: 1 if turn % 2 == 0 else -1]:
            one = partial(measure, options, spec, TURN_SEED + turn if turns > 1 else 0)
            parts[name].append(list(pool.map(one, runs[name])))
    return {
        name: [pooled(list(own)) for own in zip(*found, strict=True)]
        for name, found in parts.items()
    }


def measure(options: argparse.Namespace, spec: str, seed: int, run: Path) -> FamilyResult:
    """Evaluate a run as the experiment says, with other questions for each seed."""
    args = (*EXPERIMENTS[options.experiment].evals[spec], "--seed", str(seed))
    part = f"-{seed}" if seed else ""
    name = f"{spec.replace(', ', '-').replace(' ', '-')}{part}"
    return held_out_eval(run, name, args, options.families)


def training_s(run: Path, *, last: bool = False) -> float:
    """Return the seconds of all steps or of the last phase's, without evaluations, checkpoints."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    lines = [line for line in lines if not last or line["phase"] == lines[-1]["phase"]]
    parts = ("rollout_s", "verify_s", "update_s", "overlap_s")  # the last one is negative
    return sum(line.get(part, 0.0) for line in lines for part in parts)


def over_seeds(results: list[FamilyResult]) -> FamilyResult:
    """Return the runs of all seeds as one; a question's answers share its cluster."""
    records = [
        replace(record, question=f"{place}: {record.question}")
        for place, result in enumerate(results)
        for record in result.records
    ]
    return summarise(results[0].family, results[0].split, records)


def measures(gap: Difference) -> dict[str, Interval]:
    """Return the differences of two variants, by name."""
    return {"strict": gap.strict, **{f"pass@{k}": found for k, found in gap.pass_at.items()}}


def gaps(first: list[FamilyResult], other: list[FamilyResult]) -> dict[str, dict]:
    """Return the first variant minus another, over questions and over seeds."""
    questions = measures(difference(over_seeds(first), over_seeds(other)))
    seeds = [measures(difference(*pair)) for pair in zip(first, other, strict=True)]
    found: dict[str, dict] = {}
    for name, gap in questions.items():
        found[name] = {"mean": gap.mean, "questions": [gap.low, gap.high], "seeds": None}
        if len(seeds) > 1:
            means = [by_name[name].mean for by_name in seeds]
            over = mean_interval(means, list(map(str, range(len(means)))))
            found[name]["seeds"] = [over.low, over.high]
    return found


def shown(name: str, gap: dict) -> str:
    """Format a difference in points: "strict +8.2 [4.5, 11.9], over seeds [1.0, 15.4]"."""
    low, high = (100 * value for value in gap["questions"])
    line = f"{name} {100 * gap['mean']:+.1f} [{low:.1f}, {high:.1f}]"
    if gap["seeds"] is None:
        return line
    low, high = (100 * value for value in gap["seeds"])
    return f"{line}, over seeds [{low:.1f}, {high:.1f}]"


def report(options, experiment: Experiment, runs, results) -> None:
    """Print the tables and the JSON line."""
    print(f"\n{experiment.asks}  Seeds {', '.join(map(str, options.seeds))}.")
    found: dict[str, dict] = {}
    for spec, by_variant in results.items():
        print(f"\n{spec}")
        first = next(iter(by_variant.values()))
        for name, by_seed in by_variant.items():
            result = over_seeds(by_seed)
            seeds = " ".join(f"{100 * run.strict.mean:.1f}" for run in by_seed)
            passes = "  ".join(f"@{k} {100 * p.mean:.1f}" for k, p in result.pass_at.items())
            print(f"  {name:<22}{result.strict!s:<24}(seeds {seeds})  {passes}")
            less = {} if by_seed is first else gaps(first, by_seed)
            for measured, gap in less.items():
                print(f"  {'':<22}first minus this: {shown(measured, gap)}")
            found.setdefault(spec, {})[name] = {
                "strict": result.strict.mean, "low": result.strict.low, "high": result.strict.high,
                "seeds": [run.strict.mean for run in by_seed],
                "pass_at": {k: p.mean for k, p in result.pass_at.items()},
                "thought_tokens": result.thought_tokens_mean,
                "first_less_this": less,
            }  # fmt: skip
    minutes = {name: [training_s(run) / 60 for run in its] for name, its in runs.items()}
    print("\nminutes of training: " + "; ".join(
        f"{name} {' '.join(f'{m:.1f}' for m in values)}" for name, values in minutes.items()
    ))  # fmt: skip
    print("\n" + json.dumps({"benchmark": options.experiment, "evals": found, "minutes": minutes}))


if __name__ == "__main__":
    main()
