"""Does a model think about what is hard, and answer at once what is easy?

    python bench/effort.py runs/full qwen2.5-coder-0.5b --svg docs/figures/effort.svg \\
        --talk docs/results/talk.md

Questions of five kinds, greedy, within the model's own budget: facts (from all of `capitals.py`),
talk (the first lines of the family `outside`, words filled in), an easy sum, a hard sum, and a
search, without repetitions. Told are the thought tokens of each kind, and the share of thoughts of
four tokens or less; intervals are clustered, as those of `cogitate evaluate`. The second model is
asked what is talk as well; `--talk` writes both replies side by side, for people to judge whether
they mean the same.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import measure
from cogitate import verify
from cogitate.ask import Answer, ask
from cogitate.evaluate import EvalSpec, Interval, mean_interval, share_interval
from cogitate.evaluate.scoring import questions, thought_length
from cogitate.protocols import Family
from cogitate.runs.opening import load
from cogitate.tasks import load_family
from cogitate.tasks.families.words import test_words
from cogitate.types import Budget, Task
from sizes import NUM_FACTS, drawn

SHORT = 4
"""Thought tokens, without the closing marker, of what is answered at once."""
LINES = Path(verify.__file__).parents[1] / "shipped" / "outside" / "test.txt"
CAPITALS = Path(__file__).with_name("capitals.py")
KINDS = {
    "easy sum": ("arithmetic", 1),
    "hard sum": ("arithmetic", 5),
    "search": ("countdown", 3),
}
"""Family and level of what is asked beside facts and talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much a model thinks about one kind of question.

    Example: Effort(tokens=Interval(mean=41.0, ...), short=Interval(mean=0.9, ...), correct=None)
    """

    tokens: Interval
    """Thought tokens."""
    short: Interval
    """Share of thoughts of at most `SHORT` tokens."""
    correct: Interval | None
    """None where nothing can be correct."""


def main() -> None:
    options = parse()
    model = load(options.model)
    talk = questions_of_talk(options.n)
    replies = [ask(model, question) for question in talk]
    found = {"talk": effort(replies, talk)}
    for kind, (family, tasks) in tasks_of(options.n).items():
        answers = [ask(model, task.question) for task in tasks]
        own = [str(task.metadata.get("cluster", task.key)) for task in tasks]
        found[kind] = effort(answers, own, rewards(family, tasks, answers))
    report(found, options)
    if options.svg is not None:
        draw(found, options.svg)
    if options.talk is not None:
        del model
        base = load(options.base)
        others = [ask(base, question) for question in talk]
        options.talk.write_text(side_by_side(options, talk, replies, others), "utf-8")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a name, run or folder")
    parser.add_argument("base", nargs="?", help="the model beside it, for --talk")
    parser.add_argument("--n", type=int, default=50, help="questions of each kind")
    parser.add_argument("--svg", type=Path, help="draw thought tokens by kind")
    parser.add_argument("--talk", type=Path, help="write the replies to talk, side by side")
    options = parser.parse_args()
    if options.talk is not None and options.base is None:
        parser.error("--talk needs a second model")
    return options


def tasks_of(n: int) -> dict[str, tuple[Family, list[Task]]]:
    """Return different tasks of each kind, with their family."""
    facts = load_family(str(CAPITALS))
    found = {"fact": (facts, drawn(facts, min(n, NUM_FACTS[CAPITALS.name])))}
    for kind, (name, level) in KINDS.items():
        spec = EvalSpec(budget=Budget(), n=n, levels=(level,))
        found[kind] = (family := load_family(name), questions(family, spec))
    return found


def questions_of_talk(n: int) -> list[str]:
    """Return the first lines of `outside`, with the words and numbers of one draw."""
    rng, words = Random("talk"), test_words()[:500]
    texts = LINES.read_text("utf-8").splitlines()[:n]
    return [filled(text, words, rng) for text in texts]


def filled(text: str, words: tuple[str, ...], rng: Random) -> str:
    """Return a line with words in place of {word}, and numbers in place of {number}."""
    while "{word}" in text:
        text = text.replace("{word}", rng.choice(words), 1)
    while "{number}" in text:
        text = text.replace("{number}", str(rng.randrange(2, 9)), 1)
    return text


def rewards(family: Family, tasks: list[Task], answers: list[Answer]) -> list[float]:
    """Return what the family's verifier says of each answer."""
    return [
        verify.judge(family, task, answer.text).reward or 0.0
        for task, answer in zip(tasks, answers, strict=True)
    ]


def effort(
    answers: list[Answer], clusters: list[str], rewards: list[float] | None = None
) -> Effort:
    """Return the effort of answers; questions of one cluster are not independent."""
    lengths = [float(thought_length(answer.rollout)) for answer in answers]
    return Effort(
        tokens=mean_interval(lengths, clusters),
        short=share_interval([float(length <= SHORT) for length in lengths], clusters),
        correct=None if rewards is None else share_interval(rewards, clusters),
    )


def report(found: dict[str, Effort], options: argparse.Namespace) -> None:
    """Print the table and the JSON line."""
    short = f"of at most {SHORT}"
    measure.show(
        "thought tokens, with 95 % intervals",
        ("kind", "thought tokens", short, "correct"),
        [(kind, count(one.tokens), one.short, one.correct or "") for kind, one in found.items()],
    )
    measure.finish(
        {"benchmark": "effort", "model": options.model, "n": options.n}
        | {kind: rows_of(one) for kind, one in found.items()}
    )


def count(tokens: Interval) -> str:
    return f"{tokens.mean:.0f} [{tokens.low:.0f}, {tokens.high:.0f}]"


def rows_of(one: Effort) -> dict[str, list[float] | None]:
    """Return an effort's intervals as lists: mean, low, high."""
    named = {"tokens": one.tokens, "short": one.short, "correct": one.correct}
    return {name: own and [own.mean, own.low, own.high] for name, own in named.items()}


def draw(found: dict[str, Effort], path: Path) -> None:
    """Draw the thought tokens of each kind."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 2.4), layout="constrained")
    axes = figure.subplots()
    lengths = [one.tokens for one in found.values()]
    axes.barh(
        list(found),
        [length.mean for length in lengths],
        xerr=[
            [length.mean - length.low for length in lengths],
            [length.high - length.mean for length in lengths],
        ],
        capsize=2,
    )
    axes.invert_yaxis()
    axes.set(xlabel="thought tokens")
    figure.savefig(path)


def side_by_side(options: argparse.Namespace, talk: list[str], *replies: Iterable[Answer]) -> str:
    """Return a table of questions with both models' replies, in Markdown."""
    rows = [[options.model, options.base]]
    rows += [[answer.text for answer in pair] for pair in zip(*replies, strict=True)]
    lines = [
        "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
        for cells in (
            [question, *texts] for question, texts in zip(["question", *talk], rows, strict=True)
        )
    ]
    return "\n".join([lines[0], "| --- | --- | --- |", *lines[1:]]) + "\n"


if __name__ == "__main__":
    main()
