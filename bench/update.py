"""Speed of the update: groups packed as trees against every rollout with its own prompt.

Tokens per second count the learned tokens (64 of each rollout). The share of the machine's speed is
the time of the useful products alone, divided by the time of the whole update: forward, backward
and optimizer step (`forward_backward_share` is without the optimizer). Useful are 6 operations for
each weight and token: each prompt once and each token of a rollout through the layers, each learned
token through the head, and attention to the tokens before. Copies of a prompt are thus waste. The
products' time is measured in the same run (`competitors/matmul.py`): the model's own matrices in
the model's order, forward and both gradients, at the rows of one group or of four, whichever is
faster.
"""

import tempfile
from pathlib import Path

import measure
from measure import Sizes


def main() -> None:
    options = parse(None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "model"
        measure.save_weights(options.model, folder)
        sizes = Sizes.read(folder)
        prompts = measure.make_prompts(folder, options.groups, options.prompt_tokens, options.seed)
        results = {
            dtype: one_dtype(dtype, folder, sizes, prompts, options) for dtype in options.dtypes
        }
    report(results, options)


def parse(arguments: list[str] | None):
    parser = measure.parser(__doc__)
    parser.add_argument("--groups", type=int, default=8)
    parser.add_argument("--group-size", type=int, default=8)
    parser.add_argument("--dtypes", nargs="+", default=["bf16"], choices=["fp32", "bf16"])
    return parser.parse_args(arguments)


def one_dtype(dtype: str, folder: Path, sizes: Sizes, prompts: list[str], options) -> dict:
    """Return the medians of all rounds."""
    settings = {
        "dtype": dtype,
        "folder": str(folder),
        "threads": options.threads,
        "seed": options.seed,
    }
    ours, machine = (measure.Worker(f"{n}.py", settings) for n in ("cogitate_update", "matmul"))
    rounds: list[dict[str, float]] = []
    for number in range(-1, options.rounds):
        groups = prompts if number >= 0 else prompts[:1]
        answer: dict[str, float] = {}
        for way in ("packed", "unpacked"):
            got = ours.ask(
                prompts=groups,
                group_size=options.group_size,
                new_tokens=options.new_tokens,
                layout=way,
            )
            answer |= {f"{way}_{key}": value for key, value in got.items()}
        if number >= 0:
            answer["machine_s"] = machine_time(machine, sizes, options)
            rounds.append(answer)
            print(f"round {number + 1}  {dtype} ", brief(answer), flush=True)
    ours.close()
    machine.close()
    return {key: measure.median(answer[key] for answer in rounds) for key in rounds[0]}


def machine_time(machine: measure.Worker, sizes: Sizes, options) -> float:
    """Return the seconds that the useful products of one update take alone."""
    prompt, new = options.prompt_tokens, options.new_tokens
    num_rollouts = options.groups * options.group_size
    useful = (
        options.groups * prompt + num_rollouts * new,
        num_rollouts * new,
        options.groups * sizes.attention(1, prompt)
        + num_rollouts * sizes.attention(prompt + 1, prompt + new),
    )
    group_rows = prompt + options.group_size * new
    return min(
        measure.machine_seconds(sizes, machine.ask(rows=rows, passes=3), rows, useful)
        for rows in (group_rows, 4 * group_rows)
    )


def brief(answer: dict[str, float]) -> str:
    return "  ".join(f"{key} {value:.2f}" for key, value in answer.items())


def summary(medians: dict[str, float], learned: int) -> dict[str, float]:
    """Return speeds and shares, and the gain of packing."""
    found = {"packing_ratio": medians["unpacked_seconds"] / medians["packed_seconds"]}
    for way in ("packed", "unpacked"):
        found[f"{way}_tokens_per_s"] = learned / medians[f"{way}_seconds"]
        found[f"{way}_share"] = medians["machine_s"] / medians[f"{way}_seconds"]
        computing = medians[f"{way}_forward_backward_s"]
        found[f"{way}_forward_backward_share"] = medians["machine_s"] / computing
    return found


def report(results: dict[str, dict[str, float]], options) -> None:
    """Print the table and the JSON line."""
    learned = options.groups * options.group_size * options.new_tokens
    summaries = {dtype: summary(medians, learned) for dtype, medians in results.items()}
    keys = ("seconds", "forward_backward_s", "tokens_per_s", "share", "forward_backward_share")
    measure.show(
        f"update of {options.groups} x {options.group_size} rollouts,"
        f" {options.prompt_tokens} prompt and {options.new_tokens} new tokens,"
        f" {options.threads} threads, median of {options.rounds};"
        " share: of the machine's matmul speed",
        ("dtype", "layout", *keys),
        [
            (dtype, way, *((results[dtype] | found)[f"{way}_{key}"] for key in keys))
            for dtype, found in summaries.items()
            for way in ("packed", "unpacked")
        ],
    )
    measure.finish(
        {"benchmark": "update", **summaries, "seconds": results, "model": options.model,
         "threads": options.threads, "rounds": options.rounds, "seed": options.seed}
    )  # fmt: skip


if __name__ == "__main__":
    main()
