"""Clients of a chat server, and what the system tells of its process.

Requests are streamed and greedy. Tokens are those of the server's `usage`, not pieces of text.
"""

import asyncio
import contextlib
import ctypes
import mmap
import os
import random
import statistics
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

import serve

START_S = 300
KEPT_BYTES = 5e6
"""That a file may have in memory before a cold start: a library of other processes."""
THINGS = [
    "an LRU cache", "a parser of arithmetic", "a priority queue", "a CSV reader", "a text editor",
    "a chess board", "a spell checker", "a tokenizer", "a bank account", "a web crawler",
    "a matrix type", "a thread pool", "a calendar", "a Sudoku solver", "a rate limiter",
    "a JSON parser", "a binary tree", "a Huffman coder", "a graph search", "a key-value store",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The measurements of one request."""

    prompt_tokens: int
    cached: int
    """Of the prompt, what the server says it did not compute."""
    tokens: int
    first_s: float
    """Until the first text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that has answered once."""

    port: int
    pid: int
    start_s: float
    """From the start of its process to the first token."""


# ---------------------------------------------------------------- requests


def question(number: int) -> str:
    """Return a question with a long answer; each number gives another one, from its first word."""
    thing = THINGS[number % len(THINGS)]
    return f"{number}. Write a Python module that implements {thing}, with docstrings and tests."


def words(count: int, seed: str) -> str:
    """Return random words, of about one token each."""
    return " ".join(random.Random(seed).choices(serve.WORDS, k=count))


async def ask(http: httpx.AsyncClient, content: str, most: int) -> Answer:
    """Send a request for at most so many tokens and wait for all of the answer."""
    body = {"model": "it", "messages": [{"role": "user", "content": content}], "stream": True,
            "stream_options": {"include_usage": True}, "max_tokens": most,
            "temperature": 0.0}  # fmt: skip
    begun, first_s, usage = time.perf_counter(), None, {}
    async with http.stream("POST", "/chat/completions", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if first_s is None and serve.has_text(line):
                first_s = time.perf_counter() - begun
            usage = serve.usage_of(line) or usage
    return answered(usage, time.perf_counter() - begun if first_s is None else first_s)


def answered(usage: dict[str, Any], first_s: float) -> Answer:
    """Return the measurements of a request from its usage."""
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Answer(prompt_tokens=usage["prompt_tokens"], cached=cached,
                  tokens=usage["completion_tokens"], first_s=first_s)  # fmt: skip


def connected(port: int) -> httpx.AsyncClient:
    """Return a client that takes a connection for each request, as llama.cpp may close one."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1", timeout=1200, limits=limits)


async def load(port: int, clients: int, quota: int, start: int = 0) -> tuple[float, float]:
    """Let each client ask until it has its quota of tokens.

    All servers thus do the same work, however early their answers end.

    Args:
        port: where the server listens.
        clients: how many ask at once.
        quota: tokens of each.
        start: number of the first question.

    Returns:
        Tokens per second, and the median of the seconds to the first.
    """
    first_s: list[float] = []
    async with connected(port) as http:

        async def client(number: int) -> None:
            left = quota
            while left > 0:
                answer = await ask(http, question(number), left)
                if not answer.tokens:
                    raise SystemExit(f"no answer to '{question(number)}'")
                first_s.append(answer.first_s)
                left, number = left - answer.tokens, number + clients

        begun = time.perf_counter()
        await asyncio.gather(*(client(start + place) for place in range(clients)))
        seconds = time.perf_counter() - begun
    return clients * quota / seconds, statistics.median(first_s)


async def prefill(port: int, lengths: Sequence[int], seed: str) -> list[tuple[float, float]]:
    """Ask for one token behind prompts of about so many tokens, no beginning like another.

    Returns:
        Of each, computed tokens per second and the seconds to the first token.
    """
    async with connected(port) as http:
        few, more = [(await ask(http, words(n, f"{seed} {n}"), 1)).prompt_tokens for n in (32, 96)]
        measured: list[tuple[float, float]] = []
        for length in lengths:
            count = max(32 + round((length - few) * 64 / (more - few)), 1)
            answer = await ask(http, words(count, f"{seed} {length}"), 1)
            computed = answer.prompt_tokens - answer.cached
            measured.append((computed / answer.first_s, answer.first_s))
    return measured


# ---------------------------------------------------------------- the server's process


@contextlib.contextmanager
def running(command: Sequence[str], port: int, log: Path) -> Iterator[Running]:
    """Run a server until the block ends; it has answered once when the block begins."""
    begun = time.perf_counter()
    with log.open("wb") as output, subprocess.Popen(
        command, stdout=output, stderr=output
    ) as process:  # fmt: skip
        try:
            asyncio.run(first_token(port, process))
            yield Running(port=port, pid=process.pid, start_s=time.perf_counter() - begun)
        except httpx.HTTPError as error:
            state = "still runs" if process.poll() is None else f"ended with {process.returncode}"
            raise SystemExit(f"{command} {state}: {error}; the end of its log:\n"
                             f"{log.read_text('utf-8', 'replace')[-2000:]}") from error  # fmt: skip
        finally:
            process.kill()


async def first_token(port: int, process: subprocess.Popen[bytes]) -> None:
    """Ask until the server answers; the last error is raised if it ends or takes too long."""
    end = time.perf_counter() + START_S
    async with connected(port) as http:
        while True:
            try:
                await ask(http, "Hello!", 1)
            except httpx.HTTPError:
                if process.poll() is not None or time.perf_counter() > end:
                    raise
                await asyncio.sleep(0.05)
            else:
                return


def resident_gb(pid: int) -> float:
    """Return the proportional set size (PSS) of a process and its children, in GB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    children = [
        child for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text("utf-8").split()
    ]  # fmt: skip
    own = int(rollup.partition("\nPss:")[2].split()[0]) * 1024 / 1e9
    return own + sum(resident_gb(int(child)) for child in children)


def others_s() -> float:
    """Return the processor seconds since boot that were not this process's or its ended children's.

    Over the life of servers, the difference tells how much else ran, on the host too (steal).
    """
    fields = [int(word) for word in Path("/proc/stat").read_text("utf-8").split()[1:9]]
    busy = sum(fields) - fields[3] - fields[4]  # without idle and iowait
    return busy / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


def wait_for_quiet(cores: float) -> None:
    """Wait until other processes use less, for ten minutes at most."""
    for _ in range(120):
        begun = others_s()
        time.sleep(5)
        if others_s() - begun < 5 * cores:
            return


def forget(files: Iterable[Path]) -> None:
    """Drop the pages of files from the page cache; say so where a process holds large ones."""
    for file in files:
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        kept = cached_share(file)
        if kept * file.stat().st_size > KEPT_BYTES:
            print(f"{file}: {kept:.0%} is still in memory, so the start is not cold", flush=True)


def cached_share(file: Path) -> float:
    """Return the share of a file's pages that are in memory."""
    size = file.stat().st_size
    if not size:
        return 0.0
    pages = -(-size // mmap.PAGESIZE)
    found = (ctypes.c_ubyte * pages)()
    with file.open("rb") as opened, mmap.mmap(
        opened.fileno(), size, access=mmap.ACCESS_COPY
    ) as mapped:  # fmt: skip
        first = ctypes.c_char.from_buffer(mapped)
        ctypes.CDLL(None).mincore(
            ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), found
        )
        del first
    return sum(page & 1 for page in found) / pages
