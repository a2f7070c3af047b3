"""A small reasoning model against larger ones: reasoning, knowledge and cost.

    python bench/sizes.py mini runs/full smollm2-135m --svg docs/figures/sizes.svg

Every model is measured on three axes: the families that the first one was trained on (test split),
the same in wordings that are in no training, where a family has them, and facts (`capitals.py` and
`facts.py`), on which none was trained. Questions are asked one at a time, with greedy sampling and
each model's own thought budget; times are those of the requests alone. A model that does not think
may write as much in its answer: the largest thought budget beside what all have for answers.
Accuracy is strict, the answer alone, as trained models give it, and lenient, the answer in a
sentence too; told is also which share of the answers was cut off.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import measure
from cogitate import verify
from cogitate.ask import converse
from cogitate.errors import UsageError
from cogitate.evaluate import Interval, share_interval
from cogitate.prompt import conversation
from cogitate.protocols import Family
from cogitate.runs.opening import LoadedModel, load, trained_on
from cogitate.tasks import load_family
from cogitate.types import Budget, End, Rollout, Task

FACTS = tuple(Path(__file__).with_name(name) for name in ("capitals.py", "facts.py"))
NUM_FACTS = {"capitals.py": 142, "facts.py": 300}
ANSWER = 64
"""Most tokens of an answer, beside a thought."""
COLUMNS = ("", " lenient", " cut off", " tokens", " s", " CPU s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, judged, and its cost."""

    family: str
    cluster: str
    strict: float
    lenient: float
    cut_off: float
    """1 or 0."""
    tokens: int
    seconds: float
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The accuracy and cost of a model on one axis.

    Example: Cost(share=Interval(mean=0.6, low=0.5, high=0.7), lenient=Interval(...),
    families={"countdown": Interval(...)}, cut_off=0.02, tokens=41.0, latency_s=0.12,
    cpu_s_per_right=0.4)
    """

    share: Interval
    """Strict."""
    lenient: Interval
    families: dict[str, Interval]
    """The strict share of each family."""
    cut_off: float
    """Share of the answers."""
    tokens: float
    """Mean tokens per answer, thought included."""
    latency_s: float
    """From question to whole answer, in the median."""
    cpu_s_per_right: float
    """Of both cores; infinite where nothing is right."""


def main() -> None:
    options = parse()
    names = options.families.split(",") if options.families else trained_on(options.models[0])
    names = list(dict.fromkeys(names))
    every = {
        "reasoning": [(load_family(name), options.n) for name in names],
        "in other words": [(family, options.n) for family in reworded(names)],
        "facts": [
            (load_family(str(file)), min(options.facts, NUM_FACTS[file.name])) for file in FACTS
        ],
    }
    families = {axis: own for axis, own in every.items() if own}
    thought = max(load(model).budget(None, ANSWER).think or 0 for model in options.models)
    found: dict[str, dict[str, Cost]] = {}
    for model in options.models:
        asked = load(model)
        budget = limits(asked, thought)
        found[model] = {axis: cost(asked, budget, own) for axis, own in families.items()}
    report(found, options)
    if options.svg is not None:
        draw(found, options.svg)


def reworded(names: list[str]) -> list[Family]:
    """Return the families in wordings of no training, as far as they have them."""
    found: list[Family] = []
    for name in names:
        with suppress(UsageError):
            found.append(load_family(f"{name.partition(':')[0]}:wordings=unseen"))
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", help="names, runs or folders; the small one first")
    parser.add_argument("--families", help="separated by commas; unset: those of the first model")
    parser.add_argument("--n", type=int, default=30, help="questions of each family")
    parser.add_argument("--facts", type=int, default=300, help="most of each file of facts")
    parser.add_argument("--svg", type=Path, help="draw reasoning against facts")
    return parser.parse_args()


def limits(asked: LoadedModel, thought: int) -> Budget:
    """Return a model's budget; without a thought, the answer may have as many tokens as both."""
    budget = asked.budget(None, ANSWER)
    return budget if budget.think else replace(budget, answer=thought + ANSWER)


