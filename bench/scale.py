"""A run on 1 to 1,024 samplers, simulated from measured parts, with failures.

    python bench/scale.py --measure --out docs/results/scaling.json
    python bench/scale.py --parts docs/results/scaling.json

`--measure` takes the parts from this machine: seconds of a decoding step with b rows, a + c b; of
an update, a token; of publishing weights and loading them through Ray. The simulation then draws
the lengths of a step's rollouts, deals them to the samplers, and decodes each sampler's rows until
the longest is done. Batches are sampled `lead` steps ahead at most. Processes die at random: a
sampler's rollouts are asked again, a learner's rank costs the steps since the checkpoint.

What it leaves out: a network between machines, verdicts, and the driver's own work.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import finish, show

SAMPLERS = tuple(2**power for power in range(11))
LEADS = (0, 1, 2)
STEPS, CHECKPOINT_EVERY = 1000, 20
ROWS_TRIED = (1, 4, 16, 64)
NEW_TOKENS, PROMPT_TOKENS = 32, 64
PUBLISHED = (
    ("NeMo-RL, Qwen3-235B, 128 to 256 H100, synchronous", 2, 0.64),
    ("NeMo-RL, the same, one step ahead, 256 against synchronous 128", 2, 1.00),
    ("verl, 64 to 128 GPUs, synchronous", 2, 0.51),
    ("verl, 64 to 128 GPUs, asynchronous", 2, 0.63),
)
"""Setting, times as many workers, and the speed of each as a share of what it was."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What was measured, in seconds and tokens.

    Example: Parts(model="mini", processor="...", step_s=0.002, row_s=0.0001, learn_s=0.0002,
    sync_s=0.3, lengths=(40, 12, 200))
    """

    model: str
    processor: str
    step_s: float
    """Of decoding one token, whatever the rows."""
    row_s: float
    """Of decoding one token, for each row."""
    learn_s: float
    """Of gradients and update, for each completion token."""
    sync_s: float
    """Of publishing weights and loading them."""
    lengths: tuple[int, ...]
    """Tokens of rollouts."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One run."""

    samplers: int
    learners: int
    lead: int
    rollouts: int
    deaths: float
    """Of one process, in an hour."""
    restart_s: float


def main() -> None:
    options = parse()
    parts = measured(options) if options.measure else read(options.parts)
    rows: list[list[object]] = []
    found: list[dict[str, float]] = []
    for lead in LEADS:
        alone = run(parts, setting(options, 1, lead))["step_s"]
        for samplers in SAMPLERS:
            told = run(parts, setting(options, samplers, lead))
            gain = alone / told["step_s"]
            found.append({"lead": lead, "samplers": samplers, "gain": gain, **told})
            rows.append([lead, samplers, f"{told['step_s']:.2f}", f"{gain:.1f}",
                         f"{told['idle_samplers']:.0%}", f"{told['idle_learner']:.0%}",
                         f"{told['lost']:.1%}"])  # fmt: skip
    show(
        f"{parts.model}, {options.rollouts} rollouts a step, {options.learners} learners,"
        f" {options.deaths:g} deaths of a process an hour",
        ["lead", "samplers", "step, s", "times as fast", "samplers idle", "learner idle",
         "lost to failures"],
        rows,
    )  # fmt: skip
    show("published", ["run", "workers", "speed of each"],
         [[what, f"x {times}", f"{share:.0%}"] for what, times, share in PUBLISHED])  # fmt: skip
    result = {"benchmark": "scale", "parts": asdict(parts), "steps": found, **vars(options)}
    if options.out:
        options.out.write_text(json.dumps(result, indent=1, default=str) + "\n")
    finish({"benchmark": "scale", "model": parts.model, "settings": len(found)})


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", type=Path, help="take the parts of this file")
    parser.add_argument("--measure", action="store_true", help="measure them on this machine")
    parser.add_argument("--model", default="mini")
    parser.add_argument("--run", type=Path, help="a run whose rollouts' lengths are drawn")
    parser.add_argument("--rollouts", type=int, default=512, help="of a step")
    parser.add_argument("--learners", type=int, default=1)
    parser.add_argument("--deaths", type=float, default=0.01, help="of a process, in an hour")
    parser.add_argument("--restart", type=float, default=30.0, help="seconds")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if not options.measure and options.parts is None:
        parser.error("give --parts, or --measure")
    return options


def setting(options: argparse.Namespace, samplers: int, lead: int) -> Setting:
    return Setting(samplers=samplers, learners=options.learners, lead=lead,
                   rollouts=options.rollouts, deaths=options.deaths,
                   restart_s=options.restart)  # fmt: skip


def read(path: Path) -> Parts:
    parts = json.loads(path.read_text())["parts"]
    return Parts(**parts | {"lengths": tuple(parts["lengths"])})


# ---------------------------------------------------------------- the simulation


