"""Sampling speed against transformers' generate, and against the machine's own matmuls.

Tokens per second count new tokens only; the time includes the prompts. Prompts come in groups of 8,
as in training (`grouped`), or each sequence has its own (`own`); generate is measured on both. The
order alternates by round; a batch of one is the same in both ways, and is measured once. No
speculation, temperature 1, full support, 64 new tokens. With `--questions`, a model that was
trained on them answers real questions, and its rollouts end where it ends them; some are short,
and generate continues until the longest is done.

The share of the machine's speed is the time of the useful products alone, divided by the time
taken. Useful are: each different prompt once through the layers; each new token once through the
head, and all but the last once through the layers; attention to the tokens before. The products'
time is measured in the same run (`competitors/matmul.py`): each of the model's matrices at the
batch's number of rows, in the model's order, so that the weights of all layers come from memory,
in torch's fastest layout. It is a time-weighted mean over the model's own shapes. With
`--questions` it is omitted, since lengths are not known in advance.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import measure
from measure import PREFILL_ROWS, Sizes

GROUP_SIZE = 8
NAMES = {
    ("ours", "grouped"): "grouped",
    ("ours", "own"): "own",
    ("generate", "own"): "generate",
    ("generate", "grouped"): "generate_grouped",
}
"""Contender and way -> the beginning of keys."""


def main() -> None:
    options = parse(None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "model"
        measure.save_weights(options.model, folder)
        sizes = Sizes.read(folder)
        prompts = measure.prompts_for(options, folder, max(options.batches))
        results = {
            dtype: one_dtype(dtype, folder, sizes, prompts, options) for dtype in options.dtypes
        }
    report(results, options)


def parse(arguments: list[str] | None):
    parser = measure.parser_with_questions(__doc__)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 64, 256])
    parser.add_argument("--dtypes", nargs="+", default=["bf16"], choices=["fp32", "bf16"])
    parser.add_argument("--alone", action="store_true", help="leave generate out")
    return measure.resolved(parser.parse_args(arguments))


def one_dtype(dtype: str, folder: Path, sizes: Sizes, prompts: list[str], options) -> dict:
    """Return, for each batch, the medians of all rounds."""
    settings = {
        "dtype": dtype,
        "folder": str(folder),
        "threads": options.threads,
        "ends": options.questions is not None,
    }
    workers = {"ours": measure.Worker("cogitate_rollout.py", settings)}
    if not options.alone:
        workers["generate"] = measure.Worker(
            "transformers_generate.py", settings, python=options.competitor_python
        )
    machine = measure.Worker("matmul.py", settings)
    rounds: dict[int, list[dict[str, float]]] = {batch: [] for batch in options.batches}
    for number in range(-1, options.rounds):
        for batch in options.batches:
            new_tokens = options.new_tokens if number >= 0 else 4
            seed = number + options.seed + 1
            rest = {"new_tokens": new_tokens, "seed": seed}
            answer = one_batch(workers, ways(batch, prompts), rest, backwards=number % 2 == 1)
            if number >= 0:
                if options.questions is None:
                    answer |= machine_time(machine, sizes, batch, options)
                rounds[batch].append(answer)
                print(f"round {number + 1}  {dtype}  batch {batch:3} ", brief(answer), flush=True)
    for worker in [*workers.values(), machine]:
        worker.close()
    return {
        batch: {key: measure.median(a[key] for a in answers) for key in answers[0]}
        for batch, answers in rounds.items()
    }


def ways(batch: int, prompts: list[str]) -> dict[str, dict[str, Any]]:
    """Return how a batch is asked for: in groups, and with a prompt each if that is another way."""
    size = min(GROUP_SIZE, batch)
    sizes = {"grouped": size} if size == 1 else {"grouped": size, "own": 1}
    return {way: {"prompts": prompts[: batch // size], "group_size": size}
            for way, size in sizes.items()}  # fmt: skip


def one_batch(
    workers: Mapping[str, measure.Worker],
    asked: Mapping[str, Mapping[str, Any]],
    rest: Mapping[str, int],
    *,
    backwards: bool,
) -> dict[str, float]:
    """Return each contender's seconds and new tokens a second for one batch, in turn.

    A batch that is the same in both ways has the same numbers in both.
    """
    turns = [(contender, way) for contender in workers for way in asked]
    answers = {
        (contender, way): workers[contender].ask(**asked[way], **rest)
        for contender, way in turns[:: -1 if backwards else 1]
    }
    found: dict[str, float] = {}
    for (contender, way), name in NAMES.items():
        answer = answers.get((contender, way)) or answers.get((contender, "grouped"))
        if answer is not None:
            found[f"{name}_s"] = answer["seconds"]
            found[f"{name}_tokens_per_s"] = answer["tokens"] / answer["seconds"]
    return found


def machine_time(machine: measure.Worker, sizes: Sizes, batch: int, options) -> dict[str, float]:
    """Return the seconds that the useful products of one batch take alone."""
    prompt, new = options.prompt_tokens, options.new_tokens
    decode = measure.machine_seconds(
        sizes,
        machine.ask(rows=batch, passes=1),
        batch,
        (batch * (new - 1), batch * new, batch * sizes.attention(prompt + 1, prompt + new - 1)),
    )

    def prefill(num_prompts: int) -> float:
        rows = min(num_prompts * prompt, PREFILL_ROWS)
        useful = (num_prompts * prompt, 0, num_prompts * sizes.attention(1, prompt))
        return measure.machine_seconds(sizes, machine.ask(rows=rows, passes=1), rows, useful)

    grouped = batch // min(GROUP_SIZE, batch)
    seconds = {number: decode + prefill(number) for number in {grouped, batch}}
    return {"machine_grouped_s": seconds[grouped], "machine_own_s": seconds[batch]}


def brief(answer: dict[str, float]) -> str:
    return "  ".join(f"{key} {value:.2f}" for key, value in answer.items())


def summary(medians: dict[str, float]) -> dict[str, float]:
    """Return speeds, ratios and shares of one batch."""
    found = {name: value for name, value in medians.items() if name.endswith("tokens_per_s")}
    shares = {"grouped": "grouped", "own": "own", "generate": "own"}
    for name, machine in shares.items():
        if f"{name}_s" in medians and f"machine_{machine}_s" in medians:
            found[f"{name}_share"] = medians[f"machine_{machine}_s"] / medians[f"{name}_s"]
    for way, theirs in {"grouped": "generate_grouped", "own": "generate"}.items():
        if f"{theirs}_s" in medians:
            found[f"{way}_ratio"] = found[f"{way}_tokens_per_s"] / found[f"{theirs}_tokens_per_s"]
    return found


def report(results: dict[str, dict[int, dict[str, float]]], options) -> None:
    """Print a table for each dtype and the JSON line."""
    summaries = {
        dtype: {batch: summary(medians) for batch, medians in batches.items()}
        for dtype, batches in results.items()
    }
    columns = (
        "grouped_tokens_per_s", "own_tokens_per_s", "generate_tokens_per_s", "grouped_ratio",
        "own_ratio", "grouped_share", "own_share", "generate_share",
    )  # fmt: skip
    for dtype, batches in summaries.items():
        measure.show(
            f"sampling, {dtype}, {options.threads} threads, {measure.workload(options)}, median"
            f" of {options.rounds}; share: of the machine's matmul speed",
            ("batch", *(column.replace("tokens_per_s", "tok/s") for column in columns)),
            [(batch, *(row.get(c, "-") for c in columns)) for batch, row in batches.items()],
        )
    measure.finish(
        {"benchmark": "rollout", **summaries, "seconds": results, "model": options.model,
         "threads": options.threads, "rounds": options.rounds, "seed": options.seed}
    )  # fmt: skip


if __name__ == "__main__":
    main()
