"""RL against people's thoughts, where people are few and make mistakes.

    python bench/people.py --out runs/people                 # the base, and every cell
    python bench/people.py --out runs/people --svg docs/figures/people.svg

A base is pre-trained on questions with their answers alone: it has seen no worked solution. Two
ways go on from it, in the same time: SFT on N worked solutions, and a cold start on the same N,
followed by RL on questions without solutions. Solutions are complete, or as people write them: a
step is left out with probability 0.3, and has a slip with probability 0.05. Both kinds cover the
easier levels alone. Each cell is asked the same questions: those levels, the harder ones, and
phrasings of no training, greedily and with eight samples.

What is there is not done again, so that a run that was stopped goes on. `SFT` has as many steps as
take as long as the RL of its seed, by a trial.
"""

import argparse
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

from rich.console import Console

from cogitate.config import (
    ColdStartConfig,
    PretrainConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)
from cogitate.disk import write_whole
from cogitate.evaluate import (
    EvalSpec,
    FamilyResult,
    Interval,
    difference,
    from_json,
    mean_interval,
    pooled,
)
from cogitate.evaluate.scoring import score
from cogitate.protocols import Family
from cogitate.recipes.mini import mini
from cogitate.runs.opening import load
from cogitate.tasks import load_family
from cogitate.train import train
from measure import finish, show
from solutions import COVERED, FAMILIES, HARDER, answers, solutions

SIZE = "nano"
NUMS = (50, 200, 1000, 5000, 50_000)
KINDS = ("complete", "as people write")
WAYS = ("sft", "rl")
PRETRAIN_STEPS, COLD_STEPS, RL_STEPS, TRIAL_STEPS = 2500, 150, 100, 20
EVALS = {
    "covered levels": ("", COVERED),
    "harder levels": ("", HARDER),
    "other phrasings": (":wordings=unseen", COVERED),
}
"""Panel -> the families' option, and levels."""
NUM_ASKED = 120
"""Questions of each family in a panel."""
SAMPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One training.

    Example: Cell(kind="complete", num=200, way="rl", seed=0)
    """

    kind: str
    num: int
    way: str
    seed: int

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.kind.split()[0]}-{self.num}-{self.way}-{self.seed}"


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    base = pretrained(options.out)
    rows: dict[Cell, dict[str, FamilyResult]] = {}
    for cell in cells(options):
        folder = trained(options.out, base, cell)
        rows[cell] = measured(options.out, folder, cell)
        shares = ", ".join(f"{name} {result.strict}" for name, result in rows[cell].items())
        print(f"{cell.name}: {shares}", flush=True)
    report(rows)
    if options.svg is not None:
        draw(rows, options.svg)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("runs/people"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--nums", type=int, nargs="+", default=list(NUMS))
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--svg", type=Path, help="draw accuracy against the number of solutions")
    return parser.parse_args()


def cells(options: argparse.Namespace) -> Iterator[Cell]:
    """Yield all cells, RL before the SFT that has as long."""
    for seed in options.seeds:
        for num in options.nums:
            for kind in options.kinds:
                for way in ("rl", "sft"):
                    yield Cell(kind=kind, num=num, way=way, seed=seed)


# ---------------------------------------------------------------- trainings


def written(path: Path, rows: Callable[[], Iterator[dict[str, object]]]) -> Path:
    """Write a file of rows, unless it is there."""
    if not path.exists():
        lines = (json.dumps(row, ensure_ascii=False) for row in rows())
        unfinished = path.with_suffix(".part")
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
        unfinished.rename(path)
    return path


def pretrained(out: Path) -> Path:
    """Return the base's folder."""
    file = written(out / "answers.jsonl", answers)
    recipe = mini(size=SIZE, seed=0)
    config = replace(
        recipe,
        recipe="people",
        tasks=(TaskConfig(family=str(file)),),
        pretrain=PretrainConfig(
            vocabulary=recipe.pretrain.vocabulary, num_steps=PRETRAIN_STEPS, items_per_step=64,
            lr=recipe.pretrain.lr,
        ),
        cold_start=ColdStartConfig(),
        rl=RLConfig(think=recipe.rl.think, answer=recipe.rl.answer),
        run=RunConfig(checkpoint_every=500, eval_every=0, trackers=()),
    )  # fmt: skip
    go(config, out / "base")
    return out / "base" / "model"


