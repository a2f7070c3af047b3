"""aider on HumanEval's own tests, with a model behind our server: two tries, hidden tests decide.

    python -m venv aiderenv && aiderenv/bin/pip install aider-chat
    python bench/aider.py --aider-python aiderenv/bin/python --tdd humaneval.jsonl --out aider.jsonl

The problems are the first of the set humaneval of bench/tdd.py, whose rows `--tdd` names. Each
is a new git repository with the test file and an empty module. aider writes the file, runs the
tests, and shows the model once what failed (by default it does so three times). Seconds are those
of aider's process; what its start alone takes is told beside them. Tokens are those that the server
wrote. Each problem is a line of the file `--out`; what is there is not asked again. Files with rows
of another model are refused.

aider runs what the model writes without a sandbox: do this in a container.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

import httpx2 as httpx

import clients
import serve
from contenders import Cogitate, Role
from measure import finish, show
from problems import Problem, problems
from rows import Row, add, difference, need_same, read, share
from tdd import opened

MODEL = "qwen2.5-coder-0.5b"
"""By default, and of rows that tell none."""
LAUNCH = """
import sys
from aider.coders.base_coder import Coder
from aider.main import main
Coder.max_reflections = 1
sys.exit(main())
"""
"""There is no option for it."""
FLAGS = [
    *("--yes-always", "--no-show-model-warnings", "--edit-format", "whole", "--map-tokens", "0"),
    *("--no-auto-commits", "--no-dirty-commits", "--no-auto-lint", "--no-gitignore"),
    *("--no-check-update", "--analytics-disable", "--no-pretty", "--no-stream"),
    *("--no-suggest-shell-commands", "--no-detect-urls", "--no-show-release-notes"),
    *("--max-chat-history-tokens", "8192"),  # else it asks for summaries as well
]
TEST_S, AIDER_S = 20, 900
"""Most seconds of the tests, and of one problem."""


def main() -> None:
    """Ask what is missing, and print the shares, beside those of `cogitate tdd`."""
    options = parse()
    for option, path in (("--out", options.out), ("--tdd", options.tdd)):
        need_same(option, path, {"model": options.model}, lambda _: {"model": MODEL})
    done = read(options.out)
    asked = problems("humaneval", options.limit)
    missing = [problem for problem in asked if problem.name not in done]
    if missing:
        run(options, missing)
    done = read(options.out)
    report(options, {problem.name: done[problem.name] for problem in asked})


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--aider-python", required=True, help="an interpreter that has aider-chat")
    parser.add_argument("--limit", type=int, default=40, help="number of problems")
    parser.add_argument("--tdd", type=Path, metavar="FILE", help="rows of bench/tdd.py")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def run(options: argparse.Namespace, missing: Sequence[Problem]) -> None:
    """Let aider solve problems, one after the other."""
    port = serve.free_port()
    command = Cogitate(model=options.model, flags=()).command(Role(slots=1), port)
    with (
        tempfile.TemporaryDirectory() as home,
        clients.running(command, port, Path(home) / "server.log"),
    ):
        start_s = timed(options, port, Path(home), Path(home), ["--exit"])
        for number, problem in enumerate(missing, 1):
            before = counted(port)
            row = problem_of(options, port, Path(home), problem)
            row |= {key: value - before[key] for key, value in counted(port).items()}
            add(options.out, row | {"start": start_s, "model": options.model})
            print(f"{number} of {len(missing)}: {problem.name} solved {row['solved']},"
                  f" {row['tokens']} tokens, {row['seconds']} s", flush=True)  # fmt: skip


def problem_of(options: argparse.Namespace, port: int, home: Path, problem: Problem) -> Row:
    """Return what came of one problem."""
    test, module = f"test_{problem.module}.py", f"{problem.module}.py"
    with tempfile.TemporaryDirectory() as folder:
        repository(Path(folder), {test: problem.test, module: ""})
        seconds = timed(options, port, home, Path(folder), work(test, module))
        text = (Path(folder) / module).read_text(encoding="utf-8")
    passed = passes(text, test, problem.test)
    solved = passed and passes(text, f"hidden_{problem.module}.py", problem.hidden)
    return {"name": problem.name, "seconds": seconds, "passed": passed, "solved": solved,
            "text": text}  # fmt: skip


def repository(folder: Path, files: Mapping[str, str]) -> None:
    """Make a git repository of some files."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    git = ["git", "-C", str(folder)]
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "Tests"]):
        subprocess.run([*git, *words], check=True)


def work(test: str, module: str) -> list[str]:
    """Return the words of aider's command that tell it what to do."""
    tests = ["timeout", str(TEST_S), sys.executable, "-m", "pytest", "-q", test]
    message = (
        f"Write {module}, so that all tests of {test} pass. The tests are correct: do not change"
        " them."
    )
    return ["--auto-test", "--test-cmd", shlex.join(tests), "--message", message, "--read", test,
            module]  # fmt: skip


def timed(
    options: argparse.Namespace, port: int, home: Path, folder: Path, words: Sequence[str]
) -> float:
    """Run aider in a folder, and return the seconds that it took."""
    command = [options.aider_python, "-c", LAUNCH, "--model", "openai/it", *FLAGS, *words]
    env = os.environ | {"OPENAI_API_BASE": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "none",
                        "HOME": str(home), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # fmt: skip
    began = time.perf_counter()
    with (home / "aider.log").open("ab") as log:
        try:
            ended = subprocess.run(
                command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                timeout=AIDER_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return float(AIDER_S)  # what it has written counts
    if ended.returncode:
        raise SystemExit(f"aider failed:\n{(home / 'aider.log').read_text('utf-8')[-2000:]}")
    return round(time.perf_counter() - began, 2)


def counted(port: int) -> dict[str, int]:
    """Return the requests and the tokens that a server has answered with so far."""
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text.splitlines()
    return {key: sum(int(float(line.rpartition(" ")[2])) for line in lines
                     if line.startswith(f"cogitate_{key}_total{{"))
            for key in ("requests", "tokens")}  # fmt: skip


def passes(text: str, name: str, tests: str) -> bool:
    """Return whether a module passes a test file, in the sandbox."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), name, tests) as suite:
        return suite.run(text).passed


def report(options: argparse.Namespace, rows: Mapping[str, Row]) -> None:
    """Print shares, means and medians, and those of `cogitate tdd` on the same problems."""
    sides = {"aider": rows}
    if options.tdd:
        sides["tdd"] = {name: row for name, row in read(options.tdd).items() if name in rows}
    solved = {side: {name: float(row["solved"]) for name, row in each.items()}
              for side, each in sides.items()}  # fmt: skip
    shares = {f"{side} solved": share(each) for side, each in solved.items()}
    if options.tdd:
        shares["tdd minus aider"] = difference(solved["tdd"], solved["aider"])
    costs = [(side, key) for side in sides for key in ("seconds", "tokens")] + [("aider", "start")]
    numbers: dict[str, Any] = {
        f"{side} {name} {key}": of(row[key] for row in sides[side].values())
        for side, key in costs
        for name, of in (("mean", mean), ("median", median))
    }
    shown = [[key, str(each)] for key, each in shares.items()]
    shown += [[key, f"{number:.1f}"] for key, number in numbers.items()]
    show(f"{options.model} on {len(rows)} problems of humaneval", ["what", "value"], shown)
    finish({key: (i.mean, i.low, i.high) for key, i in shares.items()} | numbers)


if __name__ == "__main__":
    main()
