"""HumanEval, zero-shot: how many problems this engine and llama.cpp solve from one GGUF file.

    python bench/humaneval.py --model qwen2.5-coder-0.5b --llama-server build/bin/llama-server \
        --out greedy.jsonl
    python bench/humaneval.py --begun --out begun.jsonl
    python bench/humaneval.py --begun --model coder --against begun.jsonl --out coder.jsonl
    python bench/humaneval.py --model runs/coder --samples 8 --temperature 0.8 --out sampled.jsonl

The model is multiplied and asked as `cogitate serve` does by default; with `--begun` each answer
starts with the words with which EvalPlus starts it. llama.cpp gets the same file, and the same
prompts as token ids. An answer ends with its first block of code, as EvalPlus's, and has at most
`--answer` tokens; ours is also cut off where it repeats. The family `humaneval` judges all of them.
Each answer is a line of the file `--out`; what is there is not asked again, so that a run that was
stopped goes on. A file with answers of another model or of other settings is refused. With
`--against`, a file of another model and the same settings, our shares are paired with that one's.

pass@k is the unbiased estimate from n samples (arXiv 2107.03374), its interval is over problems.
"""

import argparse
import math
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import httpx2 as httpx

import clients
import serve
from cogitate.evaluate.intervals import Interval
from cogitate.prompt import answer_text, prompt_tokens
from cogitate.rollout.episodes import budget_of
from cogitate.runs.opening import LoadedModel, load
from cogitate.tasks.families.code.humaneval import HumanEval
from cogitate.types import Budget, End, Request, Rollout, Task
from cogitate.verify.judge import judge_later
from contenders import Flags, Llama, Role, place_of
from measure import finish, show
from rows import Row, add, difference, named, read, settled, share

OURS, THEIRS = "cogitate", "llama.cpp"
BEGINNING = (
    "Below is a Python script with a self-contained function that solves the problem and passes"
    " corresponding tests:\n```python\n"
)
"""Of EvalPlus's `make_raw_chat_prompt`."""
END_OF_BLOCK = "\n```\n"
"""Where llama.cpp stops, as EvalPlus; in the reply as the model begins it also at a bare fence."""
SETTINGS: Row = {
    "model": "qwen2.5-coder-0.5b", "begun": False, "temperature": 0.0, "answer": 1024
}  # fmt: skip
"""Options that the rows of a file have in common, with their defaults."""
SECONDS = 60.0
"""Most for one verdict, on a busy machine too."""


def main() -> None:
    """Ask what is missing, judge what is not judged, and print shares with their intervals."""
    options = parse()
    family, sides = HumanEval(), [OURS, THEIRS] if options.llama_server else [OURS]
    tasks = {
        task.metadata["problem"]: task
        for task in (family.generate("test", i) for i in range(options.limit))
    }
    wanted = [row(side, problem, sample) for side in sides for problem in tasks
              for sample in range(options.samples)]  # fmt: skip
    settings, done = settled(options, SETTINGS, older), read(options.out)
    missing = [one | settings for one in wanted if one["name"] not in done]
    if missing:
        ask(options, tasks, missing)
    done = read(options.out)
    judge(options.out, family, tasks, [done[one["name"]] for one in wanted])
    done = read(options.out)
    report(options, sides, [done[one["name"]] for one in wanted])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="alias, GGUF file or run")
    parser.add_argument("--llama-server", metavar="PATH", help="also ask llama.cpp")
    parser.add_argument("--begun", action="store_true", help="start answers as EvalPlus does")
    parser.add_argument("--samples", type=int, default=1, help="of each problem")
    parser.add_argument("--temperature", type=float)
    parser.add_argument("--answer", type=int, help="most tokens of an answer")
    parser.add_argument("--rows", type=int, default=16, help="answers at a time")
    parser.add_argument("--limit", type=int, default=164, help="ask only so many problems")
    parser.add_argument("--against", type=Path, metavar="FILE", help="rows of another model")
    parser.add_argument("--out", type=Path, required=True)
    parser.set_defaults(**SETTINGS)
    return parser.parse_args()


