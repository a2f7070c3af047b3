"""The common part of the benchmarks: workers, prompts, rewards, operation counts, the report.

It needs only the standard library and `tokenizers`, to run under any contender's interpreter.
A contender is a script of `competitors/` in a process of its own. The parent writes one JSON
line to its standard input, the worker does one piece of work and answers with one JSON line.
Contenders take turns, so that a drift of the machine affects all of them.
"""

import argparse
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
LORA_ALPHA = 32
"""Of adapters, whatever their rank."""


# ---------------------------------------------------------------- the worker's side


class Channel:
    """A worker's connection to the parent; all other output goes to its log."""

    def __init__(self) -> None:
        """Take standard output for answers alone; options come as the first argument."""
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        self.options: dict[str, Any] = json.loads(sys.argv[1])

    def receive(self) -> dict[str, Any] | None:
        """Wait for a command; None once the parent is done."""
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    def send(self, **values: Any) -> None:
        """Answer."""
        self._answers.write(json.dumps(values) + "\n")
        self._answers.flush()

    def serve(self, work: Callable[..., Mapping[str, Any]]) -> None:
        """Say ready, then answer each command with `work(**command)`, which takes the time."""
        self.send(ready=True)
        while (command := self.receive()) is not None:
            wake()
            self.send(**work(**command))


def wake() -> None:
    """Read every large tensor of this process once, before the clock starts.

    The system may reclaim idle memory, as a contender's is while others have their turn. The cost
    of paging it in should not count.
    """
    import torch

    # By type(): isinstance would wake lazily imported modules too.
    found = [thing for thing in gc.get_objects() if issubclass(type(thing), torch.Tensor)]
    for tensor in found:
        if tensor.layout is torch.strided and tensor.numel() > 100_000:
            tensor.detach().sum()


# ---------------------------------------------------------------- the parent's side


