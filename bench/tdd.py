"""How often a model, given tests alone, writes the module: `cogitate tdd` on bench/tdd.

    python bench/tdd.py --set development --model qwen2.5-coder-0.5b --out tries.jsonl
    python bench/tdd.py --set humaneval --greedy greedy.jsonl --out humaneval.jsonl
    python bench/tdd.py --model coder --against tries.jsonl --out coder.jsonl

It takes the prompts, rounds and selection of `cogitate tdd --ask never`. A module is solved if the
tests that were shown pass, and those that were hidden pass too. Each problem is a line of the file
`--out`; what is there is not asked again, so that a run that was stopped goes on. With `--against`,
a file of another model and the same settings, the result is paired with that one's. The set
humaneval is HumanEval's own tests, of which one half is shown (problems.py); with `--greedy`, what
bench/humaneval.py wrote, the result is paired with greedy answers to the same problems. With
`--at-once` several problems are asked together, which takes less time in all and more for each;
seconds are to be compared where it is 1.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cogitate.sandbox.suites.project import find_project
from cogitate.sandbox.suites.suite import Suite, collect
from cogitate.work.choosing import choose
from cogitate.work.prompts import Work, signature
from cogitate.work.solving import ANSWER, Answered, Model, Sample, Told, Try, solve, untold
from cogitate.work.targets import find_target
from measure import finish, median, show
from problems import SETS, Problem, problems
from rows import Row, add, difference, named, need_same, read, settled, share
from shared_engine import asker, together

SETTINGS: Row = {
    "model": "qwen2.5-coder-0.5b", "samples": 8, "repair": 1, "answer": ANSWER, "think": "none"
}  # fmt: skip
"""Options that the rows of a file have in common, with their defaults."""


@dataclass(slots=True)
class Counted:
    """A model that counts the tokens and seconds of its answers."""

    model: Model
    tokens: int = 0
    seconds: float = 0.0

    def ask(self, samples: Sequence[Sample], told: Told = untold) -> Iterator[Answered]:
        """Yield the answers of the model."""
        began = time.perf_counter()
        for answer in self.model.ask(samples, told):
            self.tokens += answer.tokens
            yield answer
        self.seconds += time.perf_counter() - began


def problem_of(problem: Problem, model: Counted, options: argparse.Namespace) -> Row:
    """Return what came of one problem: all tries, the one that is taken, and what hides from it."""
    test, hidden = f"test_{problem.module}.py", f"hidden_{problem.module}.py"
    with tempfile.TemporaryDirectory() as shown_at, tempfile.TemporaryDirectory() as hidden_at:
        began = time.perf_counter()
        with opened(Path(shown_at), test, problem.test) as suite:
            work = work_of(Path(shown_at), test, problem.test)
            solved = solve(work, model, suite.run, samples=options.samples, repair=options.repair)
            chosen = choose(work, solved, None, 0).chosen
        seconds = time.perf_counter() - began
        texts = {one.text for one in solved.passed if one.text}
        with opened(Path(hidden_at), hidden, problem.hidden) as suite:
            true = {text for text in texts if suite.run(text).passed}
    return {
        "name": problem.name,
        "seconds": round(seconds, 2),
        "decoding": round(model.seconds, 2),
        "tokens": model.tokens,
        "passed": chosen is not None,
        "solved": chosen is not None and chosen.text in true,
        "any": bool(true),
        "first": solved.tries[0].text in true,
        "tries": [line_of(one, one.text in true) for one in solved.tries],
    }


def opened(folder: Path, name: str, text: str) -> Suite:
    """Return the suite of one test file, alone in a folder."""
    test, module = folder / name, name.partition("_")[2]
    test.write_text(text, encoding="utf-8")
    return collect(find_project([test]), [test], folder / module)


def work_of(folder: Path, name: str, text: str) -> Work:
    """Return what is to be written."""
    test = folder / name
    return Work(target=find_target(find_project([test]), [test]), tests={name: text}, current=None)


def line_of(one: Try, true: bool) -> Row:  # noqa: FBT001
    """Return a try as plain values."""
    report = one.report
    values = {"number": one.number, "round": one.round, "text": one.text, "refused": one.refused}
    if report is None:
        return values
    failure = None if report.passed else ": ".join(signature(report))
    return values | {
        "passed": report.num_passed, "tests": report.num_tests, "failure": failure, "true": true
    }  # fmt: skip


def parse() -> argparse.Namespace:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--set", choices=SETS, default="development")
    asked.add_argument("--model")
    asked.add_argument("--samples", type=int)
    asked.add_argument("--repair", type=int)
    asked.add_argument("--answer", type=int, help="most tokens of an answer")
    asked.add_argument("--think", help="most thought tokens")
    asked.add_argument("--at-once", type=int, default=1, help="problems that are asked together")
    asked.add_argument("--limit", type=int, help="ask only so many problems")
    asked.add_argument("--greedy", type=Path, metavar="FILE", help="answers of bench/humaneval.py")
    asked.add_argument("--against", type=Path, metavar="FILE", help="rows of another model")
    asked.add_argument("--out", type=Path, required=True)
    asked.set_defaults(**SETTINGS)
    return asked.parse_args()


def main() -> None:
    """Ask what is missing, and print shares with their intervals."""
    options = parse()
    settings, done = settled(options, SETTINGS), read(options.out)
    greedy_settings = {"model": options.model, "temperature": 0.0}
    need_same("--greedy", options.greedy, greedy_settings, lambda _: greedy_settings)
    asked_of = problems(options.set, options.limit)
    missing = [problem for problem in asked_of if problem.name not in done]
    if missing:
        asks = asker(
            options.model, samples=options.samples, at_once=options.at_once,
            answer=options.answer, think=options.think, one_block=True,
        )  # fmt: skip
        solved = together(
            lambda problem: problem_of(problem, Counted(asks()), options), missing, options.at_once
        )
        for row in solved:
            done[row["name"]] = row
            add(options.out, row | settings)
            print(f"{row['name']}: {said(row)}", flush=True)
    report(options, {problem.name: done[problem.name] for problem in asked_of})


def greedy(path: Path) -> dict[str, float]:
    """Return the rewards of our greedy answers, by problem; see bench/humaneval.py."""
    rows = read(path).values()
    return {row["problem"]: row["reward"] for row in rows if row["side"] == "cogitate"}


def said(row: Row) -> str:
    """Return a problem in a few words."""
    num = sum(1 for one in row["tries"] if one.get("true"))
    how = "solved" if row["solved"] else "passes, not solved" if row["passed"] else "fails"
    return (
        f"{how}, {num} of {len(row['tries'])} tries, best {best(row):.0%}, {row['tokens']} tokens"
    )


def best(row: Row) -> float:
    """Return the share of the shown tests that the best try passes."""
    return max((one.get("passed", 0) / one.get("tests", 1) for one in row["tries"]), default=0.0)


def outcomes(row: Row) -> dict[str, float]:
    """Return what came of a problem, from 0 to 1; without repair, only the first round counts."""
    first = [one for one in row["tries"] if one["round"] == 0]
    found = {key: row[key] for key in ("solved", "any", "first", "passed")} | {
        "solved, without repair": row["solved"] and len(first) == len(row["tries"]),
        "any, without repair": any(one.get("true") for one in first),
        "tests that the best candidate passes": best(row),
    }
    return {key: float(value) for key, value in found.items()}


def report(options: argparse.Namespace, rows: Mapping[str, Row]) -> None:
    """Print the shares, and the means and medians of what they cost."""
    found = {name: outcomes(row) for name, row in rows.items()}
    values = {
        key: {name: each[key] for name, each in found.items()} for key in next(iter(found.values()))
    }
    shares = {key: share(each) for key, each in values.items()}
    if options.greedy:
        shares["solved, minus greedy"] = difference(values["solved"], greedy(options.greedy))
    if options.against:
        others = named(options.against, rows, "solved")
        solved = {name: float(row["solved"]) for name, row in others.items()}
        shares["solved, minus the other model"] = difference(values["solved"], solved)
    costs = {key: [row[key] for row in rows.values()] for key in ("seconds", "decoding", "tokens")}
    means = {key: sum(each) / len(each) for key, each in costs.items()}
    medians = {f"median {key}": median(each) for key, each in costs.items()}
    shown = [[key, str(share)] for key, share in shares.items()]
    shown += [[f"mean {key}", f"{value:.1f}"] for key, value in means.items()]
    shown += [[key, f"{value:.1f}"] for key, value in medians.items()]
    show(f"{options.model} on {len(rows)} problems of {options.set}", ["what", "value"], shown)
    finish({key: (i.mean, i.low, i.high) for key, i in shares.items()} | means | medians)


if __name__ == "__main__":
    main()
