"""`cogitate serve`: models behind OpenAI's dialect, on this machine."""

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import tyro

from cogitate.budget import parse_think
from cogitate.cli.arguments import parse
from cogitate.disk import given
from cogitate.errors import UsageError

DEFAULT_MODEL = "mini"
GRACE_S = 10
"""For what runs, once the server is told to stop."""
Names = Annotated[
    tuple[tuple[str, ...], ...], tyro.conf.arg(metavar="NAME ..."), tyro.conf.UseAppendAction
]
_WARM_QUESTIONS = 8
"""Of each family that a model was trained on, asked before it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Serve one or more models: /v1/chat/completions and what belongs to it, until Ctrl-C."""

    model: Annotated[tuple[str, ...], tyro.conf.arg(metavar="M ...")] = (DEFAULT_MODEL,)
    """Runs, checkpoints, Hugging Face folders or names, or aliases; NAME=M gives another name."""
    host: str = "127.0.0.1"
    """The address to listen at; 0.0.0.0 lets other machines in, by a key or by --allow-host."""
    port: int = 8000
    """0 takes a free one."""
    api_key_file: Path | None = None
    """A file with the key that clients must show; unset lets everyone in who names a known host."""
    allow_host: Names = ()
    """Without a key, hosts that are answered beside --host and loopback's, such as box.lan."""
    allow_origin: Names = ()
    """Origins of pages of other sites that may ask, such as http://localhost:3000."""
    think: str | None = None
    """Thought tokens where a request says nothing: a number, or none, minimal, low, medium, high,
    xhigh, max. Unset: what the model's run used, else low."""
    most: str = "max"
    """Thought tokens at most, whatever a request says."""
    deadline: float | None = None
    """Seconds for a whole answer at most, whatever a request says; unset leaves them free."""
    rows: int = 32
    """Requests that are answered at the same time; more wait."""
    strict: bool = False
    """Refuse fields that are not understood, as OpenAI does, instead of naming them in a header."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Of the weights; auto takes the faster one on this machine."""


def run(args: list[str]) -> int:
    """Load the models and answer until stopped."""
    options = parse(Options, args, "serve")
    _check(options)
    key = _key(options.api_key_file)
    import uvicorn

    from cogitate.serve import Known, make_app, without_delay

    known = Known.of(
        hosts=[options.host.partition("%")[0], *_each(options.allow_host)],
        origins=_each(options.allow_origin),
        any_host=key is not None,
    )
    app = make_app(_shelf(options), api_key=key, strict=options.strict, known=known)
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


def _shelf(options: Options):
    from cogitate.runs.opening import load
    from cogitate.serve import Ceiling, ModelRegistry

    shelf = ModelRegistry()
    for name, called in map(_named, options.model):
        model = shelf.thread.call(partial(load, called, options.dtype))
        most = parse_think(options.most, model.context)
        default = model.budget(options.think, None).think or 0
        ceiling = Ceiling(
            context=model.context,
            think=most,
            default=min(default, most),
            deadline_s=options.deadline,
            taught=model.taught,
            answer=model.answer,
        )
        usual = model.usual_questions(_WARM_QUESTIONS)[: options.rows]
        shelf.add(name, model, ceiling, rows=options.rows, usual=usual)
    return shelf


def _names(options: Options) -> list[str]:
    return [name for name, _ in map(_named, options.model)]


def _named(model: str) -> tuple[str, str]:
    """Return what clients call a model, and the model: NAME=M, or M by its last part.

    A path that is there stays whole, whatever is in it.
    """
    from cogitate.models.hub import OURS

    name, equals, path = model.partition("=")
    if equals and not given(model).exists():
        return name or _named(path)[0], path
    return given(model).absolute().name.removeprefix(OURS), model


def _each(given: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return names that may be given one by one, several at once, or between commas."""
    return [name for group in given for names in group for name in names.split(",")]


def _check(options: Options) -> None:
    if not options.model:
        raise UsageError("--model: at least one is needed")
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
    if not key or not key.isascii():
        raise UsageError(f"--api-key-file {file}: one line of ASCII is needed")
    return key
