"""`cogitate ask`: a question or a conversation; the thought streams dimmed, then the answer."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal

import tyro

from cogitate import ask as asking
from cogitate.ask import Chunk
from cogitate.budget import parse_seconds
from cogitate.cli.arguments import parse
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.prompt import conversation
from cogitate.protocols import Engine
from cogitate.rollout.episodes import Terms
from cogitate.rollout.history import check_history
from cogitate.tokenizer import Message, Tokenizer
from cogitate.types import Budget, End, Rollout

DEFAULT_MODEL = "mini"
DIM, NORMAL = "\x1b[2m", "\x1b[0m"
NO_ANSWER = "(no whole answer)"
LOOPED = "the answer repeated itself and was cut off"
CUT_OFF = "the answer was cut off at its limit: allow more with --answer, or a later --deadline"
BAR = 30
"""Characters of a vote's bar that all votes would make."""

Say = Callable[[str], Iterator[Chunk]]
"""Says the next thing to a model, here or elsewhere, and yields what it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Ask a question, or turn by turn. The thought streams as it is written, then the answer."""

    question: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="QUESTION")] = ""
    """The question; - reads it from standard input; without one, a conversation begins."""
    model: str = DEFAULT_MODEL
    """A run, a checkpoint, a Hugging Face folder or name, or an alias; mini, which reasons and
    knows next to nothing, is part of the package."""
    think: str | None = None
    """Thought tokens at most: a number, or none, minimal, low, medium, high, xhigh, max. Unset:
    what the model's run used, else low."""
    effort: str | None = None
    """The same in words alone, as OpenAI's clients say it."""
    min_think: int = 0
    """Thought tokens at least: "Wait," is put in the place of a close that comes earlier."""
    deadline: str | None = None
    """Time for all of it, as 5s or 250ms: the thought is closed early enough to answer."""
    samples: int = 1
    """Thoughts at once, at temperature 1 where none is given; the most common answer wins."""
    answer: int | None = None
    """Answer tokens at most; unset: 512, or what a server allows."""
    temperature: float | None = None
    """0 is greedy, as it is for a single thought where nothing is given."""
    system: str | None = None
    """A system message."""
    url: str | None = None
    """Ask a server with OpenAI's dialect instead, such as http://127.0.0.1:8000/v1; its key is in
    the environment variable OPENAI_API_KEY."""
    json: bool = False
    """Print one JSON object instead of the stream."""
    history: Literal["last", "all"] = "last"
    """What a conversation's next turn sees of earlier ones: their answers (last), or their thoughts
    as well (all)."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Of the weights; auto takes the faster one on this machine."""


def run(args: list[str]) -> int:
    """Ask, and print what comes."""
    options = parse(Options, args, "ask")
    _check(options)
    if not options.question and "" not in args:
        return _converse(_say(options))
    question = _readable(options.question)
    if not question.strip():
        raise UsageError("the question is empty")
    if options.samples > 1:
        _vote(options, question)
    elif options.json:
        pieces = _say(options)(question)
        print(json.dumps(_gathered(options.model, question, pieces), ensure_ascii=False))
    else:
        _show(_say(options)(question))
    return 0


def _check(options: Options) -> None:
    if options.effort is not None and options.think is not None:
        raise UsageError("--effort and --think say the same: give one of them")
    if options.effort is not None and options.effort.isdigit():
        raise UsageError(f"--effort is a word; a number of tokens is --think {options.effort}")
    if options.temperature is not None and options.temperature < 0:
        raise UsageError(f"--temperature is 0 or more, not {options.temperature}")
    if options.samples < 1:
        raise UsageError(f"--samples: at least 1 is needed, not {options.samples}")
    if options.url and (options.samples > 1 or options.min_think or options.history != "last"):
        raise UsageError("--samples, --min-think and --history are for models here: no --url")
    if not options.question and (options.samples > 1 or options.json):
        raise UsageError("--samples and --json need a question")


def _say(options: Options) -> Say:
    """Return what answers: a model here, or a server."""
    if options.url is not None:
        from cogitate.cli.remote import answerer

        answer = answerer(
            options.url,
            model=options.model,
            think=options.effort or options.think,
            deadline_s=None if options.deadline is None else parse_seconds(options.deadline),
            temperature=options.temperature or 0.0,
            answer=options.answer,
        )
        return partial(_say_there, answer, conversation("", options.system)[:-1])
    engine, tokenizer, budget = _ready(options)
    terms = Terms(
        tokenizer=tokenizer,
        budget=budget,
        temperature=options.temperature or 0.0,
        history=options.history,
        system=options.system,
    )
    check_history(options.history, tokenizer, budget)
    return asking.Dialogue(engine, terms).say


