"""One step of reinforcement learning against TRL's GRPOTrainer.

64 rollouts of exactly 64 new tokens (8 groups of 8, end-of-text ignored), a seeded reward that
gives every group signal, one full fine-tuning update, no KL, no gradient checkpointing. Each
contender reads the same weights and prompts and runs in a process of its own; they take turns.
TRL's bf16 is the faster of its two: weights in bf16 (`trl_bf16`) or autocast (`trl_amp`).

With `--lora-rank`, both sides train adapters of that rank, with alpha 32, on every matrix of the
layers (TRL those of PEFT), and sample with them unmerged. With `--one-at-a-time`, a contender is
started and warmed up for each of its turns, where memory does not hold all of them.

With `--questions`, a model that was trained on them answers real questions, and its rollouts end
where it ends them. Most are short; TRL by default samples until the longest is done, and pads all
to its length. Steps then learn from different numbers of tokens, which are shown; ratios are of
seconds.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import measure

CONTENDERS = ("ours_fp32", "ours_bf16", "trl_fp32", "trl_bf16")
AMP = "trl_amp"
"""Runs only if it is named, or with adapters."""


def main() -> None:
    options = parse(None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "model"
        measure.save_weights(options.model, folder)
        prompts = measure.prompts_for(options, folder, options.groups)
        times = take_turns(lambda name: start(name, folder, prompts, options), options)
    report(times, options)


def parse(arguments: list[str] | None):
    parser = measure.parser_with_questions(__doc__)
    parser.add_argument("--groups", type=int, default=8)
    parser.add_argument("--group-size", type=int, default=8)
    parser.add_argument("--lora-rank", type=int, default=0, help="of adapters; 0 trains all")
    parser.add_argument("--contenders", nargs="+", choices=[*CONTENDERS, AMP])
    parser.add_argument("--one-at-a-time", action="store_true", help="in memory")
    parser.add_argument("--trl-micro-batch", type=int, default=8, help="its fastest here")
    parser.add_argument("--warm-up-tokens", type=int, default=16, help="of the uncounted step")
    parser.add_argument("--steps", type=int, default=1, help="in each turn, as in training")
    options = measure.resolved(parser.parse_args(arguments))
    options.contenders = options.contenders or [*CONTENDERS, *[AMP] * bool(options.lora_rank)]
    return options


def start(name: str, folder: Path, prompts: list[str], options) -> measure.Worker:
    """Return a contender that is warmed up by a step that does not count."""
    side, dtype = name.split("_")
    settings = {
        "dtype": dtype,
        "folder": str(folder),
        "prompts": prompts,
        "prompt_ids": measure.token_ids(folder, prompts),
        "group_size": options.group_size,
        "ends": options.questions is not None,
        "new_tokens": options.new_tokens,
        "lora_rank": options.lora_rank,
        "micro_batch": min(options.trl_micro_batch, options.groups * options.group_size),
        "threads": options.threads,
        "seed": options.seed,
    }
    script = "cogitate_step.py" if side == "ours" else "trl_step.py"
    python = sys.executable if side == "ours" else options.competitor_python
    worker = measure.Worker(script, settings, python=python)
    worker.ask(new_tokens=options.warm_up_tokens)
    return worker


def take_turns(begin: Callable[[str], measure.Worker], options) -> dict[str, list[dict]]:
    """Return what each contender answered in each step."""
    kept = {} if options.one_at_a_time else {name: begin(name) for name in options.contenders}
    times: dict[str, list[dict]] = {name: [] for name in options.contenders}
    for number in range(options.rounds):
        for name in options.contenders:
            worker = kept.get(name) or begin(name)
            for _ in range(options.steps):
                answer = worker.ask(new_tokens=options.new_tokens)
                times[name].append(answer)
                print(f"round {number + 1}  {name:10} {answer['seconds']:7.2f} s", flush=True)
            if options.one_at_a_time:
                worker.close()
    for worker in kept.values():
        worker.close()
    return times


def ratios(seconds: dict[str, float]) -> dict[str, float]:
    """Return the ratios that the contenders present allow."""
    ours = [value for name, value in seconds.items() if name.startswith("ours")]
    trl = [value for name, value in seconds.items() if name.startswith("trl")]
    found = {}
    if {"ours_fp32", "trl_fp32"} <= set(seconds):
        found["ratio_fp32"] = seconds["trl_fp32"] / seconds["ours_fp32"]
    if ours and trl:
        found["ratio_best"] = min(trl) / min(ours)
    if ours and "trl_fp32" in seconds:
        found["trl_fp32_over_ours_best"] = seconds["trl_fp32"] / min(ours)
    return found


def report(times: dict[str, list[dict]], options) -> None:
    """Print the table and the JSON line."""
    tokens = {name: [a["learned_tokens"] for a in answers] for name, answers in times.items()}
    max_tokens = options.groups * options.group_size * options.new_tokens
    assert options.questions or all(set(counts) == {max_tokens} for counts in tokens.values())
    learned = {name: measure.median(counts) for name, counts in tokens.items()}
    seconds = {n: measure.median(a["seconds"] for a in answers) for n, answers in times.items()}
    parts = {
        name: {key: measure.median(a[key] for a in answers) for key in ("rollout_s", "update_s")}
        for name, answers in times.items()
        if name.startswith("ours")
    }
    measure.show(
        f"one step: {options.groups} x {options.group_size} rollouts, {measure.workload(options)},"
        f" {options.threads} threads, median of {options.rounds * options.steps}",
        ("contender", "seconds", "rollout", "update", "tokens", "tokens/s", "all steps"),
        [
            (name, value, *(parts.get(name, {}).values() or ("-", "-")), learned[name],
             learned[name] / value,
             " ".join(f"{answer['seconds']:.2f}" for answer in times[name]))
            for name, value in seconds.items()
        ],
    )  # fmt: skip
    measure.finish(
        {"benchmark": "rl_step", **ratios(seconds), "seconds": seconds, "parts": parts,
         "rounds": {name: [a["seconds"] for a in answers] for name, answers in times.items()},
         "learned_tokens": learned, "model": options.model, "lora_rank": options.lora_rank,
         "threads": options.threads, "seed": options.seed}
    )  # fmt: skip


if __name__ == "__main__":
    main()