class Worker:
    """One contender in its own process."""

    def __init__(
        self, script: str, options: Mapping[str, Any], *, python: str = sys.executable
    ) -> None:
        """Start `competitors/script` and wait until it has loaded what it needs."""
        self._script = script
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  (as long as the process)
        threads = str(options["threads"])
        env = os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads,
                            "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}  # fmt: skip
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(BENCH), env.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [python, str(BENCH / "competitors" / script), json.dumps(options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, env=env,
        )  # fmt: skip
        self._answer()

    def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.communicate()
        self._log.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        self._process.communicate()
        self._log.seek(0)
        log = self._log.read()[-3000:]
        self._log.close()
        raise SystemExit(f"{self._script} stopped; the end of its log:\n{log}")


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return the options that every benchmark has."""
    options = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--model", default="smollm2-135m", help="alias, hub name or folder")
    options.add_argument("--rounds", type=int, default=3, help="the median of these counts")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--prompt-tokens", type=int, default=60)
    options.add_argument("--new-tokens", type=int, default=64)
    options.add_argument(
        "--competitor-python", default=sys.executable, metavar="PATH",
        help="interpreter that has the extra `bench`",
    )  # fmt: skip
    return options


def parser_with_questions(description: str | None) -> argparse.ArgumentParser:
    """Return `parser`'s options, and whether real questions are asked."""
    options = parser(description)
    options.add_argument(
        "--questions", metavar="FAMILIES",
        help="use questions of these families; rollouts end where the model ends them, after"
        " --new-tokens at most, as a rule 296 (the recipe mini's thought and answer)",
    )  # fmt: skip
    options.set_defaults(new_tokens=None)
    return options


def resolved(options: argparse.Namespace) -> argparse.Namespace:
    """Return the options with the number of new tokens that goes with what is asked."""
    if options.new_tokens is None:
        options.new_tokens = 64 if options.questions is None else 296
    return options


def save_weights(model: str, folder: Path) -> None:
    """Write the model once in Hugging Face format: every contender reads these very weights."""
    script = BENCH / "competitors" / "weights.py"
    subprocess.run([sys.executable, str(script), model, str(folder)], check=True)


def prompts_for(options: argparse.Namespace, folder: Path, num_prompts: int) -> list[str]:
    """Return the prompts that were asked for: of one length, or real questions."""
    if options.questions is None:
        return make_prompts(folder, num_prompts, options.prompt_tokens, options.seed)
    command = [sys.executable, str(BENCH / "competitors" / "questions.py"), options.model]
    command += [options.questions, str(num_prompts), str(options.seed)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def token_ids(folder: Path, prompts: Sequence[str]) -> list[list[int]]:
    """Return the tokens of each prompt, which every contender has to agree with."""
    import tokenizers

    encode = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")).encode
    return [encode(prompt).ids for prompt in prompts]


def workload(options: argparse.Namespace) -> str:
    """Say what is asked, for a table's head."""
    if options.questions is None:
        return f"{options.prompt_tokens} prompt and {options.new_tokens} new tokens"
    return f"questions of {options.questions}, {options.new_tokens} new tokens at most"


def make_prompts(folder: Path, num_prompts: int, num_tokens: int, seed: int) -> list[str]:
    """Return different chat prompts of exactly `num_tokens` tokens each."""
    import tokenizers

    encode = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")).encode
    start = "<|im_start|>user\nWhat is the sum of these numbers?"
    end = "<|im_end|>\n<|im_start|>assistant\n"
    source = random.Random(seed)
    prompts: list[str] = []
    while len(prompts) < num_prompts:
        question = start
        while len(encode(question + end).ids) < num_tokens:
            question += f" {source.randint(1, 9999)}"
        if len(encode(question + end).ids) == num_tokens:
            prompts.append(question + end)
    return prompts


def make_rewards(seed: int, step: int, num_groups: int, group_size: int) -> list[list[float]]:
    """Return rewards of 0 and 1 in which every group has both."""
    source = random.Random(f"{seed} {step}")
    rewards = []
    for _ in range(num_groups):
        ones = source.randint(1, group_size - 1)
        group = [1.0] * ones + [0.0] * (group_size - ones)
        source.shuffle(group)
        rewards.append(group)
    return rewards


# ---------------------------------------------------------------- useful arithmetic

PREFILL_ROWS = 512
"""Most rows at which the products of prompts are measured; more are no faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """A decoder's matrices as [inputs, outputs], from its config.json."""

    layers: dict[str, tuple[int, int]]
    """The four of one layer."""
    head: tuple[int, int]
    num_layers: int
    attention_width: int
    """Columns of all query heads."""

    @classmethod
    def read(cls, folder: Path) -> "Sizes":
        """Read a Hugging Face folder."""
        config = json.loads((folder / "config.json").read_text())
        width, heads = config["hidden_size"], config["num_attention_heads"]
        head_width = config.get("head_dim") or width // heads
        q, kv = heads * head_width, config["num_key_value_heads"] * head_width
        mlp = config["intermediate_size"]
        return cls(
            layers={"qkv": (width, q + 2 * kv), "out": (q, width),
                    "gate_up": (width, 2 * mlp), "down": (mlp, width)},
            head=(width, config["vocab_size"]),
            num_layers=config["num_hidden_layers"],
            attention_width=q,
        )  # fmt: skip

    def multiplications(self, body_rows: int, head_rows: int) -> int:
        """Weights met by so many rows."""
        layer = sum(k * n for k, n in self.layers.values())
        return body_rows * self.num_layers * layer + head_rows * self.head[0] * self.head[1]

    def attention(self, first: int, last: int) -> int:
        """Multiplications of one sequence's positions first..last (from 1): scores and mix."""
        seen = (first + last) * (last - first + 1) // 2
        return 2 * self.num_layers * self.attention_width * seen


def machine_seconds(
    sizes: Sizes, measured: Mapping[str, float], rows: int, useful: tuple[int, int, int]
) -> float:
    """Return the seconds that useful work takes at the machine's own matmul speed.

    `measured`: what `competitors/matmul.py` took for `rows` rows through each kind of matrix.
    `useful`: rows through the layers, rows through the head, multiplications of attention; the
    last are charged at the mean speed of the others. A benchmark's share of the machine's
    speed is this over what it took; padding, copied prompts and idle rows are not useful.
    """
    body_rows, head_rows, attention = useful
    body = sum(measured[kind] for kind in sizes.layers)
    total = body + measured["head"]
    return (
        body * body_rows / rows
        + measured["head"] * head_rows / rows
        + total * attention / sizes.multiplications(rows, rows)
    )


# ---------------------------------------------------------------- the report


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table."""
    cells = [[f"{c:.4g}" if isinstance(c, float) else str(c) for c in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    print(f"\n{title}")
    for row in [list(header), *cells]:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def finish(result: Mapping[str, Any]) -> None:
    """Print the JSON line."""
    print("\n" + json.dumps(result), flush=True)
