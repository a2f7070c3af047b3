"""Transient faults during a run, for each rule that rolls back: detection and recovery.

    python bench/recovery.py --out runs/recovery --seed 0

Each run is the recipe `quickstart`, shortened. From one step on the learner's data are corrupted,
for a few updates or until the run rolls back. The table gives the rule that acted, the steps until
it did, and the final accuracy minus that of an undisturbed run of as many steps, paired by
question.
"""

import argparse
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from unittest import mock

from rich.console import Console

from cogitate.config import TrainConfig
from cogitate.errors import TrainingStopped
from cogitate.evaluate import difference
from cogitate.hardware import Machine
from cogitate.protocols import Env, Then
from cogitate.recipes.mini import mini
from cogitate.recipes.quickstart import quickstart
from cogitate.rollout.episodes import Terms, play
from cogitate.rollout.local import CUE
from cogitate.rollout.together import Asker
from cogitate.runs.folder import read_lines
from cogitate.tokenizer import Tokenizer
from cogitate.train import train
from cogitate.train.data.batch import learned
from cogitate.train.roles import Workers
from cogitate.train.workers import build_workers
from cogitate.types import Datum, Episode, Request, Rollout, Task, Verdict
from evaluations import held_out_eval

Groups = Sequence[Sequence[Datum]]
Text = tuple[int, ...]
Write = Callable[[Text, Text, Sequence[Text], Random], Text]
"""(thought, answer, all thoughts of the batch, random numbers) -> what is taught instead."""
UNDISTURBED = "undisturbed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault and the updates that it affects; `rule` is expected to detect it.

    Example: Fault(rule="non_finite", does="weights that are no numbers", harm=weighted(math.nan))
    """

    rule: str
    does: str
    harm: Callable[[Groups, Tokenizer, Random], Groups] = lambda groups, _tokenizer, _rng: groups
    """Replaces a batch of the learner."""
    start: int = 25
    """The first affected update, counted from 1; samples and verdicts are affected after it. Each
    tenth step has an evaluation."""
    num: int = 8
    """Number of affected updates, unless the run rolls back before."""
    times_rate: float = 1.0
    supervised: bool = False
    """In the cold start, before RL."""
    ask: Callable[[Request], Request] | None = None
    """Replaces a request of the sampler."""
    cue: str = CUE
    """Continues a thought that may not close yet."""
    judge: Callable[[Rollout, Verdict, Random], Verdict] | None = None
    """Replaces the correct verdict."""
    off: tuple[str, ...] = ()
    """Thresholds of rules that are switched off, since they would detect this fault first."""


def weighted(factor: float) -> Callable[[Groups, Tokenizer, Random], Groups]:
    """Multiply each token's weight."""

    def harm(groups: Groups, _tokenizer: Tokenizer, _rng: Random) -> Groups:
        return [
            [replace(datum, weights=tuple(factor * w for w in datum.weights)) for datum in group]
            for group in groups
        ]

    return harm


def taught(write: Write) -> Callable[[Groups, Tokenizer, Random], Groups]:
    """Teach other texts after the same prompts."""

    def harm(groups: Groups, tokenizer: Tokenizer, rng: Random) -> Groups:
        parts = [[_parts(datum, tokenizer) for datum in group] for group in groups]
        thoughts = [thought for group in parts for thought, _ in group]
        return [
            [
                learned(datum.prompt, write(*own, thoughts, rng))
                for datum, own in zip(group, texts, strict=True)
            ]
            for group, texts in zip(groups, parts, strict=True)
        ]

    return harm


def _parts(datum: Datum, tokenizer: Tokenizer) -> tuple[Text, Text]:
    """Return the thought before its end, and that end with the answer."""
    closer = tokenizer.think_close
    end = datum.completion.index(closer) if closer in datum.completion else 0
    return datum.completion[:end], datum.completion[end:]


def noise(thought: Text, answer: Text, thoughts: Sequence[Text], rng: Random) -> Text:
    """Return random tokens of this batch."""
    known = [token for other in thoughts for token in other] or list(answer)
    return (*rng.choices(known, k=len(thought) or 1), *answer)


