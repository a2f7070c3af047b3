"""`cogitate ask`: one question, its thought streamed dimmed, then the answer."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import tyro

from cogitate import ask as asking
from cogitate.cli.arguments import parse
from cogitate.errors import UsageError
from cogitate.types import Budget

DEFAULT_MODEL = "mini"
DIM, NORMAL = "\x1b[2m", "\x1b[0m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Ask one question. The thought streams as it is written (dimmed), then the answer."""

    question: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="QUESTION")]
    """The question; - reads it from standard input."""
    model: str = DEFAULT_MODEL
    """A run, a checkpoint, a Hugging Face folder or name, or an alias; mini, which reasons and
    knows next to nothing, is part of the package."""
    think: str | None = None
    """Thought tokens at most: a number, or none, minimal, low, medium, high, xhigh, max. Unset:
    what the model's run used, else low."""
    least: int = 0
    """Thought tokens at least: "Wait," is put in the place of a close that comes earlier."""
    answer: int = 512
    """Answer tokens at most."""
    temperature: float = 0.0
    """0 is greedy."""
    system: str | None = None
    """A system message."""
    json: bool = False
    """Print one JSON object instead of the stream."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Of the weights; auto takes the faster one on this machine."""


def run(args: list[str]) -> int:
    """Ask, and print what comes."""
    options = parse(Options, args, "ask")
    question = _readable(options.question)
    if not question.strip():
        raise UsageError("the question is empty")
    if options.temperature < 0:
        raise UsageError(f"--temperature is 0 or more, not {options.temperature}")
    from cogitate.cli.policies import open_policy

    asked = open_policy(options.model, options.dtype)
    budget = asked.budget(options.think, min(options.answer, asked.context), options.least)
    pieces = asking.ask(
        asked.engine(),
        asked.policy.tokenizer,
        question,
        budget,
        temperature=options.temperature,
        system=options.system,
    )
    if options.json:
        print(json.dumps(_gathered(options.model, question, budget, pieces), ensure_ascii=False))
    else:
        _show(pieces)
    return 0


def _readable(question: str) -> str:
    """Return the question, from standard input for "-"; bytes that are no text become "?"."""
    if question == "-":
        return sys.stdin.buffer.read().decode(errors="replace")
    return question.encode(errors="replace").decode()


def _show(pieces: Iterator[asking.Piece]) -> None:
    """Print the thought, a line's end, the answer; dimmed where a terminal shows it."""
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    kind = None
    try:
        for piece in pieces:
            if piece.kind == "answer" and kind == "thought":
                print(NORMAL if colour else "", end="\n\n")
            elif piece.kind == "thought" and kind is None and colour:
                print(DIM, end="")
            kind = piece.kind if piece.text else kind
            print(piece.text, end="", flush=True)
    finally:
        print(NORMAL if colour else "", flush=True)


def _gathered(
    model: str, question: str, budget: Budget, pieces: Iterator[asking.Piece]
) -> dict[str, Any]:
    texts = {"thought": "", "answer": "", "end": ""}
    for piece in pieces:
        texts[piece.kind] += piece.text
        if piece.rollout is None:
            continue
        rollout = piece.rollout
        return {
            "model": model,
            "question": question,
            "thought": texts["thought"],
            "answer": texts["answer"],
            "thought_tokens": len(rollout.thought),
            "answer_tokens": len(rollout.answer),
            "budget": {"think": budget.think, "answer": budget.answer},
            "thought_end": str(rollout.thought_end),
            "end": str(rollout.end),
            "seconds": round(rollout.seconds, 3),
        }
    raise AssertionError("a stream ends with its rollout")
