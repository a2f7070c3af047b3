"""Decoding and prefill of a model, served by cogitate and by llama.cpp from the same file.

    python bench/decode.py --model model.gguf --clients 1 8 32
    python bench/decode.py --model smollm2-135m --llama-server build/bin/llama-server --sweep

Contenders take turns within a round, and the median of the rounds counts. A server is started
anew for each number of clients and once for the long prompts. It is warmed up and alone: no two
live side by side, as the system reclaims idle memory. Clients send streamed, greedy chat requests
until each has its quota of tokens. Prefill is the speed at which prompts are computed for one
token, none of which begins like another. Its share of the machine's speed is the time of the
useful products alone, as in rollout.py and in the faster of bf16 and fp32, divided by the time to
that token: of the prompt through the layers with its attention, and of one row through the head.

The start is from the process to its first token. It is cold once the page cache has dropped the
weights' file (for cogitate also its own cache of them); the programs' libraries stay.
Resident memory is the PSS after the longest prompt, with one slot that holds it.

llama.cpp gets the GGUF file itself, or of another model its export (f16). It comes from the
package xllamacpp, compiled for any processor with AVX2, or from a llama-server that was compiled
for this one. --sweep chooses between them, and flags, for each number of clients.
"""

import argparse
import asyncio
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import clients
import measure
import serve
from contenders import (
    CONTEXT,
    Cogitate,
    Contender,
    Flags,
    Llama,
    Role,
    config_of,
    gguf_of,
    version_of,
)
from measure import PREFILL_ROWS, Sizes

ROOM = 128
"""Positions behind a long prompt."""
WARM_UP = 8
"""Tokens of each client before the clock starts."""
OTHERS = "others_cores"
"""Processors that other processes kept busy, at most; above QUIET a part is measured again."""
QUIET = 0.1
TRIES = 5
GAIN = 0.97
"""Share of the time below which a flag is faster, rather than lucky."""


# ---------------------------------------------------------------- measurements


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is measured of each contender, by names such as tokens_per_s.8."""

    options: argparse.Namespace
    folder: Path

    @property
    def loads(self) -> list[Role]:
        """A server for each number of clients."""
        return [Role(slots=number) for number in self.options.clients]

    @property
    def prompts(self) -> Role:
        """The server of long prompts."""
        return Role(slots=1, context=max(self.options.prompts) + ROOM)

    def round(self, contender: Contender, number: int) -> dict[str, float]:
        """Measure everything once."""
        seed = f"round {number}"
        parts = [partial(self.starts, contender), partial(self.prefill, contender, seed)]
        parts += [partial(self.decoding, contender, role, self.options.tokens)
                  for role in self.loads]  # fmt: skip
        values: dict[str, float] = {}
        for part in parts:
            measured = undisturbed(part)
            others = max(values.get(OTHERS, 0.0), measured[OTHERS])
            values |= measured | {OTHERS: others}
        return values

    def starts(self, contender: Contender) -> dict[str, float]:
        """Return the seconds from the start to the first token, cold and warm."""
        clients.forget(contender.files())
        values: dict[str, float] = {}
        for kind in ("cold", "warm"):
            with self.running(contender, Role(slots=1)) as server:
                values[f"start_{kind}_s"] = server.start_s
        return values

    def decoding(self, contender: Contender, role: Role, tokens: int) -> dict[str, float]:
        """Return the speed under the load of as many clients as there are slots."""
        with self.running(contender, role) as server:
            asyncio.run(clients.load(server.port, role.slots, WARM_UP, start=1000))
            speed, first_s = asyncio.run(clients.load(server.port, role.slots, tokens))
        return {f"tokens_per_s.{role.slots}": speed, f"first_token.{role.slots}": first_s}

    def prefill(self, contender: Contender, seed: str) -> dict[str, float]:
        """Return the speed of the long prompts, and the memory behind the last."""
        lengths, values = sorted(self.options.prompts), {}
        with self.running(contender, self.prompts) as server:
            measured = asyncio.run(clients.prefill(server.port, lengths, seed))
            values["resident_gb"] = clients.resident_gb(server.pid)
        for length, (speed, first_s) in zip(lengths, measured, strict=True):
            values[f"prefill.{length}"] = speed
            values[f"first_token.prompt_{length}"] = first_s
        return values

    def running(self, contender: Contender, role: Role) -> AbstractContextManager[clients.Running]:
        port = serve.free_port()
        return clients.running(contender.command(role, port), port, self.folder / "log")


def undisturbed(part: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Return a part's values, measured again if other processes kept a core busy.

    A server whose threads wait for each other loses far more than the time that others take.
    """
    tries: list[dict[str, float]] = []
    for _ in range(TRIES):
        if tries:
            clients.wait_for_quiet(QUIET)
        begun, others_s = time.perf_counter(), clients.others_s()
        values = part()
        others_s = clients.others_s() - others_s
        tries.append(values | {OTHERS: others_s / (time.perf_counter() - begun)})
        if tries[-1][OTHERS] <= QUIET:
            return tries[-1]
    best = min(tries, key=itemgetter(OTHERS))
    print(f"disturbed: other processes used {best[OTHERS]:.2f} cores", flush=True)
    return best