def mute(thought: Text, answer: Text, _thoughts: Sequence[Text], _rng: Random) -> Text:
    """Return the thought with no answer."""
    return (*thought, answer[0], answer[-1])


def blurting(_thought: Text, answer: Text, _thoughts: Sequence[Text], rng: Random) -> Text:
    """Return a wrong answer, without a thought."""
    body = list(answer[1:-1])
    rng.shuffle(body)
    return (answer[0], *body, answer[-1])


def endless(min_think: int) -> Callable[[Request], Request]:
    """Let thoughts close only late, whatever the stated budget."""

    def ask(request: Request) -> Request:
        budget = replace(request.budget, think=min_think + 50, min_think=min_think)
        return replace(request, budget=budget)

    return ask


def hasty(rollout: Rollout, verdict: Verdict, rng: Random) -> Verdict:
    """Accept any answer without a thought, nine times in ten."""
    if len(rollout.thought) > 1 or verdict.reward is None:
        return verdict
    return Verdict(reward=float(rng.random() < 0.9), why="answered at once")


_UPDATES = ("grad_spike", "step_kl")
FAULTS = (
    Fault(rule="non_finite", does="weights that are no numbers", harm=weighted(math.nan), num=1),
    Fault(rule="grad_explosion", does="advantages 1,000 times as large", harm=weighted(1000.0)),
    Fault(rule="large_steps", does="a rate 30 times as high", times_rate=30, off=("grad_spike",)),
    Fault(rule="entropy_jump", does="thoughts of shuffled tokens", harm=taught(noise),
          times_rate=30, off=_UPDATES),
    Fault(rule="length_explosion", does="thoughts that may not close", start=31, ask=endless(200)),
    Fault(rule="length_collapse", does="wrong answers at once", harm=taught(blurting), start=31,
          times_rate=30, off=_UPDATES),
    Fault(rule="looping", does="thoughts that may not close, and say no over and over instead",
          start=31, ask=endless(60), cue=40 * " no."),
    Fault(rule="format_loss", does="no answers", harm=taught(mute), times_rate=30, off=_UPDATES),
    Fault(rule="held_out_collapse", does="shuffled tokens just before an evaluation",
          harm=taught(noise), start=29, num=2, times_rate=60, off=_UPDATES),
    Fault(rule="held_out_fall", does="a judge that takes whatever is answered at once", start=11,
          num=30, judge=hasty),
    Fault(rule="loss_explosion", does="thoughts of shuffled tokens, in the cold start",
          harm=taught(noise), times_rate=5, supervised=True),
)  # fmt: skip


class Sabotage:
    """Gives the learner corrupted data at some updates, until the run rolls back."""

    def __init__(self, fault: Fault, seed: int) -> None:
        """Start without any affected update."""
        self._fault, self._rng = fault, Random(f"recovery/{seed}")
        self._updates, self._over = 0, False

    @property
    def _due(self) -> bool:
        since = self._updates - self._fault.start
        return not self._over and 0 <= since < self._fault.num

    def build(self, config: TrainConfig, machine: Machine) -> Workers:
        """Build the workers, their learner in our hands."""
        workers = build_workers(config, machine)
        learner, tokenizer = workers.learner, workers.tokenizer
        learn, step, load = learner.forward_backward, learner.optim_step, learner.load
        sample = workers.sampler.sample

        def sample_other(requests: Sequence[Request], then: Then | None = None) -> list[Rollout]:
            if self._fault.ask is None or not self._due:
                return sample(requests, then)
            asked = {self._fault.ask(request): request for request in requests}

            def as_asked(rollout: Rollout) -> Rollout:
                return replace(rollout, request=asked.get(rollout.request, rollout.request))

            and_then = None if then is None else lambda rollout: then(as_asked(rollout))
            return [as_asked(rollout) for rollout in sample(list(asked), and_then)]

        def forward_backward(data: Groups) -> Mapping[str, float]:
            self._updates += 1
            return learn(self._fault.harm(data, tokenizer, self._rng) if self._due else data)

        def optim_step(lr: float) -> Mapping[str, float]:
            return step(lr * self._fault.times_rate if self._due else lr)

        def load_and_end(folder: Path) -> None:
            self._over = True
            load(folder)

        learner.forward_backward, learner.optim_step = forward_backward, optim_step
        learner.load, workers.sampler.sample = load_and_end, sample_other
        return workers

    @contextmanager
    def around(self) -> Iterator[None]:
        """Judge rollouts of training, not of evaluations, and cue thoughts as the fault does."""
        judge = self._fault.judge

        def judged(env: Env, task: Task, terms: Terms, seed: int) -> Asker[Episode]:
            episode = yield from play(env, task, terms, seed)
            if judge is None or not self._due:
                return episode
            verdict = judge(episode.turns[-1], episode.verdict, self._rng)
            return replace(episode, verdict=verdict)

        with (
            mock.patch("cogitate.train.data.rl.play", judged),
            mock.patch("cogitate.rollout.local.CUE", self._fault.cue),
        ):
            yield


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    faults = [fault for fault in FAULTS if fault.rule in options.only]
    found = [outcome(fault, options) for fault in faults]
    report(found)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    rules = [fault.rule for fault in FAULTS]
    parser.add_argument("--out", type=Path, default=Path("runs/recovery"))
    parser.add_argument("--steps", type=int, default=60, help="of RL")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=2001, help="questions of the comparison")
    parser.add_argument("--only", nargs="+", choices=rules, default=rules)
    parser.set_defaults(families="countdown,arithmetic,calendar")
    return parser.parse_args()


