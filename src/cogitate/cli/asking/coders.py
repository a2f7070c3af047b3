"""What `tdd` and `debug` have in common: the model that they ask, and how a change is shown."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cogitate.cli.arguments import starting
from cogitate.errors import UsageError
from cogitate.notices import say, visible
from cogitate.work.solving import ANSWER, SAMPLES, Model

GREEN, RED, NORMAL = "\x1b[32m", "\x1b[31m", "\x1b[0m"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderOptions:
    """Which model is asked, and for how much.

    Example: CoderOptions(model="qwen2.5-coder-0.5b", samples=8)
    """

    model: str | None = None
    """A run, a checkpoint, a Hugging Face folder or name, a GGUF file or an alias; with --url,
    the server's name for it. Unset: the best of the known models that is pulled."""
    url: str | None = None
    """Ask a server with OpenAI's API instead; it is sent what the prompt holds. Its key is in
    the environment variable OPENAI_API_KEY."""
    samples: int = SAMPLES
    """Number of answers that are tried at first, and the maximum of each later round."""
    answer: int = ANSWER
    """Most tokens of an answer."""
    think: str | None = None
    """Most thought tokens: a number, or none, minimal, low, medium, high, xhigh, max. Unset: none,
    or with --url what the server does by itself."""
    timeout: int = 20
    """Seconds for one run."""


def need_at_least(options: CoderOptions, **least: int) -> None:
    """Refuse a server without a model's name, and numbers that are too small.

    Raises:
        UsageError: it names the option.
    """
    if options.url is not None and options.model is None:
        raise UsageError("name a model of the server by --model")
    for name, number in ({"samples": 1, "answer": 1, "timeout": 1} | least).items():
        if getattr(options, name) < number:
            raise UsageError(f"--{name} is {number} or more, not {getattr(options, name)}")


def coder(options: CoderOptions, sent: str, *, one_block: bool = False) -> Model:
    """Return the model that is asked: a local one, or one of a server, which is `sent` something.

    With `one_block` a local one ends its answers with their first block of code.

    Example: coder(options, "the tests, the target and the messages of failures")
    """
    from cogitate.work.asking import LocalModel, RemoteModel, generator

    if options.url is not None and options.model is not None:
        from cogitate.cli.asking.remote import answerer

        say(f"{options.url} is sent {sent}")
        answer = answerer(
            options.url,
            model=options.model,
            think=options.think,
            deadline_s=None,
            temperature=0.0,
            answer=None,
        )
        return RemoteModel(answer, options.answer)
    with starting():
        from cogitate.runs.defaults import model_to_code
        from cogitate.runs.opening import load

        model = load(options.model or model_to_code(), sealed=True)
    budget = model.budget(options.think or "none", min(options.answer, model.context))
    budget = replace(budget, one_block=one_block)
    engine = model.engine(options.samples)
    return LocalModel(generator(engine), model.tokenizer, model.stated(budget, engine))


def show(text: str) -> None:
    """Print a text that may hold what a model or a program wrote."""
    print(visible(text), flush=True)


def show_diff(lines: Iterable[str]) -> None:
    """Print the lines of a diff, in colours at a terminal."""
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in lines:
        paint = {"+": GREEN, "-": RED}.get(line[:1], "") if colour else ""
        print(f"{paint}{visible(line)}{NORMAL if paint else ''}")
