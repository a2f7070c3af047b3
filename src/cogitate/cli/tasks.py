"""`cogitate tasks`: lists families of tasks, checks one, judges an answer, or draws replies."""

import json
import sys
import time
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import tyro

from cogitate.cli.arguments import SandboxLevel, first_line, parse
from cogitate.disk import given
from cogitate.errors import UsageError

KINDS = """\
  reasoning_gym:NAME   any data set of the package reasoning-gym; append :key=value to set a field
  FILE.jsonl, FILE.csv questions and answers of your own (columns question, answer; thought if you
                       have worked solutions)
  FILE.py              a family of your own (about 20 lines; see the README)
  FOLDER/              questions about code: question.md and test_*.py in a folder for each

cogitate tasks check F probes one, shows some of its questions and warns of odd answers.
cogitate tasks judge F --key K --answer FILE shows what its verifier says of an answer, and why.
cogitate tasks replies MODEL --out FILE.jsonl draws a model's own questions and replies."""
_VERDICTS = {1: "correct", 0: "wrong", None: "the verifier failed"}
"""By reward."""
_MOST_BATCHES = 5
"""Without one reply that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """List the families of tasks, check one, or judge an answer to one of its tasks.

    check probes the verifier and shows some questions. judge exits with 0 whatever the verdict is,
    and with 2 if the verifier gives none. replies draws what a model asks and answers by itself
    (Magpie): learned beside other tasks, it keeps them from being forgotten.
    """

    what: Annotated[
        tyro.conf.Positional[Literal["list", "check", "judge", "replies"]],
        tyro.conf.arg(metavar="[list|check|judge|replies]"),
    ] = "list"
    family: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="[F]")] = ""
    """With check or judge: a name, reasoning_gym:NAME, or a path to .jsonl, .csv or .py, or a
    folder of tests. With replies: a model."""
    key: str = ""
    """With judge: the task's key, as evaluate --json and a run's rollouts have it, or
    SPLIT:SEED[:LEVEL], such as test:17."""
    answer: str = ""
    """With judge: a file with the answer's text, as a model would write it; - is standard input."""
    sandbox_level: SandboxLevel = "seccomp"
    """Minimum level of the sandbox in which families such as code run a model's programs."""
    json: bool = False
    """With judge: print one JSON object."""
    out: str = ""
    """With replies: the file to write; one that is there is continued."""
    n: int = 500
    """With replies: how many to keep."""
    tokens: int = 192
    """With replies: most tokens of one."""
    without: str = ""
    """With replies: parts of words, such as capital,currenc; what has one is left out, so that a
    benchmark about it measures what the model knew before."""
    seed: int = 0
    """With replies: of the draws."""


_USUAL = Options()


def run(args: list[str]) -> int:
    """List, check, judge or draw."""
    options = parse(Options, args, "tasks")
    if (options.what == "replies") != bool(options.out):
        raise UsageError("--out FILE.jsonl goes with cogitate tasks replies, which needs it")
    if options.what != "judge" and (options.key or options.answer or options.json):
        raise UsageError("--key, --answer and --json go with cogitate tasks judge")
    own = {name: getattr(_USUAL, name) for name in ("n", "tokens", "without", "seed")}
    if options.what != "replies" and options != replace(options, **own):
        raise UsageError("--n, --tokens, --without and --seed go with cogitate tasks replies")
    if options.what == "list":
        print(_overview())
        return 0
    if not options.family:
        what, verb = ("model", "models") if options.what == "replies" else ("family", "tasks")
        raise UsageError(f"which {what}? Name one that cogitate {verb} lists")
    act = {"judge": _judge, "check": _check, "replies": _replies}[options.what]
    return act(options)


def _check(options: Options) -> int:
    from cogitate.tasks import check

    report = check(options.family, options.sandbox_level)
    print(report)
    if not report.passed:
        failed = next(probe for probe in report.probes if probe.failure)
        raise UsageError(f"{report.name} is refused: {failed.name}: {failed.failure}")
    return 0