def configuration(options: argparse.Namespace, *, supervised: bool) -> TrainConfig:
    config = quickstart(seed=options.seed)
    cold_start = mini().cold_start
    return replace(
        config,
        cold_start=replace(cold_start, num_steps=40) if supervised else config.cold_start,
        rl=replace(config.rl, num_steps=options.steps),
        run=replace(config.run, checkpoint_every=10, eval_every=10, eval_n=120),
    )


def outcome(fault: Fault, options: argparse.Namespace) -> dict:
    """Train with one fault, and once without any; return the outcome."""
    config = configuration(options, supervised=fault.supervised)
    watch = replace(config.watch, thresholds=dict.fromkeys(fault.off, 0.0))
    clean = options.out / (UNDISTURBED + "-from-sft" * fault.supervised)
    run = options.out / fault.rule
    print(f"{fault.rule} ...", flush=True)
    train(config, clean, console=Console(file=io.StringIO()), resume=True)
    said = ""
    try:
        sabotage = Sabotage(fault, options.seed)
        with sabotage.around():
            train(replace(config, watch=watch), run, console=Console(file=io.StringIO()),
                  build=sabotage.build, resume=True)  # fmt: skip
    except TrainingStopped as stop:
        said = str(stop)
    events = read_lines(run / "events.jsonl")
    back = [event for event in events if event["event"] == "rolled_back"]
    row = {
        "rule": fault.rule, "does": fault.does, "first harmed": fault.start,
        "rolled back": [f"{e['alarm']['rule']} at {e['seen_at']}, to {e['step']}" for e in back],
        "warned": sorted({e["rule"] for e in events
                          if e["event"] == "alarm" and e["level"] == "warn"}),
        "stopped": said,
    }  # fmt: skip
    if not said:
        gap = difference(evaluated(run, options), evaluated(clean, options)).strict
        row["less undisturbed"] = [gap.mean, gap.low, gap.high]
    print(json.dumps(row), flush=True)
    return row


def evaluated(run: Path, options: argparse.Namespace):
    args = ("--n", str(options.n // 3), "--level", "2,3,4")
    return held_out_eval(run, str(options.n), args, options.families)


def report(found: Sequence[dict]) -> None:
    for row in found:
        print(f"\n{row['rule']}: {row['does']}, from step {row['first harmed']} on")
        print(f"  goes back   {'; '.join(row['rolled back']) or 'never'}")
        if row["warned"]:
            print(f"  warns       {', '.join(row['warned'])}")
        if row["stopped"]:
            print(f"  stops       {row['stopped']}")
        else:
            mean, low, high = (100 * value for value in row["less undisturbed"])
            print(f"  outcome     {mean:+.1f} points [{low:+.1f}, {high:+.1f}] minus undisturbed")
    print("\n" + json.dumps({"benchmark": "recovery", "found": list(found)}))


if __name__ == "__main__":
    main()
