"""Accuracy against training compute, and against thinking compute, as in OpenAI's o1 report.

    python bench/compute.py runs/curriculum/adaptive/seed* --figures docs

Training: the held-out accuracies of each run (train with a small --run.eval-every: RL learns most
in its first steps), against the operations up to then. These are 2 for each weight and sampled
token, and 6 for each weight and learned token, without prompts and attention, in all phases.
Thinking: each run's finished model on the same questions at every budget. Both are means over the
runs, with t intervals over them.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from pathlib import Path

import measure
from cogitate.evaluate import Interval, mean_interval
from cogitate.report import figures
from evaluations import evaluated

Point = tuple[float, Interval]
"""What was computed, and the accuracy that it gave."""
FORWARD, LEARN = 2, 6
"""Operations for each weight and token."""


def main() -> None:
    options = parse()
    training = [training_points(run) for run in options.runs]
    thinking = [thinking_points(run, options) for run in options.runs]
    found = {"training, TFLOP": over_runs(training), "thinking, tokens": over_runs(thinking)}
    for what, points in found.items():
        measure.show(
            f"accuracy against {what} ({len(options.runs)} runs)",
            (what, "accuracy"),
            [(f"{x:.1f}", accuracy) for x, accuracy in points],
        )
    if options.figures:
        draw(found, options.figures)
    measure.finish(
        {"benchmark": "compute", "runs": list(map(str, options.runs))}
        | {what: [[x, a.mean, a.low, a.high] for x, a in points] for what, points in found.items()}
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", help="of one recipe, with several seeds")
    parser.add_argument("--budgets", default="0,8,16,32,64,128,256", help="tokens of thought")
    parser.add_argument("--n", default="100", help="questions of each family at each budget")
    parser.add_argument("--figures", type=Path, help="a folder for two SVG files")
    return parser.parse_args()


def training_points(run: Path) -> list[tuple[float, float]]:
    """Return (TFLOP of RL so far, held-out accuracy) at each of a run's evaluations."""
    weights = json.loads((run / "config.json").read_text())["resolved"]["num_params"]
    points: list[tuple[float, float]] = []
    operations = 0.0
    for line in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()):
        if line["phase"] == "held_out":
            points.append((operations / 1e12, line["held_out"]))
        else:
            learned = line.get("num_tokens", 0.0)
            sampled = line["tokens"] if line["phase"] == "rl" else 0.0
            operations += weights * (FORWARD * sampled + LEARN * learned)
    return points


def thinking_points(run: Path, options: argparse.Namespace) -> list[tuple[float, float]]:
    """Return (thought tokens, accuracy) at each budget, as means over families."""
    saved = evaluated(
        run / "compute.json", "--model", str(run), "--budgets", options.budgets, "--n", options.n
    )
    curves = saved["curves"].values()
    at_budgets = zip(*([p["result"] for p in curve["points"]] for curve in curves), strict=True)
    return [
        (
            statistics.mean(result["thought_tokens_mean"] for result in results),
            statistics.mean(result["strict"]["mean"] for result in results),
        )
        for results in at_budgets
    ]


def over_runs(runs: Sequence[list[tuple[float, float]]]) -> list[Point]:
    """Return the mean of each point over the runs."""
    return [
        (
            statistics.mean(x for x, _ in points),
            mean_interval([y for _, y in points], [str(place) for place in range(len(points))]),
        )
        for points in zip(*runs, strict=False)  # a run that mastered its tasks ends early
    ]


def draw(found: dict[str, list[Point]], folder: Path) -> None:
    for what, points in found.items():
        band = [(x, a.mean, max(0.0, a.low), min(1.0, a.high)) for x, a in points]
        svg = figures.bands({what: band}, x=what, y="accuracy")
        path = folder / f"compute-{what.split(',')[0]}.svg"
        path.write_text(svg.replace("currentColor", "#808080"))  # for light and dark pages
        print(f"drawn: {path}")


if __name__ == "__main__":
    main()
