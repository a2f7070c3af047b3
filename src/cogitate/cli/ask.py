"""`cogitate ask`: a question or a conversation; the thought streams dimmed, then the answer."""

import io
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
from cogitate.cli.arguments import Device, parse, starting
from cogitate.disk import encodable
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.prompt import conversation
from cogitate.protocols import Engine
from cogitate.rollout.episodes import Terms
from cogitate.rollout.history import check_history
from cogitate.tokenizer import Message, Tokenizer
from cogitate.types import Budget, End, Rollout

DIM, NORMAL = "\x1b[2m", "\x1b[0m"
NO_ANSWER = "(no whole answer)"
LOOPED = "the answer repeated itself and was cut off"
CUT_OFF = "the answer was cut off at its limit: allow more with --answer, or a later --deadline"
BAR = 30
"""Characters of the bar of all votes."""

Say = Callable[[str], Iterator[Chunk]]
"""Sends the next message to a local model or a server; yields the answer in chunks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Ask a question, or turn by turn. The thought streams as it is written, then the answer."""

    question: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="QUESTION")] = ""
    """The question; - reads it from standard input; without one, a conversation begins."""
    model: str | None = None
    """A run, a checkpoint, a Hugging Face folder or name, a GGUF file, an adapter or an
    alias. Unset: the best that is pulled, at least mini, which is part of the package; with --url
    the server's first model."""
    think: str | None = None
    """Most thought tokens: a number, or none, minimal, low, medium, high, xhigh, max. Unset:
    what the model's run used, else low."""
    effort: str | None = None
    """The same as a word only, as in OpenAI's API."""
    min_think: int = 0
    """Least thought tokens: "Wait," replaces an earlier close."""
    deadline: str | None = None
    """Time for thought and answer, such as 5s or 250ms: the thought is closed early enough."""
    samples: int = 1
    """Number of rollouts, at temperature 1 unless it is set; the most common answer wins."""
    answer: int | None = None
    """Most answer tokens; unset: 512, or the server's limit. With --url it needs --think in tokens,
    or none."""
    temperature: float | None = None
    """0 is greedy, the default for a single sample."""
    system: str | None = None
    """A system message."""
    url: str | None = None
    """Ask a server with OpenAI's API instead, such as http://127.0.0.1:8000/v1; its key is in
    the environment variable OPENAI_API_KEY."""
    json: bool = False
    """Print one JSON object instead of the stream."""
    history: Literal["last", "all"] = "last"
    """What later turns of a conversation see of earlier ones: the answers (last), or the thoughts
    too (all)."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Dtype of weights and activations; auto takes the faster one on this machine."""
    weights: Literal["as-is", "fp32", "bf16"] = "as-is"
    """What is multiplied: the numbers of a GGUF file of 4 to 8 bits, or its weights dequantised."""


def run(args: list[str]) -> int:
    """Ask, and print the answer."""
    options = parse(Options, args, "ask")
    _check(options)
    question = _readable(options.question)
    if not question.strip() and (options.question or "" in args):
        raise UsageError("the question is empty")
    if options.model is None and options.url is None:
        options = replace(options, model=_default())
    if not question:
        return _converse(_say(options))
    if options.samples > 1:
        _vote(options, question)
    elif options.json:
        chunks = _say(options)(question)
        print(json.dumps(_gathered(options.model, question, chunks), ensure_ascii=False))
    else:
        _show(_say(options)(question))
    return 0


def _check(options: Options) -> None:
    if options.effort is not None and options.think is not None:
        raise UsageError("--effort and --think are the same option: give one of them")
    if options.effort is not None and options.effort.isdigit():
        raise UsageError(f"--effort is a word; a number of tokens is --think {options.effort}")
    asking.need_temperature(options.temperature or 0.0)
    for name, value in (("answer", options.answer), ("samples", options.samples)):
        if value is not None and value < 1:
            raise UsageError(f"--{name}: at least 1 is needed, not {value}")
    if options.url and (options.samples > 1 or options.min_think or options.history != "last"):
        raise UsageError("--samples, --min-think and --history need a local model: no --url")
    if not options.question and (options.samples > 1 or options.json):
        raise UsageError("--samples and --json need a question")


def _default() -> str:
    with starting():
        from cogitate.runs.defaults import model_to_ask

        return model_to_ask()


def _say(options: Options) -> Say:
    """Return a function that answers, by a local model or a server."""
    if options.url is not None:
        from cogitate.cli.asking.remote import answerer

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
    """Send the conversation with the next message to a server; append the turn to it."""
    messages.append({"role": "user", "content": text})
    answered = ""
    for chunk in answer(messages):
        answered += chunk.text if chunk.kind == "answer" else ""
        yield chunk
    messages.append({"role": "assistant", "content": answered})


def _ready(options: Options) -> tuple[Engine, Tokenizer, Budget]:
    """Load the model; return its engine, its tokenizer and the budget."""
    with starting():
        from cogitate.runs.opening import load

        model = load(
            str(options.model), options.dtype, weights=options.weights, device=options.device,
            sealed=True,
        )  # fmt: skip
    answer = min(options.answer or asking.ANSWER, model.context)
    budget = model.budget(options.effort or options.think, answer, options.min_think)
    if options.deadline is not None:
        budget = replace(budget, deadline_s=parse_seconds(options.deadline))
    engine = model.engine(options.samples)
    return engine, model.tokenizer, model.stated(budget, engine)


def _vote(options: Options, question: str) -> None:
    """Sample several rollouts together and print the votes, most first."""
    engine, tokenizer, budget = _ready(options)
    messages = conversation(question, options.system)
    temperature = 1.0 if options.temperature is None else options.temperature
    rollouts = asking.ask_many(
        engine, tokenizer, messages, budget, num=options.samples, temperature=temperature
    )
    counts = asking.votes(tokenizer, rollouts)
    if options.json:
        values = {"model": options.model, "question": question, "answer": counts[0][0]}
        print(json.dumps({**values, "votes": counts}, ensure_ascii=False))
        return
    width = max(len(text or NO_ANSWER) for text, _ in counts)
    for text, count in counts:
        bar = "#" * max(1, round(BAR * count / options.samples))
        print(f"{text or NO_ANSWER:<{width}}  {bar} {count} of {options.samples}")


def _converse(tell: Say) -> int:
    """Take turns until the input ends; undecodable bytes are replaced."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
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
    """Return the question, from standard input for "-"; undecodable bytes are replaced."""
    if question == "-":
        return sys.stdin.buffer.read().decode(errors="replace")
    return encodable(question)


def _show(chunks: Iterator[Chunk]) -> None:
    """Print the thought, dimmed on a terminal, then the answer."""
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    kind, rollout = None, None
    try:
        for chunk in chunks:
            if chunk.kind == "answer" and kind == "thought":
                print(NORMAL if colour else "", end="\n\n")
            elif chunk.kind == "thought" and kind != "thought":
                print("\n\n" if kind else "", end=DIM if colour else "")
            kind = chunk.kind if chunk.text else kind
            print(chunk.text, end="", flush=True)
            rollout = chunk.rollout
    finally:
        print(NORMAL if colour else "", flush=True)
    if rollout is not None and rollout.end is End.TRUNCATED:
        say(LOOPED if rollout.looped else CUT_OFF)


def _gathered(model: str | None, question: str, chunks: Iterator[Chunk]) -> dict[str, Any]:
    texts = {"thought": "", "answer": "", "end": ""}
    details: dict[str, Any] = {}
    for chunk in chunks:
        texts[chunk.kind] += chunk.text
        if chunk.rollout is not None:
            details = _details(chunk.rollout)
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
