"""How many broken programs `cogitate debug` mends, and how many of its patches are wrong.

    python bench/debug.py --set held_out --model qwen2.5-coder-0.5b --out debug.jsonl

Each problem of `bench/debug` is a program with one fault and a command that fails by it. Hidden
tests, which no model sees, decide whether a patch that is shown as passing is correct. In some
problems a value is withheld that is stated nowhere: there asking is correct. Shares have Wilson's
95 % intervals. Seconds are wall time of all that a user waits for, without loading the model. Each
problem is a line of the file `--out`, with the patched program that was shown; what is there is not
asked again. With `--against`, a file of another model and the same settings, what became of all
programs is paired with that one's. With `--at-once` several problems are asked together, which
takes less time in all and more for each.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cogitate.evaluate.intervals import share_interval
from cogitate.sandbox.commands import Workspace
from cogitate.work.debugging.cases import case_of, more
from cogitate.work.debugging.choice import Mended
from cogitate.work.debugging.mending import mend
from cogitate.work.solving import ANSWER, Answered, Model, Sample, Told, untold
from measure import finish, show
from rows import Row, add, difference, named, read, settled
from shared_engine import asker, together

PROBLEMS = Path(__file__).resolve().parent / "debug"
OUTCOMES = ("mended", "asked", "given up", "wrong")
SETTINGS: Row = {"model": None, "samples": 8, "answer": ANSWER}
"""Options that the rows of a file have in common, with their defaults."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A program, its fault, and the command that fails."""

    name: str
    split: str
    old: str
    new: str
    error: str
    withheld: bool = False

    @property
    def folder(self) -> Path:
        return PROBLEMS / self.split / self.name

    @property
    def has_tests(self) -> bool:
        return (self.folder / f"test_{self.name}.py").exists()

    @property
    def reference(self) -> str:
        return (self.folder / f"{self.name}.py").read_text(encoding="utf-8")

    @property
    def broken(self) -> str:
        return self.reference.replace(self.old, self.new)

    @property
    def command(self) -> list[str]:
        if self.has_tests:
            return ["pytest", f"test_{self.name}.py"]
        return ["python", f"{self.name}.py"]

    def write(self, folder: Path, text: str, kind: str = "test") -> None:
        """Write a text of the program, and its visible or hidden tests."""
        folder.mkdir(exist_ok=True)
        (folder / f"{self.name}.py").write_text(text, encoding="utf-8")
        tests = self.folder / f"{kind}_{self.name}.py"
        if tests.exists():
            shutil.copy(tests, folder)


def problems(split: str | None = None) -> list[Problem]:
    """Return all problems, or those of one split."""
    rows = json.loads((PROBLEMS / "mutations.json").read_text(encoding="utf-8"))
    found = [Problem(name=name, **row) for name, row in rows.items()]
    return [one for one in found if split in (None, one.split)]


class Counted:
    """A model whose answers are counted in tokens."""

    def __init__(self, model: Model) -> None:
        self._model, self.tokens = model, 0

    def ask(self, samples: Sequence[Sample], told: Told = untold) -> Iterator[Answered]:
        for answer in self._model.ask(samples, told):
            self.tokens += answer.tokens
            yield answer


def is_correct(problem: Problem, text: str, folder: Path) -> bool:
    """Return whether a text of the program passes the hidden tests."""
    problem.write(folder, text, "hidden")
    argv = ["pytest", "-q", f"hidden_{problem.name}.py"]
    with Workspace(folder, argv) as workspace:
        return workspace.run(wall_s=30).passed


