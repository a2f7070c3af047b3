"""The sandbox's speed: executions of a small function, and what they cost the parent.

    python bench/sandbox.py
    python bench/sandbox.py --beside mini    # while the parent decodes, as in training

An execution is a program and its calls in a fresh process; a check is one that passes, so that a
second process repeats some of its cases. Time is wall time from the first submission to the last
result. The parent's processor time is what decoding beside it has to do without; that of
candidates and zygotes is not in it. With `--beside` a thread of the parent decodes for 64 requests
all the while, and its tokens a second are compared with those without executions.
"""

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from statistics import median

from cogitate.prompt import prompt_tokens
from cogitate.runs.opening import load
from cogitate.sandbox import Call, Case, Sandbox, level
from cogitate.types import Budget, Request
from measure import finish, show

PROGRAM = '''
def runs(text: str) -> list[tuple[str, int]]:
    """Return each letter with the number of times that it is repeated."""
    found = []
    for letter in text:
        if found and found[-1][0] == letter:
            found[-1] = (letter, found[-1][1] + 1)
        else:
            found.append((letter, 1))
    return found
'''


def cases(num_calls: int) -> list[Case]:
    """Return correct cases with inputs of growing length."""
    return [
        Case(call=Call(function="runs", args=("a" * n + "b" * 2,)),
             expected=[("a", n), ("b", 2)] if n else [("b", 2)])
        for n in range(num_calls)
    ]  # fmt: skip


@contextmanager
def decoding(name: str, rows: int = 64) -> Iterator[Callable[[], int]]:
    """Decode with a model in a thread; yield what tells the number of tokens so far."""
    model = load(name)
    engine, budget = model.engine(rows), Budget(think=128, answer=32)
    prompt = prompt_tokens(model.tokenizer, "Use 3, 8, 14 and 20 to reach 29.", budget)
    tokens, stopped = 0, threading.Event()

    def decode() -> None:
        nonlocal tokens
        seeds = count()
        running = 0
        while not stopped.is_set():
            for _ in range(rows - running):
                engine.submit(
                    Request(prompt=prompt, budget=budget, temperature=1.0, seed=next(seeds))
                )
            events = engine.step()
            running = rows - sum(event.rollout is not None for event in events)
            tokens += len(events)

    thread = threading.Thread(target=decode)
    thread.start()
    try:
        yield lambda: tokens
    finally:
        stopped.set()
        thread.join()


def tokens_per_s(so_far: Callable[[], int], work: Callable[[], object]) -> float:
    """Return the tokens a second that are decoded while some work is done."""
    begun, before = time.perf_counter(), so_far()
    work()
    return (so_far() - before) / (time.perf_counter() - begun)


def beside(name: str, run: Callable[[int], object], number: int, workers: int) -> None:
    """Measure executions and decoding, each beside the other, and decoding alone."""
    found: list[float] = []
    with decoding(name) as so_far:
        time.sleep(3)
        alone = tokens_per_s(so_far, lambda: time.sleep(5))
        both = tokens_per_s(so_far, lambda: found.append(timed(run, number, workers)[0]))
    show(
        f"{number} executions while {name} decodes for 64 requests, {workers} workers",
        ["executions, s", "tokens/s beside", "tokens/s alone"],
        [[found[0], both, alone]],
    )
    finish({"model": name, "executions": number, "workers": workers, "run_s": found[0],
            "tokens_per_s_beside": both, "tokens_per_s_alone": alone})  # fmt: skip


def timed(work: Callable[[int], object], number: int, workers: int) -> tuple[float, float]:
    """Do the work so many times in as many threads as workers; return wall and own CPU time."""
    begun, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(work, range(number)))
    return time.perf_counter() - begun, time.process_time() - used


def main() -> None:
    """Measure, print a table and the JSON line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--executions", type=int, default=1000)
    options.add_argument("--calls", type=int, default=20)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--beside", metavar="MODEL", help="decode with it meanwhile")
    options.add_argument("--rounds", type=int, default=3, help="the median of these counts")
    asked = options.parse_args()
    held = cases(asked.calls)
    calls = [case.call for case in held]
    number, workers = asked.executions, asked.workers
    begun = time.perf_counter()
    with Sandbox(workers) as sandbox:
        start_s = time.perf_counter() - begun
        assert sandbox.check(PROGRAM, held).passed
        if asked.beside:
            beside(asked.beside, lambda _: sandbox.run(PROGRAM, calls), number, workers)
            return
        rounds = [
            (*timed(lambda _: sandbox.run(PROGRAM, calls), number, workers),
             *timed(lambda _: sandbox.check(PROGRAM, held), number, workers),
             timed(lambda _: sandbox.run(PROGRAM, calls), number // 10, 1)[0] / (number // 10))
            for _ in range(asked.rounds)
        ]  # fmt: skip
    run_s, run_cpu_s, check_s, check_cpu_s, one_s = map(median, zip(*rounds, strict=True))
    show(
        f"{number} times {asked.calls} calls, {workers} workers, {os.cpu_count()} cores,"
        f" level {level().name}",
        ["what", "wall s", "parent's CPU s", "ms each"],
        [["executions", run_s, run_cpu_s, 1000 * run_s / number],
         ["checks", check_s, check_cpu_s, 1000 * check_s / number],
         ["one at a time", "", "", 1000 * one_s]],
    )  # fmt: skip
    finish({
        "level": level().name, "executions": number, "calls": asked.calls, "workers": workers,
        "run_s": run_s, "run_parent_cpu_s": run_cpu_s, "check_s": check_s,
        "check_parent_cpu_s": check_cpu_s, "alone_ms": 1000 * one_s, "start_s": start_s,
    })  # fmt: skip


if __name__ == "__main__":
    main()
