"""Asking a server that speaks OpenAI's dialect, ours or another's."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cogitate.ask import Piece
from cogitate.budget import EFFORTS
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
    most: int,
):
    """Return what goes on with a conversation by way of a server.

    Raises:
        UsageError: the address is none.
    """
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--url {url!r} is no address such as http://127.0.0.1:8000/v1")
    wishes: dict[str, Any] = {"model": model, "temperature": temperature, "max_tokens": most}
    if think in EFFORTS:
        wishes["reasoning_effort"] = think
    elif think is not None:
        wishes["thinking_token_budget"] = int(think) if think.isdigit() else think
        wishes["max_tokens"] = most + (int(think) if think.isdigit() else 0)
    if deadline_s is not None:
        wishes["deadline_ms"] = 1000 * deadline_s

    def answer(messages: Sequence[Message]) -> Iterator[Piece]:
        return _stream(f"{url.rstrip('/')}/chat/completions", {**wishes, "messages": messages})

    return answer


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
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise CogitateError(f"{address} cannot be reached: {reason}") from error
    yield Piece(kind="end")


def _pieces(line: str) -> Iterator[Piece]:
    data = line.removeprefix("data:").strip()
    if not line.startswith("data:") or data == "[DONE]":
        return
    chunk = json.loads(data)
    if "error" in chunk:
        raise CogitateError(f"the server failed: {chunk['error'].get('message')}")
    for choice in chunk.get("choices", ()):
        delta = choice.get("delta", {})
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            yield Piece(kind="thought", text=thought)
        if text := delta.get("content"):
            yield Piece(kind="answer", text=text)


def _said(error: urllib.error.HTTPError) -> str:
    """Return what a server says is wrong, in its own words where it has any."""
    try:
        return str(json.loads(error.read())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"