def row(side: str, problem: str, sample: int) -> Row:
    """Return what a row is about."""
    name = f"{side} {problem} {sample}"
    return {"name": name, "side": side, "problem": problem, "sample": sample}


def older(row: Row) -> Row:
    """Return the settings that an answer shows: how it begins, and that one of several is drawn."""
    drawn = {"temperature": "unknown"} if row["sample"] else {}
    return {"begun": row["text"].startswith(BEGINNING)} | drawn


# ---------------------------------------------------------------- answers


def ask(options: argparse.Namespace, tasks: Mapping[str, Task], missing: Sequence[Row]) -> None:
    """Let each side answer what it has not; both are given the same requests."""
    loaded = load(options.model, sealed=True)
    budget = budget_of(HumanEval(), loaded.budget("none", options.answer))
    for side, answer in ((OURS, ours), (THEIRS, theirs)):
        asked = {
            request_of(loaded, budget, tasks[one["problem"]], one["sample"], options): one
            for one in missing
            if one["side"] == side
        }
        if asked:
            begun = BEGINNING if options.begun else ""
            answer(options, loaded, list(asked), Book(options.out, asked, begun))


def request_of(
    loaded: LoadedModel, budget: Budget, task: Task, sample: int, options: argparse.Namespace
) -> Request:
    """Return what is asked for one sample."""
    prompt = prompt_tokens(loaded.tokenizer, task.question, budget)
    if options.begun:
        prompt = (*prompt, *loaded.tokenizer.encode(BEGINNING))
    return Request(prompt=prompt, budget=budget, temperature=options.temperature, seed=sample)


class Book:
    """Writes answers as they come, each with the seconds since the one before."""

    def __init__(self, path: Path, asked: Mapping[Request, Row], begun: str = "") -> None:
        """Take the row of each request, and the text that all answers start with."""
        self._path, self._asked, self._begun, self._num = path, asked, begun, 0
        self.start()

    def start(self) -> None:
        """Start the clock."""
        self._last = time.perf_counter()

    def tell(self, request: Request, text: str, tokens: int, end: str) -> None:
        """Write an answer; an `end` other than "done" has cut it off."""
        seconds, row = time.perf_counter() - self._last, self._asked[request]
        found = {
            "text": self._begun + text,
            "tokens": tokens,
            "end": end,
            "seconds": round(seconds, 3),
        }
        add(self._path, row | found)
        self._num += 1
        print(f"{self._num} of {len(self._asked)} answers of {row['side']}", flush=True)
        self.start()


def ours(
    options: argparse.Namespace, loaded: LoadedModel, requests: Sequence[Request], book: Book
) -> None:
    """Answer with this engine."""

    def then(rollout: Rollout) -> Sequence[Request]:
        text = answer_text(loaded.tokenizer, rollout)
        book.tell(rollout.request, text, len(rollout.tokens), rollout.end)
        return ()

    sampler = loaded.sampler(requests[0].budget, options.rows)
    book.start()
    sampler.sample(requests, then)


def theirs(
    options: argparse.Namespace, _loaded: LoadedModel, requests: Sequence[Request], book: Book
) -> None:
    """Answer with llama.cpp, as many at a time."""
    file = place_of(options.model)
    if not file.is_file():
        raise SystemExit(f"{file} is no GGUF file, which llama.cpp could read as well")
    threads, port = len(os.sched_getaffinity(0)), serve.free_port()
    llama = Llama(file=file, flags=Flags(program=options.llama_server, threads=threads))
    longest = max(len(request.prompt) for request in requests)
    role = Role(slots=options.rows, context=longest + options.answer)
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(options.rows) as pool,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=3600) as http,
        clients.running(llama.command(role, port), port, Path(folder) / "log"),
    ):
        book.start()
        running = {pool.submit(completion, http, request): request for request in requests}
        for future in as_completed(running):
            book.tell(running[future], *future.result())


