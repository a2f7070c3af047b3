"""A small reasoning model against larger ones: reasoning, knowledge and cost.

    python bench/sizes.py mini runs/full smollm2-135m --svg docs/figures/sizes.svg

Every model is measured on three axes: the families that the first one was trained on (test split),
the same in wordings that are in no training, where a family has them, and facts (`capitals.py` and
`facts.py`), on which none was trained. Questions are asked one at a time, with greedy sampling and
each model's own thought budget; times are those of the requests alone.
"""

import argparse
import statistics
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
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
from cogitate.types import Task

FACTS = tuple(Path(__file__).with_name(name) for name in ("capitals.py", "facts.py"))
NUM_FACTS = {"capitals.py": 142, "facts.py": 300}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The accuracy and cost of a model on one axis.

    Example: Cost(share=Interval(mean=0.6, low=0.5, high=0.7), families={"countdown":
    Interval(...)}, tokens=41.0, latency_s=0.12, cpu_s_per_right=0.4)
    """

    share: Interval
    families: dict[str, Interval]
    """The same of each family."""
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
    found: dict[str, dict[str, Cost]] = {}
    for model in options.models:
        asked = load(model)
        found[model] = {axis: cost(asked, own) for axis, own in families.items()}
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


def cost(asked: LoadedModel, families: list[tuple[Family, int]]) -> Cost:
    """Ask all questions, one at a time."""
    tasks = [(family, task) for family, n in families for task in drawn(family, n)]
    answer_once(asked, tasks[0][1])  # the first question waits for copies of the weights
    answers, tokens, seconds, cpu_s = list[tuple[str, float, str]](), [], [], 0.0
    for family, task in tasks:
        start, cpu = time.perf_counter(), time.process_time()
        answer, num_tokens = answer_once(asked, task)
        seconds.append(time.perf_counter() - start)
        cpu_s += time.process_time() - cpu
        reward = verify.judge(family, task, answer).reward or 0.0
        answers.append((family.name, reward, task.metadata.get("cluster", task.key)))
        tokens.append(num_tokens)
    num_right = sum(reward for _, reward, _ in answers)
    return Cost(
        share=share(answers),
        families={
            family.name: share([one for one in answers if one[0] == family.name])
            for family, _ in families
        },
        tokens=statistics.mean(tokens),
        latency_s=statistics.median(seconds),
        cpu_s_per_right=cpu_s / num_right if num_right else float("inf"),
    )


def drawn(family: Family, n: int) -> list[Task]:
    """Return n tasks; of a file of facts from all its parts."""
    every = NUM_FACTS.get(Path(family.name).name, n)
    return [family.generate("test", place * every // n) for place in range(n)]


def share(answers: list[tuple[str, float, str]]) -> Interval:
    """Return accuracy from families, rewards and clusters."""
    return share_interval(
        [reward for _, reward, _ in answers], [cluster for *_, cluster in answers]
    )


def answer_once(asked: LoadedModel, task: Task) -> tuple[str, int]:
    """Return the answer and how many tokens were written for it."""
    budget = asked.budget(None, 64)
    messages = conversation(task.question, None)
    pieces = list(converse(asked.engine(), asked.policy.tokenizer, messages, budget))
    rollout = pieces[-1].rollout
    assert rollout is not None
    answer = "".join(piece.text for piece in pieces if piece.kind == "answer")
    return answer, len(rollout.thought) + len(rollout.answer)


def report(found: dict[str, dict[str, Cost]], options: argparse.Namespace) -> None:
    """Print the tables and the JSON line."""
    axes = list(next(iter(found.values())))
    measure.show(
        "accuracy with 95 % intervals; tokens, median seconds and CPU-seconds per correct answer",
        ("model", *(f"{axis}{what}" for axis in axes for what in ("", " tokens", " s", " CPU s"))),
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
        "accuracy of each family",
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
    return cost.share, cost.tokens, cost.latency_s, cost.cpu_s_per_right


if __name__ == "__main__":
    main()
