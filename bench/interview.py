"""Each sentence of the interview, tried by one quick command: `make interview`.

    python bench/interview.py            # all sixteen, within a quarter of an hour on two cores
    python bench/interview.py --only 1 10

docs/interview.md has the sentences, what came of them when they were measured in full, and a
verdict on each. A row whose model is not pulled is left out, with the command that pulls it. What
is made on the way lies in `--out`. The exit status is 1 where a command failed.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cogitate.models import known
from measure import show

ROOT = Path(__file__).resolve().parent.parent
SMALL, CODER = "smollm2-135m", "qwen2.5-coder-0.5b"
CANARY = "cogitate train canary --out canary --resume"
"""Does nothing where another row has done it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sentence of the interview, and what tries it.

    Example: Row(number=10, says="how many r's in strawberry", seconds=9, needs="smollm2-135m",
    commands=("cogitate ask ...",))
    """

    number: int
    says: str
    seconds: int
    """Of all commands, on two cores."""
    commands: tuple[str, ...]
    """Run in turn by bash, in `--out`; {root} is this project."""
    needs: str = ""
    """A model that has to be pulled."""
    fine: tuple[int, ...] = (0,)
    """Exit statuses of the last command that are answers: tests may fail, and a check may find."""


ROWS = (
    Row(
        number=1,
        says="more time to think gives better answers",
        seconds=40,
        commands=(
            "cogitate evaluate --model mini --family countdown,arithmetic,calendar --n 40"
            " --budgets 0,16,64,256",
        ),
    ),
    Row(
        number=2,
        says="supervised learning and AlphaGo's reinforcement learning, joined",
        seconds=60,
        commands=(CANARY,),
    ),
    Row(
        number=3,
        says="RL on the model's own thoughts did better than training on people's",
        seconds=200,
        commands=(
            "python {root}/bench/ablations.py thoughts --seeds 0 --seconds 40 --variants people"
            " --families countdown --out thoughts | grep -v '^{' | tail -n 26",
        ),
    ),
    Row(
        number=4,
        says="more compute gave the first coherent thoughts",
        seconds=10,
        commands=(
            CANARY,
            "cogitate report canary",
            "for f in $(ls canary/rollouts/*.jsonl | sed -n '1p;$p'); do head -n 1 $f; done",
        ),
    ),
    Row(
        number=5,
        says="it began to question itself",
        seconds=20,
        commands=(
            "cogitate evaluate --model mini --family countdown --n 200 --temperature 1"
            " --reflection",
        ),
    ),
    Row(
        number=6,
        says="given a deadline, it wraps up when time is nearly out",
        seconds=15,
        commands=(
            'cogitate ask "Use 3, 8, 14 and 20 to reach 29." --model mini --deadline 0.3',
            "cogitate evaluate --model mini --family countdown --n 20 --deadlines 0.1,0.2,0.4",
        ),
    ),
    Row(
        number=7,
        says="its steps look like those of a person in a competition",
        seconds=5,
        commands=('cogitate ask "What is 478 + 356?" --model mini',),
    ),
    Row(
        number=8,
        says="a thousand things can go wrong in training",
        seconds=45,
        commands=(
            'python {root}/bench/disasters.py --only "rate 50 times too high" --steps 30'
            " --out disasters",
        ),
    ),
    Row(
        number=9,
        says="keep verifying that it has not gone off track",
        seconds=20,
        commands=(
            "cogitate evaluate --model mini --family arithmetic --frontier --n 20",
            "cogitate check mini --n 40",
        ),
        fine=(0, 1),
    ),
    Row(
        number=10,
        says="how many r's are in strawberry?",
        seconds=10,
        needs=SMALL,
        commands=(
            'cogitate ask "How many times does the letter r occur in strawberry?"'
            " --model strawberry",
        ),
    ),
    Row(
        number=11,
        says='paste a tweet that says "models cannot do this"',
        seconds=10,
        commands=(
            "cp {root}/docs/challenges.jsonl .",
            "cogitate challenge run --file challenges.jsonl --model mini --budgets 0,128"
            " --samples 2 --tokens 64",
        ),
    ),
    Row(
        number=12,
        says="o1 and o1-mini: nearly as good, far cheaper, knows less",
        seconds=30,
        needs=SMALL,
        commands=(f"python {{root}}/bench/sizes.py mini {SMALL} --n 4 --facts 20",),
    ),
    Row(
        number=13,
        says="I write the tests, the model writes the implementation",
        seconds=45,
        needs=CODER,
        commands=(
            "mkdir -p tdd && cp {root}/docs/examples/test_prices.py tdd",
            "cogitate tdd tdd/test_prices.py --model coder --ask never",
        ),
        fine=(0, 1),
    ),
    Row(
        number=14,
        says="I pass it the error message, and it mends it or asks better questions",
        seconds=40,
        needs=CODER,
        commands=(
            "mkdir -p debug && cp {root}/docs/examples/stock.py debug",
            "cd debug && cogitate debug --model coder -- python stock.py",
        ),
        fine=(0, 1),
    ),
    Row(
        number=15,
        says="every trained model has its quirks",
        seconds=10,
        commands=("cogitate compare mini mini-base --n 60",),
    ),
    Row(
        number=16,
        says="help with planning and with mistakes in daily work",
        seconds=5,
        commands=(
            'cogitate ask "It is 9:47. What time is it in 2 hours 35 minutes?" --model mini',
            "python {root}/docs/examples/clients/questions.py calendar 5",
        ),
    ),
)


def main() -> int:
    """Run what is asked for, and print what took how long."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = [row for row in ROWS if not options.only or row.number in options.only]
    pulled, results = {model.name for model in known() if model.pulled}, []
    for place, row in enumerate(rows):
        if row.needs and row.needs not in pulled:
            results.append((row, f"left out: cogitate models pull {row.needs}", 0.0))
            continue
        left = sum(each.seconds for each in rows[place:])
        print(f"\n{row.number}. {row.says} (about {left} s left)", flush=True)
        began = time.perf_counter()
        failed = run(row, options.out)
        results.append((row, failed or "done", time.perf_counter() - began))
    lines = [(str(row.number), row.says, how, f"{took:.0f}") for row, how, took in results]
    show("the interview", ("", "they say", "here", "seconds"), lines)
    return int(any(how.startswith("status") for _, how, _ in results))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=int, nargs="+", choices=[row.number for row in ROWS])
    parser.add_argument("--out", type=Path, default=Path("runs/interview"))
    return parser.parse_args()


def run(row: Row, out: Path) -> str:
    """Run the commands of a row and show what they print; return why it failed, or nothing."""
    every = commands(row)
    for number, command in enumerate(every, 1):
        print(f"$ {command}", flush=True)
        shell = ["bash", "-o", "pipefail", "-c", command]
        status = subprocess.run(shell, cwd=out, env=environment(), check=False).returncode
        if status not in (row.fine if number == len(every) else (0,)):
            return f"status {status}: {command}"
    return ""


def commands(row: Row) -> Sequence[str]:
    """Return the commands as bash takes them."""
    return [command.replace("{root}", shlex.quote(str(ROOT))) for command in row.commands]


def environment() -> dict[str, str]:
    """Return an environment in which `cogitate` and `python` are those of this interpreter."""
    folder = Path(sys.executable).parent
    if shutil.which("cogitate", path=str(folder)) is None:
        raise SystemExit(f"there is no cogitate in {folder}: run it as make interview does")
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}


if __name__ == "__main__":
    sys.exit(main())