def machine(bench: Bench) -> dict[str, float]:
    """Return the speed of the long prompts' products alone, by names such as prefill.512."""
    import torch

    from cogitate.models.kernels import onednn

    folder, lengths = config_of(bench.options.model, bench.folder), bench.options.prompts
    sizes, speeds = Sizes.read(folder), dict[str, float]()
    for dtype in ("fp32", "bf16") if onednn.has(torch.bfloat16) else ("fp32",):
        settings = {"folder": str(folder), "dtype": dtype, "threads": bench.options.threads}
        worker = measure.Worker("matmul.py", settings)
        measured = {n: worker.ask(rows=n, passes=1) for n in {*map(rows_of, lengths)}}
        worker.close()
        for length in lengths:
            useful, rows = (length, 1, sizes.attention(1, length)), rows_of(length)
            seconds = measure.machine_seconds(sizes, measured[rows], rows, useful)
            name = f"prefill.{length}"
            speeds[name] = max(speeds.get(name, 0.0), length / seconds)
    return speeds


def rows_of(length: int) -> int:
    """Return the number of rows at which the products of a prompt are measured."""
    return min(length, PREFILL_ROWS)


# ---------------------------------------------------------------- making them ready


def made_cogitate(bench: Bench) -> Cogitate:
    """Let it do what it does once: compile kernels, measure speeds, repack weights."""
    options = bench.options
    cogitate = Cogitate(model=options.model, flags=tuple(shlex.split(options.ours)))
    for role in bench.loads:
        bench.decoding(cogitate, role, WARM_UP)
    return cogitate


def made_llama(bench: Bench) -> Llama:
    options = bench.options
    programs = [path for path in (options.llama_server, options.llama_python) if path]
    programs = programs or [sys.executable]
    file = gguf_of(options.model, bench.folder)
    llama = Llama(file=file, flags=Flags(program=programs[0], threads=options.threads))
    changes: list[dict[str, Any]] = [{"program": program} for program in programs[1:]]
    changes += [{"flash": "off"}, {"repack": "off"}, {"ubatch": 128}, {"ubatch": 2048}]
    changes += [{"threads": n} for n in {1, options.threads // 2} - {0, options.threads}]
    if options.sweep:
        for role in (*bench.loads, bench.prompts):
            llama.best[role] = swept(bench, llama, role, changes)
    return llama


MAKERS = {"cogitate": made_cogitate, "llama.cpp": made_llama}


def swept(bench: Bench, llama: Llama, role: Role, changes: list[dict[str, Any]]) -> Flags:
    """Return the fastest flags for a role: one is changed at a time, and kept where it helps."""
    best, fastest = llama.flags, trial_s(bench, llama, role)
    print(f"llama.cpp, {role}: {fastest:.3g} s with {best}", flush=True)
    for change in changes:
        changed = replace(best, **change)
        seconds = trial_s(bench, replace(llama, flags=changed), role)
        print(f"llama.cpp, {role}: {seconds:.3g} s with {change}", flush=True)
        if seconds < GAIN * fastest:
            best, fastest = changed, seconds
    return best


def trial_s(bench: Bench, llama: Llama, role: Role) -> float:
    """Return the seconds of a short trial of a role."""
    if role == bench.prompts:
        values = undisturbed(partial(bench.prefill, llama, "trial"))
        return sum(seconds for name, seconds in values.items() if name.startswith("first_token"))
    tokens = max(bench.options.tokens // 4, 1)
    values = undisturbed(partial(bench.decoding, llama, role, tokens))
    return role.slots * tokens / values[f"tokens_per_s.{role.slots}"]


# ---------------------------------------------------------------- the run and its report


def main() -> None:
    options = parse()
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in options.contenders}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options=options, folder=Path(folder))
        speeds = undisturbed(partial(machine, bench)) if "cogitate" in options.contenders else {}
        contenders = {name: MAKERS[name](bench) for name in options.contenders}
        for number in range(options.rounds):
            for name in list(contenders)[:: -1 if number % 2 else 1]:
                rounds[name].append(bench.round(contenders[name], number))
                told = ", ".join(f"{k} {v:.4g}" for k, v in rounds[name][-1].items())
                print(f"round {number + 1}, {name}: {told}", flush=True)
    report(options, contenders, with_shares(medians_of(rounds), speeds))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="smollm2-135m", help="alias, GGUF, hub name, folder")
    parser.add_argument("--contenders", nargs="+", choices=MAKERS, default=list(MAKERS))
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--prompts", type=int, nargs="+", default=[512, 4096], metavar="TOKENS")
    parser.add_argument("--rounds", type=int, default=3, help="the median of these counts")
    parser.add_argument("--tokens", type=int, default=128, help="of each client")
    parser.add_argument("--ours", default="", metavar="FLAGS", help="more flags of cogitate serve")
    parser.add_argument("--llama-server", metavar="PATH", help="one compiled for this processor")
    parser.add_argument("--llama-python", metavar="PATH", help="interpreter that has xllamacpp")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--sweep", action="store_true", help="find llama.cpp's best flags first")
    return parser.parse_args()


