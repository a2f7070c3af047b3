"""`cogitate challenge`: questions that models are said to fail, kept, and tried on models."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from cogitate.cli.arguments import Device, SandboxLevel, need_writable, parse
from cogitate.errors import UsageError
from cogitate.evaluate import EvalSpec, score
from cogitate.evaluate.challenges import (
    Attempt,
    Challenge,
    Challenges,
    add_attempts,
    add_challenge,
    attempts_of,
    first_solved,
    history_of,
    read_attempts,
    read_challenges,
)
from cogitate.protocols import Family
from cogitate.tasks import load_family

if TYPE_CHECKING:
    from cogitate.runs.opening import LoadedModel

_WIDTH = 70
"""Characters of a question that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Keep questions that models are said to fail, and try models on them.

    add keeps a question with its answer. run tries models on all of them, at each budget, and
    keeps what came of it beside the file. list shows which model first solved which.
    """

    what: Annotated[
        tyro.conf.Positional[Literal["add", "run", "list"]],
        tyro.conf.arg(metavar="[add|run|list]"),
    ] = "list"
    question: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="[QUESTION]")] = ""
    """With add: as it was posted."""
    answer: str = ""
    """With add: the correct answer, as short as it can be. A model's sentence is correct if its
    last number or letter, its first yes or no, or its words are this answer, in forms that
    docs/measuring.md lists. What is in no such form is wrong."""
    family: str = ""
    """With add: a family whose verifier judges instead, from the answer alone, as arithmetic."""
    note: str = ""
    """With add: where it comes from, such as an address."""
    file: Path = Path("challenges.jsonl")
    """The file of challenges. What models answered is kept beside it, in NAME.history.jsonl."""
    model: tuple[str, ...] = ()
    """With run: models to try."""
    budgets: str = "0,128,512"
    """With run: most thought tokens, one try at each. A model that was not trained to think has
    one try."""
    samples: int = 8
    """With run: answers to each question at each budget, at temperature 1; one is greedy."""
    tokens: int = 256
    """With run: most tokens of an answer."""
    sandbox_level: SandboxLevel = "seccomp"
    """Minimum level of the sandbox in which families such as code run a model's programs."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""


def run(args: list[str]) -> int:
    """Add, run or list."""
    options = parse(Options, args, "challenge")
    if options.what != "add" and (options.question or options.answer or options.note):
        raise UsageError('cogitate challenge add "question" --answer ... keeps a question')
    if options.what != "add" and options.family:
        raise UsageError("--family goes with cogitate challenge add")
    if options.what != "run" and options.model:
        raise UsageError("--model goes with cogitate challenge run")
    return {"add": _add, "run": _run, "list": _list}[options.what](options)


def _add(options: Options) -> int:
    challenge = Challenge(
        question=options.question.strip(),
        answer=options.answer.strip(),
        family=options.family,
        note=options.note,
        added=_today(),
    )
    family = load_family(options.family, options.sandbox_level) if options.family else None
    is_new = not options.file.exists()
    add_challenge(options.file, challenge, family)
    print(f"{options.file} has {len(read_challenges(options.file))} challenges")
    if is_new and any((folder / ".git").exists() for folder in options.file.resolve().parents):
        print("for git to merge two copies by itself, .gitattributes needs these lines:")
        for path in (options.file, history_of(options.file)):
            print(f"{path.name} merge=union")
    return 0


def _run(options: Options) -> int:
    from cogitate.runs.opening import load

    challenges, budgets = read_challenges(options.file), _budgets(options.budgets)
    if not options.model:
        raise UsageError("name one or more models: --model mini strawberry")
    if options.samples < 1 or options.tokens < 1:
        raise UsageError("--samples and --tokens: at least 1 is needed")
    names = {challenge.family for challenge in challenges if challenge.family}
    families = {name: load_family(name, options.sandbox_level) for name in sorted(names)}
    before = first_solved(challenges, read_attempts(history_of(options.file)))
    need_writable("--file", history_of(options.file))
    for name in options.model:
        model = load(name, device=options.device, sealed=True)
        thinks = model.tokenizer.think_open is not None
        for think in budgets if thinks else [None]:
            found = _tried(model, name, think, Challenges(challenges, families), options)
            add_attempts(history_of(options.file), found)
            solved = [attempt for attempt in found if attempt.is_solved]
            at = "" if think is None else f" with at most {think} thought tokens"
            print(f"{name}{at}: {len(solved)} of {len(found)} solved", flush=True)
    now = first_solved(challenges, read_attempts(history_of(options.file)))
    for challenge in challenges:
        if challenge.key in now and challenge.key not in before:
            print(f"first solved by {now[challenge.key].model}: {_short(challenge.question)}")
    return 0


def _tried(
    model: "LoadedModel", name: str, think: int | None, family: Family, options: Options
) -> list[Attempt]:
    budget = model.budget(None if think is None else str(think), options.tokens)
    spec = EvalSpec(
        budget=budget,
        n=sys.maxsize,
        samples=options.samples,
        temperature=1.0 if options.samples > 1 else 0.0,
    )
    result = score(model.sampler(budget), model.tokenizer, family, spec)
    return attempts_of(result, name, model.fingerprint, think, _today())


def _list(options: Options) -> int:
    challenges = read_challenges(options.file)
    attempts = read_attempts(history_of(options.file))
    solved = first_solved(challenges, attempts)
    for challenge in challenges:
        print(f"{_state(challenge, attempts, solved):<34} {_short(challenge.question)}")
    print(f"{len(challenges)} challenges, {sum(c.key in solved for c in challenges)} solved")
    return 0


def _state(challenge: Challenge, attempts: Sequence[Attempt], solved: dict[str, Attempt]) -> str:
    """Return who first solved a challenge and when, or how many models have tried."""
    if (first := solved.get(challenge.key)) is not None:
        return f"{first.when} {first.model}"
    tried = {attempt.model for attempt in attempts if attempt.key == challenge.key}
    return f"open, tried by {len(tried)}" if tried else "open"


def _budgets(text: str) -> list[int]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        raise UsageError(f"--budgets {text!r}: numbers of tokens, such as 0,128,512")
    return sorted({int(word) for word in words})


def _short(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 (the user's own day)