def run(parts: Parts, own: Setting) -> Mapping[str, float]:
    """Return the mean seconds of a step, and the shares of idle and of lost time."""
    rng = random.Random(f"{own}")
    sampled, updated, ready = 0.0, 0.0, {0: 0.0}
    busy_samplers = busy_learner = lost = 0.0
    done = since_checkpoint = 0
    while done < STEPS:
        begin = max(sampled, ready[max(0, done - own.lead)])
        seconds, work, again = sample(parts, own, rng)
        sampled = begin + seconds
        learn_s = parts.learn_s * statistics.fmean(parts.lengths) * own.rollouts / own.learners
        start = max(sampled, updated)
        if died(rng, own.deaths * own.learners, start + learn_s - updated):
            back = own.restart_s + since_checkpoint * (start + learn_s) / max(1, done)
            lost, start = lost + back, start + back
            sampled = start
        updated = start + learn_s + parts.sync_s
        busy_samplers, busy_learner = busy_samplers + work, busy_learner + learn_s
        lost += again
        done += 1
        since_checkpoint = (since_checkpoint + 1) % CHECKPOINT_EVERY
        ready[done] = updated
    return {
        "step_s": updated / STEPS,
        "idle_samplers": 1 - busy_samplers / own.samplers / updated,
        "idle_learner": 1 - busy_learner / updated,
        "lost": lost / updated,
    }


def sample(parts: Parts, own: Setting, rng: random.Random) -> tuple[float, float, float]:
    """Return the seconds until all samplers are done, those of all together, and those lost."""
    lengths = rng.choices(parts.lengths, k=own.rollouts)
    times, lost = list[float](), 0.0
    for sampler in range(own.samplers):
        rows = lengths[sampler :: own.samplers]
        if not rows:
            continue
        seconds = max(rows) * parts.step_s + sum(rows) * parts.row_s
        if died(rng, own.deaths, seconds):
            again = own.restart_s + seconds * rng.random()
            seconds, lost = seconds + again, max(lost, again)
        times.append(seconds)
    return max(times), sum(times), lost


def died(rng: random.Random, deaths: float, seconds: float) -> bool:
    """Return whether a process dies within some seconds, at `deaths` an hour."""
    return rng.expovariate(1.0) < deaths * seconds / 3600


# ---------------------------------------------------------------- the parts


def measured(options: argparse.Namespace) -> Parts:
    """Measure the parts on this machine."""
    import torch

    from cogitate import models
    from cogitate.hardware import processor
    from cogitate.update.learner import LocalLearner

    decoder = models.load(options.model, dtype=torch.bfloat16).decoder
    step_s, row_s = decoding(decoder)
    learner = LocalLearner(decoder)
    learn_s = learning(learner, decoder.arch.vocab_size)
    return Parts(model=options.model, processor=processor(), step_s=step_s, row_s=row_s,
                 learn_s=learn_s, sync_s=syncing(decoder),
                 lengths=tuple(lengths(options.run)))  # fmt: skip


def decoding(decoder) -> tuple[float, float]:
    """Return a and c of a + c b, the seconds of a decoding step with b rows (least squares)."""
    from cogitate.rollout.local import LocalSampler
    from cogitate.thinking.machine import Markers
    from cogitate.types import Budget, Request

    sampler = LocalSampler(decoder, Markers(), rows=max(ROWS_TRIED))
    steps: list[float] = []
    for rows in ROWS_TRIED:
        prompt, budget = tuple(range(8, 8 + PROMPT_TOKENS)), Budget(answer=NEW_TOKENS)
        asked = [Request(prompt=prompt, budget=budget, seed=i) for i in range(rows)]
        short = [Request(prompt=prompt, budget=Budget(answer=1), seed=i) for i in range(rows)]
        for _ in range(2):  # the first warms up
            start = time.perf_counter()
            sampler.sample(asked)
            middle = time.perf_counter()
            sampler.sample(short)
            seconds = 2 * middle - start - time.perf_counter()
        steps.append(max(0.0, seconds) / (NEW_TOKENS - 1))
    fit = statistics.linear_regression(ROWS_TRIED, steps)
    return max(0.0, fit.intercept), max(0.0, fit.slope)


def learning(learner, size: int) -> float:
    """Return the seconds of an update for each completion token."""
    from cogitate.types import Datum

    rng = random.Random(0)
    data = [
        [
            Datum(prompt=tuple(range(8, 8 + PROMPT_TOKENS)),
                  completion=tuple(rng.randrange(8, size) for _ in range(NEW_TOKENS)),
                  weights=(0.1,) * NEW_TOKENS)
            for _ in range(8)
        ]
        for _ in range(4)
    ]  # fmt: skip
    for _ in range(2):
        start = time.perf_counter()
        learner.forward_backward(data)
        learner.optim_step(0.0)
        seconds = time.perf_counter() - start
    return seconds / sum(len(datum.completion) for group in data for datum in group)


def syncing(decoder) -> float:
    """Return the seconds of putting the weights into Ray's store, and of loading them from it."""
    import ray

    from cogitate.models import weights

    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        start = time.perf_counter()
        found = ray.get(ray.put(weights.learned(decoder, 0)))
        weights.load(decoder, found)
        return time.perf_counter() - start
    finally:
        ray.shutdown()


def lengths(path: Path | None) -> Iterator[int]:
    """Yield the tokens of a run's rollouts; without a run, of a skewed distribution."""
    if path is None:
        rng = random.Random(0)
        yield from (min(512, 1 + int(rng.lognormvariate(4.0, 0.8))) for _ in range(1000))
        return
    for file in sorted((path / "rollouts").glob("*.jsonl")):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            yield int(record["thought_tokens"] + record["answer_tokens"])


if __name__ == "__main__":
    main()