def trained(out: Path, base: Path, cell: Cell) -> Path:
    """Train a cell, and return its folder."""
    file = written(
        out / f"{cell.kind.split()[0]}-{cell.num}.jsonl", lambda: solutions(cell.kind, cell.num)
    )
    config = config_of(base, file, cell.seed)
    folder = out / cell.name
    if cell.way == "rl":
        rl = replace(config.rl, num_steps=RL_STEPS)
        cold = replace(config.cold_start, num_steps=COLD_STEPS)
        config = replace(config, cold_start=cold, rl=rl)
    else:
        seconds = spent(out / replace(cell, way="rl").name)
        a_step = spent(trial(out, config, cell)) / TRIAL_STEPS
        cold = replace(config.cold_start, num_steps=max(COLD_STEPS, round(seconds / a_step)))
        config = replace(config, cold_start=cold)
    go(config, folder)
    return folder


def config_of(base: Path, file: Path, seed: int) -> TrainConfig:
    """Return what both ways have in common."""
    recipe = mini(size=SIZE, seed=seed)
    return replace(
        recipe,
        recipe="people",
        model=str(base),
        pretrain=PretrainConfig(),
        tasks=tuple(TaskConfig(family=name) for name in FAMILIES),
        cold_start=ColdStartConfig(
            tasks=(TaskConfig(family=str(file)),), items_per_step=32, lr=6e-4
        ),
        rl=replace(recipe.rl, num_steps=0, levels="1,2,3,4"),
        run=RunConfig(checkpoint_every=100, eval_every=0, trackers=()),
    )


def trial(out: Path, config: TrainConfig, cell: Cell) -> Path:
    """Train for some steps, by which it is found out how long one takes."""
    folder = out / f"{cell.name}-trial"
    go(replace(config, cold_start=replace(config.cold_start, num_steps=TRIAL_STEPS)), folder)
    return folder


def go(config: TrainConfig, folder: Path) -> None:
    """Run to the end, or go on."""
    start = time.monotonic()
    train(config, folder, resume=True, console=Console(file=io.StringIO()))
    if time.monotonic() - start > 1:
        print(f"{folder.name}: trained", flush=True)


def spent(folder: Path) -> float:
    """Return the seconds of a run's steps."""
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    parts = ("rollout_s", "verify_s", "update_s")
    return sum(line.get(part, 0.0) for line in lines if "loss" in line for part in parts)


# ---------------------------------------------------------------- measurements


def measured(out: Path, folder: Path, cell: Cell) -> dict[str, FamilyResult]:
    """Return the results of a cell, which are kept."""
    path = out / f"{cell.name}.json"
    if path.exists():
        kept = json.loads(path.read_text())
        return {name: from_json(values) for name, values in kept.items()}
    model = load(str(folder))
    budget = model.budget(None, 40)
    sampler = model.sampler(budget)
    found: dict[str, FamilyResult] = {}
    for name, (option, levels) in EVALS.items():
        families: list[Family] = [load_family(f"{family}{option}") for family in FAMILIES]
        for samples in (1, SAMPLES):
            spec = EvalSpec(
                budget=budget, n=NUM_ASKED, levels=levels, samples=samples,
                temperature=1.0 if samples > 1 else 0.0,
            )  # fmt: skip
            results = [score(sampler, model.tokenizer, family, spec) for family in families]
            found[name if samples == 1 else f"{name}, {samples} samples"] = pooled(results)
    values = {name: result.to_json() for name, result in found.items()}
    write_whole(path, json.dumps(values) + "\n")
    return found