def cost(asked: LoadedModel, budget: Budget, families: list[tuple[Family, int]]) -> Cost:
    """Ask all questions, one at a time."""
    tasks = [(family, task) for family, n in families for task in drawn(family, n)]
    answer_once(asked, budget, tasks[0][1])  # the first question waits for copies of the weights
    replies = [replied(asked, budget, family, task) for family, task in tasks]
    num_right = sum(reply.strict for reply in replies)
    return Cost(
        share=share(replies),
        lenient=share_interval([one.lenient for one in replies], [one.cluster for one in replies]),
        families={
            family.name: share([one for one in replies if one.family == family.name])
            for family, _ in families
        },
        cut_off=statistics.mean(reply.cut_off for reply in replies),
        tokens=statistics.mean(reply.tokens for reply in replies),
        latency_s=statistics.median(reply.seconds for reply in replies),
        cpu_s_per_right=(
            sum(reply.cpu_s for reply in replies) / num_right if num_right else float("inf")
        ),
    )


def replied(asked: LoadedModel, budget: Budget, family: Family, task: Task) -> Reply:
    """Ask one question, and judge the answer."""
    start, cpu = time.perf_counter(), time.process_time()
    answer, rollout = answer_once(asked, budget, task)
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - cpu
    reward = verify.judge(family, task, answer).reward or 0.0
    return Reply(
        family=family.name,
        cluster=str(task.metadata.get("cluster", task.key)),
        strict=reward,
        lenient=float(reward == 1 or verify.lenient(task, answer)),
        cut_off=float(rollout.end is not End.DONE),
        tokens=len(rollout.tokens),
        seconds=seconds,
        cpu_s=cpu_s,
    )


def drawn(family: Family, n: int) -> list[Task]:
    """Return n tasks; of a file of facts from all its parts."""
    every = NUM_FACTS.get(Path(family.name).name, n)
    return [family.generate("test", place * every // n) for place in range(n)]


def share(replies: Sequence[Reply]) -> Interval:
    """Return the strict share."""
    return share_interval([one.strict for one in replies], [one.cluster for one in replies])


def answer_once(asked: LoadedModel, budget: Budget, task: Task) -> tuple[str, Rollout]:
    """Return the answer, and the tokens that were written for it."""
    messages = conversation(task.question, None)
    pieces = list(converse(asked.engine(), asked.policy.tokenizer, messages, budget))
    rollout = pieces[-1].rollout
    assert rollout is not None
    return "".join(piece.text for piece in pieces if piece.kind == "answer"), rollout


def report(found: dict[str, dict[str, Cost]], options: argparse.Namespace) -> None:
    """Print the tables and the JSON line."""
    axes = list(next(iter(found.values())))
    measure.show(
        "accuracy with 95 % intervals; share cut off, tokens, median seconds and CPU-seconds per"
        " correct answer",
        ("model", *(f"{axis}{what}" for axis in axes for what in COLUMNS)),
        [
            (model, *(cell for cost in costs.values() for cell in cells(cost)))
            for model, costs in found.items()
        ],
    )
    each = {
        model: {name: share for cost in costs.values() for name, share in cost.families.items()}
        for model, costs in found.items()
    }
    measure.show(
        "strict accuracy of each family",
        ("family", *each),
        [(name, *(shares[name] for shares in each.values())) for name in next(iter(each.values()))],
    )
    measure.finish(
        {"benchmark": "sizes", "n": options.n, "facts": options.facts}
        | {
            model: {axis: asdict(cost) for axis, cost in costs.items()}
            for model, costs in found.items()
        }
    )


def draw(found: dict[str, dict[str, Cost]], path: Path) -> None:
    """Draw each model's reasoning against its facts, with intervals."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 3.4), layout="constrained")
    axes = figure.subplots()
    for model, costs in found.items():
        across, up = costs["facts"].share, costs["reasoning"].share
        bars = {
            f"{axis}err": [[share.mean - share.low], [share.high - share.mean]]
            for axis, share in (("x", across), ("y", up))
        }
        axes.errorbar(across.mean, up.mean, marker="o", capsize=2, label=model, **bars)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="facts", ylabel="reasoning")
    axes.legend(frameon=False)
    figure.savefig(path)


def cells(cost: Cost) -> tuple[object, ...]:
    """Return the values of `COLUMNS`."""
    cut_off = f"{cost.cut_off:.0%}"
    return cost.share, cost.lenient, cut_off, cost.tokens, cost.latency_s, cost.cpu_s_per_right


if __name__ == "__main__":
    main()
