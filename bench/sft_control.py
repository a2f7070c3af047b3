"""The gain of RL on its own training mixture, against that of more SFT on the same mixture.

    python bench/sft_control.py runs/quickstart --steps 1300
    python bench/sft_control.py runs/full --steps 500

RL draws adaptive levels, so its mixture is known only afterwards: the shares of families and levels
among the groups of its rollouts. What RL began with, the run's cold start or the model that it was
given, is trained further by SFT on worked solutions in these shares, and both models answer test
questions in them. The table gives the minutes of both trainings, and each model minus the base,
paired by question.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from cogitate.config import PretrainConfig, TaskConfig, TrainConfig
from cogitate.evaluate import FamilyResult, difference, from_json, pooled, summarise
from cogitate.recipes.mini import mini
from cogitate.runs.folder import need_config
from cogitate.train import train
from evaluations import evaluated, results_of

Shares = dict[tuple[str, int], float]
"""(family, level) -> share of the groups."""


def main() -> None:
    options = parse()
    shares = shares_of(options.run)
    taught = options.out / "taught"
    train(supervised(shares, options), taught, console=Console(stderr=True), resume=True)
    base = Path(start_of(options.run))
    models = {"base": base, "RL": options.run, "more SFT": taught}
    found = {name: held_out_eval(model, shares, options, name) for name, model in models.items()}
    report(shares, found, {"RL": minutes(options.run, "rl"), "SFT": minutes(taught, "cold_start")})


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="of a recipe with RL")
    parser.add_argument("--out", type=Path, default=Path("runs/sft_control"))
    parser.add_argument("--steps", type=int, default=1300, help="of SFT")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=1500, help="questions of the spec")
    return parser.parse_args()


def shares_of(run: Path) -> Shares:
    """Return the mixture of a run's RL, by its groups."""
    groups = {
        (path.stem, record["key"]): (record["key"].split("/")[0], record["level"])
        for path in sorted((run / "rollouts").glob("step-*.jsonl"))
        for record in map(json.loads, path.read_text().splitlines())
    }
    counts = Counter(groups.values())
    return {part: counts[part] / counts.total() for part in sorted(counts)}


def start_of(run: Path) -> str:
    """Return the model that a run's RL began with."""
    ends = (run / "cold_start" / kind for kind in ("adapter", "model"))
    cold_start = next((path for path in ends if path.is_dir()), None)
    return str(cold_start or need_config(run)[0].model)


def minutes(run: Path, phase: str) -> float:
    """Return how long the steps of a phase took, without checkpoints and held-out questions."""
    rows = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    seconds = (row[f"{part}_s"] for row in rows if row["phase"] == phase
               for part in ("rollout", "verify", "update") if f"{part}_s" in row)  # fmt: skip
    return sum(seconds) / 60


def supervised(shares: Shares, options: argparse.Namespace) -> TrainConfig:
    """Return more of the base's cold start, on that mixture; mini's for a run that has none."""
    config, _ = need_config(options.run)
    cold_start = config.cold_start
    if not cold_start.num_steps:
        cold_start = replace(mini().cold_start, items_per_step=40, lr=6e-4)
    return replace(
        config,
        model=start_of(options.run),
        seed=options.seed,
        pretrain=PretrainConfig(),
        drill=replace(config.drill, num_steps=0),
        tasks=tuple(
            TaskConfig(family=family, level=level, weight=share)
            for (family, level), share in shares.items()
        ),
        cold_start=replace(cold_start, tasks=(), num_steps=options.steps),
        rl=replace(config.rl, num_steps=0, levels="own"),
        run=replace(config.run, eval_every=0, checkpoint_every=200),
    )


def held_out_eval(
    model: Path, shares: Shares, options: argparse.Namespace, name: str
) -> FamilyResult:
    """Evaluate a model on test questions in the shares of the mixture."""
    counts = {part: round(share * options.n) for part, share in shares.items()}
    found: list[FamilyResult] = []
    for level in sorted({level for _, level in counts}):
        families = [family for family, other in counts if other == level]
        path = options.out / f"{name.replace(' ', '-')}-level{level}.json"
        num = max(counts[family, level] for family in families)
        results = at_level(model, families, level, max(1, num), path)
        for result in results:
            records = result.records[: counts.get((result.family, level), 0)]
            if records:
                found.append(summarise(result.family, result.split, records))
    return pooled(found)


def at_level(
    model: Path, families: Sequence[str], level: int, num: int, path: Path
) -> list[FamilyResult]:
    """Evaluate some questions of one level of each family, once."""
    asked = ("--family", ",".join(families), "--n", str(num), "--level", str(level))
    return [
        from_json(result) for result in results_of(evaluated(path, "--model", str(model), *asked))
    ]


def report(shares: Shares, found: dict[str, FamilyResult], trained: Mapping[str, float]) -> None:
    """Print the mixture, the accuracies, the minutes of training and the JSON line."""
    for family in dict.fromkeys(family for family, _ in shares):
        parts = [f"{level}: {100 * shares[family, level]:.1f} %"
                 for other, level in shares if other == family]  # fmt: skip
        print(f"{family:<32}level {', '.join(parts)}")
    rows: dict[str, dict] = {}
    for name, result in found.items():
        rows[name] = {"strict": result.strict.mean, "n": result.num_questions}
        line = f"{name:<14}{result.strict}"
        if name != "base":
            gap = difference(result, found["base"]).strict
            rows[name]["less_base"] = [gap.mean, gap.low, gap.high]
            line += "   minus base {:+.1f} [{:+.1f}, {:+.1f}]".format(
                *(100 * value for value in rows[name]["less_base"])
            )
        print(line)
    print(", ".join(f"{name} {value:.1f} min" for name, value in trained.items()))
    mixture = {f"{family} {level}": share for (family, level), share in shares.items()}
    saved = {"mixture": mixture, "found": rows, "minutes": dict(trained)}
    print("\n" + json.dumps({"benchmark": "sft_control", **saved}))


if __name__ == "__main__":
    main()
