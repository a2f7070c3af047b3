"""`cogitate serve`: serves models on this machine with OpenAI's API."""

import math
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import tyro

from cogitate.budget import parse_think
from cogitate.cli.arguments import Device, parse, starting
from cogitate.disk import given
from cogitate.errors import UsageError

GRACE_S = 10
"""Seconds for running requests, once the server is stopped."""
Names = Annotated[
    tuple[tuple[str, ...], ...], tyro.conf.arg(metavar="NAME ..."), tyro.conf.UseAppendAction
]
_WARM_QUESTIONS = 8
"""Questions of each family that a model was trained on, run before it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Serve one or more models with OpenAI's API (/v1/chat/completions, ...), until Ctrl-C."""

    model: Annotated[tuple[str, ...], tyro.conf.arg(metavar="M ...")] = ()
    """Runs, checkpoints, Hugging Face folders or names, or aliases; NAME=M gives another name.
    Unset: the best that is pulled, at least mini."""
    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 admits other machines, with a key or --allow-host."""
    port: int = 8000
    """0 takes a free one."""
    api_key_file: Path | None = None
    """A file with the API key that clients must send; unset admits all that name a known host."""
    allow_host: Names = ()
    """Host names to accept without a key, beside --host and loopback's, such as box.lan."""
    allow_origin: Names = ()
    """Origins of web pages that may send requests, such as http://localhost:3000."""
    allow_tests: bool = False
    """Give the page a tab for tests: pasted tests are run in the sandbox on what a model writes.
    Only on loopback, for the page itself, and where the sandbox reaches level full."""
    allow_challenges: Path | None = None
    """Let the page keep questions in this file of challenges (`cogitate challenge`). Only on
    loopback, for the page itself."""
    think: str | None = None
    """Thought tokens of requests without a budget: a number, or none, minimal, low, medium, high,
    xhigh, max. Unset: what the model's run used, else low."""
    max_think: str = "max"
    """Most thought tokens of any request."""
    deadline: float | None = None
    """Most seconds of any request, thought and answer together; unset is no limit."""
    rows: int = 32
    """Requests that run concurrently; more wait."""
    strict: bool = False
    """Refuse unknown fields, as OpenAI does, instead of naming them in a header."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Dtype of weights and activations; auto takes the faster one on this machine."""
    weights: Literal["as-is", "fp32", "bf16"] = "as-is"
    """What is multiplied: the numbers of a GGUF file of 4 to 8 bits, or its weights dequantised."""


def run(args: list[str]) -> int:
    """Load the models and serve them until stopped."""
    options = parse(Options, args, "serve")
    _check(options)
    options = options if options.model else _by_default(options)
    key = _key(options.api_key_file)
    with starting():
        import uvicorn

        from cogitate.serve import (
            Known,
            make_app,
            need_for_challenges,
            need_for_tests,
            without_delay,
        )

        if options.allow_tests:
            need_for_tests(options.host)
        if options.allow_challenges is not None:
            need_for_challenges(options.host, options.allow_challenges)
        known = Known.of(
            hosts=[options.host.partition("%")[0], *_each(options.allow_host)],
            origins=_each(options.allow_origin),
            any_host=key is not None,
        )
        app = make_app(
            _registry(options),
            api_key=key,
            strict=options.strict,
            known=known,
            tests=options.allow_tests,
            challenges=options.allow_challenges,
        )
        config = uvicorn.Config(
            app,
            host=options.host,
            port=options.port,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_S,
        )
    server = uvicorn.Server(config)
    with without_delay(config.bind_socket()) as bound:
        host, port = bound.getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        print(f"serving {', '.join(_names(options))}: http://{host}:{port} has a page to ask at,")
        print(f"http://{host}:{port}/v1 is for OpenAI's clients; Ctrl-C stops", flush=True)
        server.run(sockets=[bound])
    return 0


def _by_default(options: Options) -> Options:
    with starting():
        from cogitate.runs.defaults import model_to_ask

        return replace(options, model=(model_to_ask(),))


def _registry(options: Options):
    from cogitate.runs.opening import load
    from cogitate.serve import Ceiling, ModelRegistry

    registry = ModelRegistry()
    for name, source in map(_named, options.model):
        opened = partial(
            load, source, options.dtype, weights=options.weights, device=options.device,
            sealed=True,
        )  # fmt: skip
        model = registry.thread.call(opened)
        max_think = parse_think(options.max_think, model.context)
        default = model.budget(options.think, None).think or 0
        ceiling = Ceiling(
            context=model.context,
            think=max_think,
            default=min(default, max_think),
            deadline_s=options.deadline,
            taught=model.taught,
            answer=model.answer,
        )
        usual = model.usual_questions(_WARM_QUESTIONS)[: options.rows]
        registry.add(name, model, ceiling, rows=options.rows, usual=usual)
    return registry


def _names(options: Options) -> list[str]:
    return [name for name, _ in map(_named, options.model)]


def _named(model: str) -> tuple[str, str]:
    """Return a model's name for clients, and the model: NAME=M, or M with its last part as name.

    An existing path is not split at "=".
    """
    from cogitate.models.hub import OURS

    name, equals, path = model.partition("=")
    if equals and not given(model).exists():
        return name or _named(path)[0], path
    return given(model).absolute().name.removeprefix(OURS), model


def _each(given: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return names that are given one by one, several at once, or separated by commas."""
    return [name for group in given for names in group for name in names.split(",")]


def _check(options: Options) -> None:
    names = _names(options)
    if len(set(names)) < len(names):
        raise UsageError(f"two models are called {max(names, key=names.count)}: use --model NAME=M")
    if options.rows < 1:
        raise UsageError(f"--rows: at least 1 is needed, not {options.rows}")
    if options.deadline is not None and not 0 < options.deadline < math.inf:
        raise UsageError(f"--deadline is seconds above 0, not {options.deadline:g}")
    if not 0 <= options.port <= 65535:
        raise UsageError(f"--port is 0 to 65535, not {options.port}")


def _key(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        key = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--api-key-file {file} cannot be read: {error}") from error
    if not key.isascii() or len(key.split()) != 1:
        raise UsageError(f"--api-key-file {file}: one key of ASCII is needed, and nothing else")
    return key
