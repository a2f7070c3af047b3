"""Measures whether cogitate's server keeps deadlines, for one client and several.

    python bench/deadlines.py --model mini --deadlines 1 2 4

Each deadline is measured with `--requests` requests, under three loads: one client, `--clients`
concurrent clients, and as many while another sends long prompts. A request is refused with 429, or
accepted. Of those accepted it counts the complete answers in time, by the client's clock, and the
delay of the others. A refused client waits as long as Retry-After says, then asks its next
question. Questions are those of the model's families, so that accuracy is measured too.
"""

import argparse
import asyncio
import random
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

import measure
from cogitate.protocols import Family
from cogitate.runs.opening import trained_on
from cogitate.tasks import load_family
from cogitate.types import Task

LONG_PROMPT_WORDS = 700
"""Some 2,000 tokens of the mini; fewer if the context is small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one request, measured by its client."""

    accepted: bool
    seconds: float = 0.0
    whole: bool = False
    right: bool = False


def main() -> None:
    options = parse()
    command = [sys.executable, "-m", "cogitate", "serve", "--model", options.model, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        try:
            assert address is not None, "the server did not start"
            found = asyncio.run(measure_all(address[0] + "/v1", options))
        finally:
            server.terminate()
    report(found, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="mini")
    parser.add_argument("--families", help="separated by commas; unset: those trained on")
    parser.add_argument("--deadlines", type=float, nargs="+", default=[1, 2, 4], help="seconds")
    parser.add_argument("--requests", type=int, default=200, help="of each deadline and load")
    parser.add_argument("--clients", type=int, default=8)
    return parser.parse_args()


async def measure_all(address: str, options: argparse.Namespace) -> dict[str, list[Outcome]]:
    """Return the outcomes by load and deadline."""
    names = options.families.split(",") if options.families else trained_on(options.model)
    families = [load_family(name) for name in names]
    tasks = [
        (family, family.generate("test", i))
        for i in range(options.requests // len(families) + 1)
        for family in families
    ][: options.requests]
    found: dict[str, list[Outcome]] = {}
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        for deadline in options.deadlines:
            for load, clients in (("alone", 1), (f"{options.clients} clients", options.clients),
                                  ("and long prompts", options.clients)):  # fmt: skip
                disturbing = load == "and long prompts"
                noise = asyncio.create_task(disturb(client)) if disturbing else None
                name = f"{deadline:g} s, {load}"
                found[name] = await ask_all(client, tasks, deadline, clients)
                print(line(name, found[name]), flush=True)
                if noise is not None:
                    noise.cancel()
    return found


async def ask_all(
    client: httpx.AsyncClient, tasks: list[tuple[Family, Task]], deadline: float, clients: int
) -> list[Outcome]:
    """Let each client ask its share, one question after another."""

    async def share(place: int) -> list[Outcome]:
        return [await ask(client, *task, deadline) for task in tasks[place::clients]]

    shares = await asyncio.gather(*(share(place) for place in range(clients)))
    return [outcome for outcomes in shares for outcome in outcomes]


async def ask(client: httpx.AsyncClient, family: Family, task: Task, deadline: float) -> Outcome:
    body = {
        "messages": [{"role": "user", "content": task.question}],
        "reasoning_effort": "max",
        "deadline_ms": 1000 * deadline,
    }
    start = time.perf_counter()
    answer = await client.post("/chat/completions", json=body)
    seconds = time.perf_counter() - start
    if answer.status_code == 429:
        await asyncio.sleep(float(answer.headers["Retry-After"]))
        return Outcome(accepted=False)
    answer.raise_for_status()
    choice: dict[str, Any] = answer.json()["choices"][0]
    return Outcome(
        accepted=True,
        seconds=seconds,
        whole=choice["finish_reason"] == "stop",
        right=family.verify(task, choice["message"]["content"]).reward == 1,
    )


async def disturb(client: httpx.AsyncClient) -> None:
    """Send one long prompt after another, with minimal answers."""
    rng = random.Random(0)
    while True:
        words = " ".join(str(rng.randrange(1000)) for _ in range(LONG_PROMPT_WORDS))
        body = {"messages": [{"role": "user", "content": words}], "max_completion_tokens": 1}
        await client.post("/chat/completions", json=body)


def line(name: str, outcomes: list[Outcome]) -> str:
    return f"{name:<24}" + "  ".join(f"{key} {value}" for key, value in summary(outcomes).items())


def summary(outcomes: list[Outcome]) -> dict[str, float]:
    """Return shares, and seconds over the deadline."""
    accepted = [outcome for outcome in outcomes if outcome.accepted]
    if not accepted:
        return {"accepted": 0.0}
    seconds = sorted(outcome.seconds for outcome in accepted)
    return {
        "accepted": round(len(accepted) / len(outcomes), 3),
        "whole": round(statistics.mean(outcome.whole for outcome in accepted), 3),
        "right": round(statistics.mean(outcome.right for outcome in accepted), 3),
        "p50_s": round(statistics.median(seconds), 3),
        "p95_s": round(seconds[int(0.95 * (len(seconds) - 1))], 3),
        "max_s": round(seconds[-1], 3),
    }


def report(found: dict[str, list[Outcome]], options: argparse.Namespace) -> None:
    """Print the table and the JSON line."""
    rows: dict[str, dict[str, float]] = {}
    for name, outcomes in found.items():
        deadline = float(name.split()[0])
        accepted = [outcome for outcome in outcomes if outcome.accepted]
        over = sorted(max(0.0, outcome.seconds - deadline) for outcome in accepted) or [0.0]
        in_time = [outcome.whole and outcome.seconds <= deadline for outcome in accepted]
        rows[name] = summary(outcomes) | {
            "in_time": round(statistics.mean(in_time), 3) if in_time else 0.0,
            "over_p95_ms": round(1000 * over[int(0.95 * (len(over) - 1))]),
        }
    columns = ("accepted", "in_time", "over_p95_ms", "whole", "right", "p50_s", "max_s")
    measure.show(
        f"{options.requests} requests each; shares of those accepted",
        ("deadline and load", *columns),
        [(name, *(row.get(column, "-") for column in columns)) for name, row in rows.items()],
    )
    measure.finish({"benchmark": "deadlines", "model": options.model, "rows": rows})


if __name__ == "__main__":
    main()
