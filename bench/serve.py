"""Load test of servers: tokens a second, seconds to the first, errors, memory, by clients.

    python bench/serve.py --clients 1 8 32 64 --seconds 60
    python bench/serve.py --contenders cogitate llama-f16 llama-q8 transformers --clients 1 8 32
    python bench/serve.py --model mini --clients 32 --seconds 600

Every contender serves the same weights, and at each load they take turns. A client sends one
streamed chat request after another, no two prompts the same, greedy. Tokens are those of the
stream's `usage`; of an answer without one, or that still runs when the time is up, pieces of text
are counted. llama.cpp comes from the package xllamacpp, compiled for any processor with AVX2, or
from a llama-server that was compiled for this one; transformers from transformers[serving].
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

import measure
from contenders import Flags, Llama, Role

CONTENDERS = ("cogitate", "llama-f16", "llama-q8", "transformers")
START_S = 180
WORDS = [
    "river",
    "stone",
    "green",
    "seven",
    "quiet",
    "market",
    "window",
    "yellow",
    "travel",
    "paper",
    "garden",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running contender: its API's address, the model's name there, its process."""

    name: str
    address: str
    model: str
    process: subprocess.Popen[bytes]

    def memory_mb(self) -> float:
        """Return its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@dataclass(slots=True, kw_only=True)
class Seen:
    """The measurements of the clients of one load."""

    tokens: int = 0
    """That came within the time."""
    first_s: list[float] = field(default_factory=list[float])
    whole_s: list[float] = field(default_factory=list[float])
    busy: int = 0
    """Answers of 429."""
    errors: int = 0


def main() -> None:
    options = parse()
    rows: list[tuple[Any, ...]] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers = [stack.enter_context(start(name, options, Path(folder)))
                   for name in options.contenders]  # fmt: skip
        for server in servers:  # whatever is done once, is done
            asyncio.run(load(server, 1, 3.0, options.tokens, random.Random(-1)))
        rng = random.Random(0)
        for clients in options.clients:
            for server in servers:
                before = server.memory_mb()
                seen = asyncio.run(load(server, clients, options.seconds, options.tokens, rng))
                rows.append(row(server, clients, seen, options.seconds, before))
                print(*rows[-1], flush=True)
    header = ("contender", "clients", "tokens/s", "first p50 s", "p95 s", "whole p50 s", "429",
              "errors", "MB before", "after")  # fmt: skip
    measure.show(f"{options.model}, {options.seconds:g} s each", header, rows)
    measure.finish({"benchmark": "serve", "model": options.model,
                    "rows": [dict(zip(header, one, strict=True)) for one in rows]})  # fmt: skip


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=["cogitate"])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--tokens", type=int, default=96, help="of an answer at most")
    parser.add_argument("--dtype", default="auto", help="of cogitate")
    parser.add_argument("--llama-server", metavar="PATH", help="one compiled for this processor")
    parser.add_argument("--python", default=sys.executable, help="that has the contenders")
    return parser.parse_args()


@contextlib.contextmanager
def start(name: str, options: argparse.Namespace, folder: Path) -> Iterator[Server]:
    """Start a contender on a free port and wait until it answers."""
    port = free_port()
    command, model = command_of(name, options, folder, port)
    address = f"http://127.0.0.1:{port}/v1"
    hello = {"model": model, "messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 1}
    with (folder / f"{name}.log").open("wb") as log, subprocess.Popen(
        command, stdout=log, stderr=log
    ) as process:  # fmt: skip
        try:
            for _ in range(START_S * 5):
                with contextlib.suppress(httpx.HTTPError):
                    url = f"{address}/chat/completions"  # llama-server names models sooner
                    if httpx.post(url, json=hello, timeout=START_S).status_code == 200:
                        break
                assert process.poll() is None, (folder / f"{name}.log").read_text("utf-8")[-2000:]
                time.sleep(0.2)
            yield Server(name=name, address=address, model=model, process=process)
        finally:
            process.kill()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def command_of(
    name: str, options: argparse.Namespace, folder: Path, port: int
) -> tuple[list[str], str]:
    """Return the command of a contender, and its name for the model."""
    rows, cogitate = str(max(options.clients)), [sys.executable, "-m", "cogitate"]
    if name == "cogitate":
        serve = ["serve", "--model", f"it={options.model}", "--port", str(port), "--rows", rows]
        return [*cogitate, *serve, "--dtype", options.dtype], "it"
    if name == "transformers":
        weights = folder / "model"
        if not weights.is_dir():
            subprocess.run([*cogitate, "models", "export", options.model, str(weights)], check=True)
        served = [str(Path(options.python).with_name("transformers")), "serve", str(weights)]
        return [*served, "--port", str(port), "--continuous-batching"], str(weights)
    file = folder / f"{name}.gguf"
    subprocess.run([*cogitate, "models", "export", options.model, str(file)], check=True)
    if name == "llama-q8":
        quantise(file)
    flags = Flags(
        program=options.llama_server or options.python, threads=len(os.sched_getaffinity(0)),
        flash="auto",
    )  # fmt: skip
    return Llama(file=file, flags=flags).command(Role(slots=max(options.clients)), port), "it"


def quantise(file: Path) -> None:
    """Rewrite a GGUF file of f16 with its matrices in Q8_0."""
    import gguf

    reader, whole = gguf.GGUFReader(file), file.with_suffix(".whole")
    writer = gguf.GGUFWriter(whole, "llama")
    for name, kept in reader.fields.items():
        if not name.startswith("GGUF.") and name != "general.architecture":
            sub = kept.types[-1] if len(kept.types) > 1 else None
            writer.add_key_value(name, kept.contents(), kept.types[0], sub_type=sub)
    q8 = gguf.GGMLQuantizationType.Q8_0
    for tensor in reader.tensors:
        if len(tensor.shape) > 1:
            data = gguf.quants.quantize(tensor.data.astype("float32"), q8)
            writer.add_tensor(tensor.name, data, raw_dtype=q8)
        else:
            writer.add_tensor(tensor.name, tensor.data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    whole.replace(file)


async def load(
    server: Server, clients: int, seconds: float, tokens: int, rng: random.Random
) -> Seen:
    """Let clients send requests for some seconds; requests that still run then are dropped."""
    seen = Seen()
    end = time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=server.address, timeout=600, limits=limits) as http:

        async def client() -> None:
            while time.perf_counter() < end:
                words = " ".join(rng.choices(WORDS, k=12))
                await ask(http, server.model, f"Tell me about this: {words}.", tokens, end, seen)

        await asyncio.gather(*(client() for _ in range(clients)))
    return seen


async def ask(
    http: httpx.AsyncClient, model: str, question: str, tokens: int, end: float, seen: Seen
) -> None:
    """Send one request, and count its tokens until the time is up."""
    body = {"model": model, "messages": [{"role": "user", "content": question}], "stream": True,
            "stream_options": {"include_usage": True}, "max_tokens": tokens,
            "temperature": 0.0}  # fmt: skip
    begun, num, usage = time.perf_counter(), 0, dict[str, Any]()
    try:
        async with http.stream("POST", "/chat/completions", json=body) as answer:
            if answer.status_code != 200:
                seen.busy += answer.status_code == 429
                seen.errors += answer.status_code != 429
                await asyncio.sleep(0.1)
                return
            async for line in answer.aiter_lines():
                if time.perf_counter() > end:
                    return
                if has_text(line):
                    num += 1
                    seen.tokens += 1
                    if num == 1:
                        seen.first_s.append(time.perf_counter() - begun)
                usage = usage_of(line) or usage
    except httpx.HTTPError:
        seen.errors += 1
        return
    seen.tokens += usage.get("completion_tokens", num) - num
    seen.whole_s.append(time.perf_counter() - begun)


def usage_of(line: str) -> dict[str, Any] | None:
    """Return the usage that a line of a stream tells, if any; other lines cost next to nothing."""
    tells = line.startswith("data: {") and "completion_tokens" in line
    return json.loads(line[6:]).get("usage") if tells else None


def has_text(line: str) -> bool:
    """Return whether a line of a stream has text: a token, as a rule."""
    if not line.startswith("data: {"):
        return False
    deltas = [choice.get("delta", {}) for choice in json.loads(line[6:]).get("choices", [])]
    return any(delta.get("content") or delta.get("reasoning_content") for delta in deltas)


def row(
    server: Server, clients: int, seen: Seen, seconds: float, before_mb: float
) -> tuple[Any, ...]:
    first = sorted(seen.first_s) or [float("nan")]
    return (
        server.name,
        clients,
        round(seen.tokens / seconds, 1),
        round(statistics.median(first), 3),
        round(first[int(0.95 * (len(first) - 1))], 3),
        round(statistics.median(seen.whole_s or [float("nan")]), 2),
        seen.busy,
        seen.errors,
        round(before_mb),
        round(server.memory_mb()),
    )


if __name__ == "__main__":
    main()