def _judge(options: Options) -> int:
    """Print what the family's verifier says of an answer, under the conditions of training."""
    if not options.key or not options.answer:
        raise UsageError("judge needs --key, the task's key, and --answer, a file or -")
    from cogitate.prompt import without_thought
    from cogitate.tasks import find_task, open_family
    from cogitate.tasks.capabilities import Interacts
    from cogitate.verify import judge, lenient

    answer = without_thought(_text(options.answer))
    family = open_family(options.family, options.sandbox_level)
    task = find_task(family, options.key)
    verdict = judge(family, task, answer)
    is_read = bool(task.target) and not isinstance(family, Interacts)
    found = {
        "family": task.family,
        "key": task.key,
        "level": task.level,
        "question": task.question,
        "target": task.target,
        "answer": answer,
        "verdict": _VERDICTS[verdict.reward],
        "reward": verdict.reward,
        "parts": dict(verdict.parts),
        "why": verdict.why,
        "lenient": float(verdict.reward == 1 or lenient(task, answer)) if is_read else None,
    }
    print(json.dumps(found, ensure_ascii=False) if options.json else _shown(found))
    if verdict.reward is None:
        raise UsageError(f"{family.name} gives no verdict: {verdict.why}")
    return 0


def _replies(options: Options) -> int:
    """Add a model's own replies to a file, batch by batch, until there are enough."""
    from cogitate.runs import replies
    from cogitate.runs.opening import load
    from cogitate.types import Budget

    path = given(options.out)
    kept, began, num_new = replies.read(path, options.family), time.monotonic(), 0
    loaded = load(options.family, sealed=True)
    if loaded.tokenizer.template is None:
        raise UsageError(f"{options.family} has no chat template, behind which it could ask")
    sampler = loaded.sampler(Budget(think=0, answer=options.tokens), rows=replies.BATCH)
    asked = [one.question for one in kept]
    without = [part.strip() for part in options.without.split(",") if part.strip()]
    drawn = replies.draw(
        sampler,
        loaded.tokenizer,
        answer=options.tokens,
        seed=options.seed,
        asked=asked,
        without=without,
    )
    batches = 0
    while len(kept) < options.n:
        batches += 1
        if batches > _MOST_BATCHES and not num_new:
            raise UsageError(
                f"{options.family} answers none of its questions twice in the same way; of"
                f" {_MOST_BATCHES} batches nothing is kept"
            )
        new = [
            replies.Reply(question=question, answer=answer, model=options.family)
            for question, answer in next(drawn)[: options.n - len(kept)]
        ]
        replies.add(path, new)
        kept, num_new = [*kept, *new], num_new + len(new)
        left = (time.monotonic() - began) / max(1, num_new) * (options.n - len(kept)) / 60
        estimate = f", {left:.0f} min left" if num_new else ""
        print(f"{len(kept)} of {options.n} replies{estimate}", flush=True)
    print(f"{path} holds {len(kept)} replies; a cold start learns them beside other tasks")
    return 0


def _text(name: str) -> str:
    """Return the text of a file, or of standard input.

    Raises:
        UsageError: there is no such file, or it is not text.
    """
    try:
        read = sys.stdin.buffer.read() if name == "-" else given(name).read_bytes()
        return read.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"--answer {name} is not UTF-8 text: {error}") from error
    except OSError as error:
        raise UsageError(f"--answer {name} cannot be read: {error.strerror}") from error


def _shown(found: dict[str, Any]) -> str:
    reward, near = found["reward"], found["lenient"]
    values = {
        "task": f"{found['key']}, level {found['level']}",
        "question": found["question"],
        "target": found["target"],
        "verdict": found["verdict"] + ("" if reward is None else f", reward {reward:g}"),
        "why": found["why"],
        "lenient": "" if near is None else _VERDICTS[near],
    }
    return "\n".join(
        f"{name:<10}" + value.replace("\n", "\n" + " " * 10)
        for name, value in values.items()
        if value
    )


def _overview() -> str:
    from cogitate.tasks import FAMILIES

    own = "\n".join(f"  {name:<21}{first_line(make)}" for name, make in FAMILIES.items())
    return f"{own}\n{KINDS}"