def medians_of(rounds: Mapping[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Return each contender's medians over the rounds."""
    return {
        name: {key: measure.median(one[key] for one in values) for key in values[0]}
        for name, values in rounds.items()
    }


def with_shares(
    medians: dict[str, dict[str, float]], speeds: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Return the medians, with cogitate's shares of the machine's speeds."""
    ours = medians.get("cogitate", {})
    shares = {name.replace(".", "_share."): ours[name] / speed
              for name, speed in speeds.items() if name != OTHERS}  # fmt: skip
    return medians | ({"cogitate": ours | shares} if shares else {})


def report(
    options: argparse.Namespace,
    contenders: Mapping[str, Contender],
    medians: Mapping[str, Mapping[str, float]],
) -> None:
    """Print the table of medians and the JSON line."""
    ratios = compared(medians)
    columns = {**medians, **({"ratio": ratios} if ratios else {})}
    rows = [
        (key, *(column.get(key, "") for column in columns.values()))
        for key in dict.fromkeys(key for one in medians.values() for key in one)
    ]
    told = about(options, contenders)
    measure.show(f"{options.model} on {told['processor']}", ("median", *columns), rows)
    by_clients = {f"ratio_{n}": ratios[f"tokens_per_s.{n}"] for n in options.clients if ratios}
    measure.finish({"benchmark": "decode", "model": options.model, "rounds": options.rounds,
                    **by_clients, **by_metric(medians), **told})  # fmt: skip


def compared(medians: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return cogitate's values over llama.cpp's; nothing where only one of them ran."""
    if len(medians) < len(MAKERS):
        return {}
    ours, theirs = (medians[name] for name in MAKERS)
    return {key: ours[key] / theirs[key] for key in theirs if key != OTHERS}


def by_metric(medians: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return the medians by metric, contender and case.

    Example: {"cogitate": {"prefill.512": 9.0}} -> {"prefill": {"cogitate": {"512": 9.0}}}
    """
    nested: dict[str, Any] = {}
    for name, values in medians.items():
        for key, value in values.items():
            metric, _, case = key.partition(".")
            if case:
                nested.setdefault(metric, {}).setdefault(name, {})[case] = round(value, 4)
            else:
                nested.setdefault(metric, {})[name] = round(value, 4)
    return nested


def about(options: argparse.Namespace, contenders: Mapping[str, Contender]) -> dict[str, Any]:
    """Return the processor's name, the versions, our way to multiply, and llama.cpp's flags."""
    from cogitate.hardware import processor
    from cogitate.version import version

    found: dict[str, Any] = {"processor": processor(), "versions": {"cogitate": version()}}
    if "cogitate" in contenders and not options.ours:
        found["products"] = ways(options.model, options.clients)
    for llama in contenders.values():
        if isinstance(llama, Llama):
            used = {str(role.slots if role.context == CONTEXT else "prompts"): flags
                    for role, flags in llama.best.items()} or {"all": llama.flags}  # fmt: skip
            programs = {flags.program for flags in used.values()}
            found["versions"]["llama.cpp"] = sorted(version_of(program) for program in programs)
            found["flags"] = {name: asdict(flags) for name, flags in used.items()}
    return found


def ways(model: str, clients: Sequence[int]) -> dict[str, str]:
    """Return the measured way to multiply by the widest matrix of a layer, by number of rows."""
    from cogitate.models.kernels import products
    from cogitate.runs.opening import load

    decoder = load(model, sealed=True).decoder
    widest = decoder.layers[0].weights.gate_up
    shape = decoder.arch.width, widest.outer
    return {str(n): f"{widest.kind}, {products.way(widest.kind, decoder.dtype, n, *shape)}"
            for n in clients}  # fmt: skip


if __name__ == "__main__":
    main()