def completion(http: httpx.Client, request: Request) -> tuple[str, int, str]:
    """Return text, tokens and end of llama.cpp's answer, sampled by the temperature alone."""
    body = {"prompt": request.prompt, "n_predict": request.budget.answer, "seed": request.seed,
            "temperature": request.temperature, "samplers": ["temperature"],
            "cache_prompt": False, "stop": [END_OF_BLOCK]}  # fmt: skip
    found = http.post("/completion", json=body).raise_for_status().json()
    if found["tokens_evaluated"] != len(request.prompt):
        raise SystemExit(f"llama.cpp read {found['tokens_evaluated']} tokens of a prompt, not"
                         f" {len(request.prompt)}")  # fmt: skip
    end = End.DONE if found["stop_type"] in ("eos", "word") else End.TRUNCATED
    return found["content"].strip(), found["tokens_predicted"], end


# ---------------------------------------------------------------- verdicts


def judge(path: Path, family: HumanEval, tasks: Mapping[str, Task], rows: Sequence[Row]) -> None:
    """Judge the answers that have no reward yet, several at once."""
    running = {
        one["name"]: judge_later(family, tasks[one["problem"]], one["text"], SECONDS)
        for one in rows
        if one.get("reward") is None
    }
    for name, future in running.items():
        verdict = future.result()
        add(path, {"name": name, "reward": verdict.reward, "why": verdict.why})
        if verdict.reward is None:
            raise SystemExit(f"{name} was not judged: {verdict.why}; run it again")


def pass_at(num: int, num_correct: int, k: int) -> float:
    """Return the unbiased estimate of the chance that one of `k` samples is correct.

    Example: pass_at(8, 2, 1) -> 0.25
    """
    return 1 - math.comb(num - num_correct, k) / math.comb(num, k)


def passes(rows: Sequence[Row], k: int) -> dict[str, float]:
    """Return pass@k of each problem."""
    rewards: dict[str, list[float]] = {}
    for one in rows:
        rewards.setdefault(one["problem"], []).append(one["reward"])
    return {name: pass_at(len(each), int(sum(each)), k) for name, each in rewards.items()}


def report(options: argparse.Namespace, sides: Sequence[str], rows: Sequence[Row]) -> None:
    """Print pass@k, answers that were cut off and the speed of each side, and differences."""
    shown: list[list[Any]] = []
    result: dict[str, Any] = {"benchmark": "humaneval", "model": options.model}
    for side in sides:
        own = [one for one in rows if one["side"] == side]
        shares = {f"pass@{k}": share(passes(own, k)) for k in sorted({1, options.samples})}
        num_tokens = sum(one["tokens"] for one in own)
        numbers = {
            "answers": len(own),
            "cut off": sum(one["end"] != End.DONE for one in own),
            "mean tokens": num_tokens / len(own),
            "tokens/s": num_tokens / sum(one["seconds"] for one in own),
        }
        shown += [[side, key, value] for key, value in (shares | numbers).items()]
        result[side] = {key: values(each) for key, each in shares.items()} | numbers
    if THEIRS in sides:
        each = [passes([one for one in rows if one["side"] == side], 1) for side in sides]
        result["difference"] = values(between := difference(*each))
        shown.append(["difference", "pass@1", between])
    if options.against:
        own = [one for one in rows if one["side"] == OURS]
        gaps = minus_other(own, options.against, sorted({1, options.samples}))
        result["minus_other"] = {key: values(gap) for key, gap in gaps.items()}
        shown += [["minus the other model", key, gap] for key, gap in gaps.items()]
    show(f"{options.model}, {options.limit} problems", ["side", "what", "value"], shown)
    finish(result)


def minus_other(rows: Sequence[Row], path: Path, ks: Sequence[int]) -> dict[str, Interval]:
    """Return each pass@k minus that of the same problems and samples in another model's file."""
    others = [*named(path, [one["name"] for one in rows], "reward").values()]
    return {f"pass@{k}": difference(passes(rows, k), passes(others, k)) for k in ks}


def values(interval: Interval) -> tuple[float, float, float]:
    return interval.mean, interval.low, interval.high


if __name__ == "__main__":
    main()