def _say_there(
    answer: Callable[[Sequence[Message]], Iterator[Chunk]], messages: list[Message], text: str
) -> Iterator[Chunk]:
    """Say the next thing to a server, which is told the whole conversation; it grows by a turn."""
    messages.append({"role": "user", "content": text})
    answered = ""
    for chunk in answer(messages):
        answered += chunk.text if chunk.kind == "answer" else ""
        yield chunk
    messages.append({"role": "assistant", "content": answered})


def _ready(options: Options) -> tuple[Engine, Tokenizer, Budget]:
    """Load the model, and return what it is asked with."""
    from cogitate.runs.opening import load

    model = load(options.model, options.dtype)
    answer = min(options.answer or asking.ANSWER, model.context)
    budget = model.budget(options.effort or options.think, answer, options.min_think)
    if options.deadline is not None:
        budget = replace(budget, deadline_s=parse_seconds(options.deadline))
    engine = model.engine(options.samples)
    return engine, model.tokenizer, model.stated(budget, engine)


def _vote(options: Options, question: str) -> None:
    """Think several times at once and print the votes, most first."""
    engine, tokenizer, budget = _ready(options)
    messages = conversation(question, options.system)
    temperature = 1.0 if options.temperature is None else options.temperature
    rollouts = asking.ask_many(
        engine, tokenizer, messages, budget, num=options.samples, temperature=temperature
    )
    counts = asking.votes(tokenizer, rollouts)
    if options.json:
        told = {"model": options.model, "question": question, "answer": counts[0][0]}
        print(json.dumps({**told, "votes": counts}, ensure_ascii=False))
        return
    width = max(len(text or NO_ANSWER) for text, _ in counts)
    for text, count in counts:
        bar = "#" * max(1, round(BAR * count / options.samples))
        print(f"{text or NO_ANSWER:<{width}}  {bar} {count} of {options.samples}")


def _converse(tell: Say) -> int:
    """Take turns until the input ends."""
    asks = sys.stdin.isatty()
    while True:
        try:
            question = input("> " if asks else "")
        except EOFError:
            return 0
        if not question.strip():
            continue
        _show(tell(question))


def _readable(question: str) -> str:
    """Return the question, from standard input for "-"; bytes that are no text become "?"."""
    if question == "-":
        return sys.stdin.buffer.read().decode(errors="replace")
    return question.encode(errors="replace").decode()


def _show(pieces: Iterator[Chunk]) -> None:
    """Print the thought, a line's end, the answer; dimmed where a terminal shows it."""
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    kind, rollout = None, None
    try:
        for piece in pieces:
            if piece.kind == "answer" and kind == "thought":
                print(NORMAL if colour else "", end="\n\n")
            elif piece.kind == "thought" and kind != "thought":
                print("\n\n" if kind else "", end=DIM if colour else "")
            kind = piece.kind if piece.text else kind
            print(piece.text, end="", flush=True)
            rollout = piece.rollout
    finally:
        print(NORMAL if colour else "", flush=True)
    if rollout is not None and rollout.end is End.TRUNCATED:
        say(LOOPED if rollout.looped else CUT_OFF)


def _gathered(model: str, question: str, pieces: Iterator[Chunk]) -> dict[str, Any]:
    texts = {"thought": "", "answer": "", "end": ""}
    details: dict[str, Any] = {}
    for piece in pieces:
        texts[piece.kind] += piece.text
        if piece.rollout is not None:
            details = _details(piece.rollout)
    return {
        "model": model,
        "question": question,
        "thought": texts["thought"],
        "answer": texts["answer"],
        **details,
    }


def _details(rollout: Rollout) -> dict[str, Any]:
    budget = rollout.request.budget
    return {
        "thought_tokens": len(rollout.thought),
        "answer_tokens": len(rollout.answer),
        "budget": {"think": budget.think, "answer": budget.answer, "deadline_s": budget.deadline_s},
        "thought_end": str(rollout.thought_end),
        "end": "loop" if rollout.looped else str(rollout.end),
        "seconds": round(rollout.seconds, 3),
    }