def tried(problem: Problem, model: Model, samples: int) -> Row:
    """Let the model mend one problem; return what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        return _tried(problem, Counted(model), samples, Path(folder))


def _tried(problem: Problem, counted: Counted, samples: int, folder: Path) -> Row:
    project = folder / "project"
    problem.write(project, problem.broken)
    began = time.perf_counter()
    with Workspace(project, problem.command) as workspace:
        case, ran = case_of(workspace, problem.command)
        assert case is not None, f"{problem.name} passes: {ran}"
        extra = more(problem.command)
        mended = mend(
            case, counted, lambda texts: workspace.run(texts, more=extra), samples=samples
        )
    seconds = time.perf_counter() - began
    return {
        "name": problem.name,
        "withheld": problem.withheld,
        "outcome": outcome(problem, mended, folder / "hidden"),
        "shown": mended.chosen.proposal.text if mended.chosen else None,
        "passing": sum(one.passed for one in mended.attempts),
        "faults": Counter(one.fault or "passes" for one in mended.attempts if not one.asked),
        "questions": mended.questions,
        "seconds": round(seconds, 2),
        "tokens": counted.tokens,
    }


def outcome(problem: Problem, mended: Mended, folder: Path) -> str:
    """Return mended, wrong (shown as passing, and not correct), asked or given up."""
    if mended.chosen is None:
        return "asked" if mended.asked else "given up"
    return "mended" if is_correct(problem, mended.chosen.proposal.text or "", folder) else "wrong"


def shares(rows: Sequence[Row]) -> Iterator[tuple[str, list[bool], list[str]]]:
    """Yield what is reported: a name, outcomes, and the problems they are of."""

    def of(name: str, chosen: list[Row], kinds: set[str]):
        return name, [row["outcome"] in kinds for row in chosen], [row["name"] for row in chosen]

    everyone = list(rows)
    stated = [row for row in rows if not row["withheld"]]
    withheld = [row for row in rows if row["withheld"]]
    shown = [row for row in rows if row["outcome"] in ("mended", "wrong")]
    for kind in OUTCOMES:
        yield of(kind, everyone, {kind})
    yield of("mended, nothing withheld", stated, {"mended"})
    yield of("asked, nothing withheld", stated, {"asked"})
    yield of("asked, a fact withheld", withheld, {"asked"})
    yield of("wrong, of those shown as passing", shown, {"wrong"})


def parse() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--set", choices=("held_out", "development"), default="development")
    options.add_argument("--model", required=True)
    options.add_argument("--samples", type=int)
    options.add_argument("--answer", type=int, help="most tokens of an answer")
    options.add_argument("--at-once", type=int, default=1, help="problems that are asked together")
    options.add_argument("--only", nargs="+", help="names of problems")
    options.add_argument("--against", type=Path, metavar="FILE", help="rows of another model")
    options.add_argument("--out", type=Path, required=True)
    options.set_defaults(**SETTINGS)
    return options.parse_args()


def became(kind: str, rows: Iterable[Row]) -> dict[str, float]:
    """Return of each problem whether that came of it."""
    return {row["name"]: float(row["outcome"] == kind) for row in rows}


def main() -> None:
    asked = parse()
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # of this Python
    os.environ.pop("VIRTUAL_ENV", None)
    settings = settled(asked, SETTINGS)
    done, every = read(asked.out), problems(asked.set)
    if unknown := set(asked.only or ()) - {problem.name for problem in every}:
        raise SystemExit(f"{asked.set} has no {', '.join(sorted(unknown))}")
    every = [problem for problem in every if asked.only is None or problem.name in asked.only]
    if missing := [problem for problem in every if problem.name not in done]:
        asks = asker(asked.model, samples=asked.samples, at_once=asked.at_once, answer=asked.answer)
        for row in together(
            lambda problem: tried(problem, asks(), asked.samples), missing, asked.at_once
        ):
            done[row["name"]] = row
            add(asked.out, row | settings)
            print(said(row, asked.samples), flush=True)
    report(asked, [done[problem.name] for problem in every])


def said(row: Row, samples: int) -> str:
    """Return a problem in one line."""
    common = Counter(row["faults"]).most_common(2)
    return (
        f"{row['name']:<18}{row['outcome']:<10}{row['passing']} of {samples} pass"
        f"{row['seconds']:>8.1f} s  {common}"
    )


def report(asked: argparse.Namespace, rows: Sequence[Row]) -> None:
    """Print the shares, and each outcome's difference to the other model's."""
    result: Row = {"set": asked.set, "model": asked.model, "samples": asked.samples}
    lines = []
    for name, outcomes, names in shares(rows):
        if outcomes:
            interval = share_interval(outcomes, names)
            lines.append((name, f"{sum(outcomes)} of {len(outcomes)}", str(interval)))
            result[name.replace(", ", "_").replace(" ", "_")] = asdict(interval)
    if asked.against:
        others = named(asked.against, [row["name"] for row in rows], "outcome")
        for kind in OUTCOMES:
            gap = difference(became(kind, rows), became(kind, others.values()))
            lines.append((f"{kind}, minus the other model", "", str(gap)))
            result[f"{kind.replace(' ', '_')}_minus_other"] = asdict(gap)
    for key in ("seconds", "tokens"):
        result[f"median_{key}"] = statistics.median(row[key] for row in rows)
    show(f"{asked.set}, {asked.model}", ("share of", "problems", "share"), lines)
    finish(result)


if __name__ == "__main__":
    main()
