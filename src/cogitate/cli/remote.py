"""Asking a server that speaks OpenAI's dialect, ours or another's."""

import http.client
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cogitate.ask import Piece
from cogitate.budget import EFFORTS, parse_think
from cogitate.errors import CogitateError, UsageError
from cogitate.tokenizer import Message

PATIENCE_S = 600
"""Without a word from the server."""


def answerer(
    url: str,
    *,
    model: str,
    think: str | None,
    deadline_s: float | None,
    temperature: float,
    answer: int | None,
) -> Callable[[Sequence[Message]], Iterator[Piece]]:
    """Return what goes on with a conversation by way of a server.

    An answer's limit can be said there only together with the thought's, in tokens.

    Raises:
        UsageError: the address is none, or the thought's length is.
    """
    if not url.startswith(("http://", "https://")) or any(map(str.isspace, url)):
        raise UsageError(f"--url {url!r} is no address such as http://127.0.0.1:8000/v1")
    wishes: dict[str, Any] = {"model": model, "temperature": temperature}
    if think in EFFORTS:
        wishes["reasoning_effort"] = think
    elif think is not None:
        wishes["thinking_token_budget"] = parse_think(think, sys.maxsize)
    if answer is not None:
        if think not in (None, "none") and "thinking_token_budget" not in wishes:
            raise UsageError("--answer with --url needs --think in tokens")
        wishes["max_tokens"] = answer + wishes.get("thinking_token_budget", 0) + 1
    if deadline_s is not None:
        wishes["deadline_ms"] = 1000 * deadline_s

    def go_on(messages: Sequence[Message]) -> Iterator[Piece]:
        return _stream(f"{url.rstrip('/')}/chat/completions", {**wishes, "messages": messages})

    return go_on


def _stream(address: str, body: Mapping[str, Any]) -> Iterator[Piece]:
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("OPENAI_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    data = json.dumps({**body, "stream": True}).encode()
    request = urllib.request.Request(address, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as lines:
            for line in lines:
                yield from _pieces(line.decode().strip())
    except urllib.error.HTTPError as error:
        raise CogitateError(f"{address} refused: {_said(error)}") from error
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error or type(error).__name__
        raise CogitateError(f"{address} cannot be reached: {reason}") from error
    yield Piece(kind="end")


def _pieces(line: str) -> Iterator[Piece]:
    data = line.removeprefix("data:").strip()
    if not line.startswith("data:") or data == "[DONE]":
        return
    try:
        chunk = json.loads(data)
        if "error" in chunk:
            raise CogitateError(f"the server failed: {_message(chunk)}")
        deltas = [choice.get("delta") or {} for choice in chunk.get("choices") or ()]
    except (ValueError, AttributeError, TypeError) as error:
        raise CogitateError(f"the server sent what is no chunk: {data[:80]!r}") from error
    for delta in deltas:
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            yield Piece(kind="thought", text=thought)
        if text := delta.get("content"):
            yield Piece(kind="answer", text=text)


def _said(error: urllib.error.HTTPError) -> str:
    """Return what a server says is wrong, in its own words where it has any."""
    try:
        return _message(json.loads(error.read()))
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


def _message(body: Mapping[str, Any]) -> str:
    """Return the message of an error in OpenAI's shape, or what stands in its place."""
    error = body["error"]
    return str(error.get("message", error) if isinstance(error, Mapping) else error)  # pyright: ignore
