"""Is one commit as fast as another? Both run here, in turns, since processors differ.

    python bench/speed_between.py 8c07920              # that commit against this working tree

Two measures: seconds of one step of the quickstart's RL (rollout, verdicts, update), and tokens/s
of one client of a server. Servers of both commits are up at the same time and are asked in turns.
Prints the ratio of the working tree to the commit, with the range over rounds; above 1 is slower
for steps and faster for tokens/s.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cogitate.hardware import processor
from same import ROOT, checkout

ANSWER = 128
"""Tokens of each answer of the client."""


def main() -> None:
    options = parse()
    print(processor())
    with tempfile.TemporaryDirectory() as temporary:
        before = Path(temporary) / "source"
        checkout(options.commit, before)
        sources = {"before": before, "now": ROOT}
        if options.rounds:
            ratios = [steps(sources, Path(temporary) / str(i), i) for i in range(options.rounds)]
            report("seconds of a step of the quickstart", ratios)
        for model in options.models:
            report(f"tokens/s of one client, {model}", client(sources, model, options.requests))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", help="compared with the working tree")
    parser.add_argument("--rounds", type=int, default=3, help="of the quickstart, each both sides")
    parser.add_argument("--models", nargs="*", default=["mini", "smollm2-135m"])
    parser.add_argument("--requests", type=int, default=20, help="of the client, to each side")
    return parser.parse_args()


def report(what: str, ratios: list[float]) -> None:
    middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
    print(
        f"{what}: {middle:.3f} [{low:.3f}, {high:.3f}] of before, {len(ratios)} pairs", flush=True
    )


def steps(sources: dict[str, Path], folder: Path, number: int) -> float:
    """Run the same steps with both sources; return the median ratio of a step's seconds."""
    folder.mkdir()
    order = sorted(sources, reverse=number % 2 == 0)
    spent = {side: step_seconds(sources[side], folder / side) for side in order}
    pairs = zip(spent["now"], spent["before"], strict=True)
    return statistics.median(now / before for now, before in pairs)


def step_seconds(source: Path, out: Path) -> list[float]:
    command = [sys.executable, "-m", "cogitate", "train", "quickstart", "--out", str(out)]
    subprocess.run(
        [*command, "--rl.num-steps", "12", "--run.eval-every", "0"],
        env=with_source(source), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lines = (out / "metrics.jsonl").read_text().splitlines()
    return [
        sum(step.get(f"{part}_s", 0.0) for part in ("rollout", "verify", "update"))
        for step in map(json.loads, lines)
        if step["phase"] == "rl" and step["step"] > 2  # the first steps warm up
    ]


def client(sources: dict[str, Path], model: str, num_requests: int) -> list[float]:
    """Ask servers of both sources in turns and return the ratio of each pair's tokens/s."""
    with server(sources["before"], model) as old, server(sources["now"], model) as new:
        for port in (old, new):
            tokens_per_s(port, 0)
        return [tokens_per_s(new, i) / tokens_per_s(old, i) for i in range(num_requests)]


@contextmanager
def server(source: Path, model: str) -> Iterator[int]:
    """Serve a model; yield the port once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cogitate", "serve", "--model", model, "--port", str(port)]
    process = subprocess.Popen(
        command, env=with_source(source), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(240):
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            return
        time.sleep(0.5)
    raise SystemExit(f"no server answers at port {port}")


def tokens_per_s(port: int, seed: int) -> float:
    body = {
        "prompt": "Once upon a time", "max_tokens": ANSWER, "temperature": 1, "seed": seed,
    }  # fmt: skip
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    start = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as reply:
        usage = json.load(reply)["usage"]
    return usage["completion_tokens"] / (time.perf_counter() - start)


def with_source(source: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(source / "src")}


if __name__ == "__main__":
    main()