def report(rows: dict[Cell, dict[str, FamilyResult]]) -> None:
    """Print accuracies, and RL minus SFT of the same solutions, paired by question and by seed."""
    result: dict[str, object] = {"benchmark": "people"}
    for name in next(iter(rows.values())):
        table: list[list[object]] = []
        for kind in dict.fromkeys(cell.kind for cell in rows):
            for num in nums_of(rows):
                each = {way: accuracy(rows, name, kind, num, way) for way in WAYS}
                gaps = gaps_of(rows, name, kind, num)
                between = mean_interval(gaps, [str(i) for i in range(len(gaps))]) if gaps else None
                table.append([kind, num, *(each[way] or "" for way in WAYS), points(between)])
                result[f"{name}/{kind}/{num}"] = {"RL minus SFT": gaps} | {
                    way: None if one is None else asdict(one) for way, one in each.items()
                }
            result[f"{name}/{kind}/cross at"] = found = crossing(rows, name, kind)
            table.append([kind, "", "", "", f"they cross at {found}"])
        show(name, ["solutions", "number", "SFT", "RL", "RL minus SFT, over seeds"], table)
    finish(result)


def points(gap: Interval | None) -> str:
    if gap is None:
        return ""
    mean, low, high = (f"{100 * value:+.1f}" for value in (gap.mean, gap.low, gap.high))
    return f"{mean} [{low}, {high}]"


def of(rows: dict[Cell, dict[str, FamilyResult]], kind: str, num: int, way: str) -> list[Cell]:
    return [cell for cell in rows if (cell.kind, cell.num, cell.way) == (kind, num, way)]


def nums_of(rows: dict[Cell, dict[str, FamilyResult]]) -> list[int]:
    return sorted({cell.num for cell in rows})


def accuracy(
    rows: dict[Cell, dict[str, FamilyResult]], name: str, kind: str, num: int, way: str
) -> Interval | None:
    """Return the accuracy of all seeds, or of several samples pass@k, over questions."""
    results = [rows[cell][name] for cell in of(rows, kind, num, way)]
    if not results:
        return None
    result = pooled(results)
    return result.pass_at[max(result.pass_at)] if result.pass_at else result.strict


def crossing(rows: dict[Cell, dict[str, FamilyResult]], name: str, kind: str) -> str:
    """Return the number of solutions from which on SFT is the better one, interpolated."""
    gaps: list[tuple[int, float]] = []
    for num in nums_of(rows):
        sft, rl = (accuracy(rows, name, kind, num, way) for way in WAYS)
        if sft is not None and rl is not None:
            gaps.append((num, rl.mean - sft.mean))
    for (left, above), (right, below) in pairwise(gaps):
        if above > 0 >= below:
            share = above / (above - below)
            return f"{left ** (1 - share) * right**share:.0f} solutions"
    return "no number measured"


def gaps_of(
    rows: dict[Cell, dict[str, FamilyResult]], name: str, kind: str, num: int
) -> list[float]:
    """Return RL minus SFT of each seed, on the same questions."""
    gaps: list[float] = []
    for cell in of(rows, kind, num, "rl"):
        other = replace(cell, way="sft")
        if other in rows:
            gap = difference(rows[cell][name], rows[other][name])
            k = max(gap.pass_at, default=0)
            gaps.append(gap.pass_at[k].mean if k else gap.strict.mean)
    return gaps


def draw(rows: dict[Cell, dict[str, FamilyResult]], path: Path) -> None:
    """Draw accuracy against the number of solutions, for each way and kind."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.0), layout="constrained")
    panels = figure.subplots(1, len(EVALS), sharey=True)
    for axes, name in zip(panels, EVALS, strict=True):
        for kind, style in zip(KINDS, ("-", "--"), strict=True):
            for way, colour in zip(WAYS, ("#d9822b", "#3b7dd8"), strict=True):
                nums = sorted({cell.num for cell in rows if (cell.kind, cell.way) == (kind, way)})
                each = [accuracy(rows, name, kind, num, way) for num in nums]
                known = [(num, one) for num, one in zip(nums, each, strict=True) if one is not None]
                axes.errorbar(
                    [num for num, _ in known], [one.mean for _, one in known], fmt=f"{style}o",
                    yerr=[[one.mean - one.low for _, one in known],
                          [one.high - one.mean for _, one in known]],
                    color=colour, capsize=2, label=f"{way}, {kind}",
                )  # fmt: skip
        axes.set(xscale="log", title=name, xlabel="worked solutions", ylim=(0, 1))
    panels[0].set_ylabel("accuracy, greedy")
    panels[0].legend(frameon=False, fontsize=7)
    figure.savefig(path)


if __name__ == "__main__":
    main()
