"""A client of servers with OpenAI's API, cogitate's or others."""

import gzip
import http.client
import io
import json
import os
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cogitate.ask import Chunk
from cogitate.budget import EFFORTS, parse_think
from cogitate.errors import CogitateError, UsageError
from cogitate.prompt import Span, TagSplitter
from cogitate.tokenizer import Message

PATIENCE_S = 600
"""Seconds without data from the server."""
_WHOLE = frozenset({"stop", "eos", "eos_token", "stop_sequence", "end_turn"})
"""Finish reasons of a complete answer, of several servers."""
_LONGEST_FAULT = 300
_MOST_CHARS = 2**24
"""Of one event, or of an answer that is not streamed."""


def answerer(
    url: str,
    *,
    model: str | None,
    think: str | None,
    deadline_s: float | None,
    temperature: float,
    answer: int | None,
) -> Callable[..., Iterator[Chunk]]:
    """Return a function that answers a conversation by a server; it takes more fields by keyword.

    Without `model` the server is asked for the first that it lists.

    The API has one limit for thought and answer together, so that `answer` needs `think` in tokens,
    or "none".

    Raises:
        UsageError: the address or a limit is invalid.
    """
    address = _address(url, "chat/completions")
    wishes: dict[str, Any] = {"temperature": temperature}
    if think in EFFORTS:
        wishes["reasoning_effort"] = think
    elif think is not None:
        wishes["thinking_token_budget"] = parse_think(think, sys.maxsize)
    if answer is not None:
        if think != "none" and "thinking_token_budget" not in wishes:
            raise UsageError("--answer with --url needs --think in tokens, or none")
        wishes["max_tokens"] = answer + wishes.get("thinking_token_budget", 0) + 1
    if deadline_s is not None:
        wishes["deadline_ms"] = 1000 * deadline_s
    wishes["model"] = _first_model(url) if model is None else model

    def go_on(messages: Sequence[Message], **more: Any) -> Iterator[Chunk]:
        body = {**wishes, **more, "messages": messages}
        return _stream(address, body)

    return go_on


def _first_model(url: str) -> str:
    address = _address(url, "models")
    try:
        with _opened(address) as response:
            return str(json.loads(response.read(_MOST_CHARS))["data"][0]["id"])
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        raise CogitateError(f"{address} lists no model: name one by --model") from error


def _address(url: str, endpoint: str) -> str:
    if not url.startswith(("http://", "https://")) or any(map(str.isspace, url)):
        raise UsageError(f"--url {url!r} is not an address such as http://127.0.0.1:8000/v1")
    return f"{url.rstrip('/')}/{endpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """The contents of one event of a stream.

    Example: _Chunk(answer="4"); _Chunk(finish="stop")
    """

    thought: str = ""
    answer: str = ""
    finish: str = ""


def _stream(address: str, body: Mapping[str, Any]) -> Iterator[Chunk]:
    with _opened(address, {**body, "stream": True}) as response:
        try:
            yield from _pieces(_chunks(address, response))
        except (OSError, http.client.HTTPException, EOFError, zlib.error) as error:
            reason = error or type(error).__name__
            raise CogitateError(f"{address} broke off ({reason}): ask again") from error
    yield Chunk(kind="end")


def _opened(address: str, body: Mapping[str, Any] | None = None) -> http.client.HTTPResponse:
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("OPENAI_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    try:
        request = urllib.request.Request(address, data, headers)
        return urllib.request.build_opener(_NoRedirects).open(request, timeout=PATIENCE_S)
    except urllib.error.HTTPError as error:
        raise CogitateError(f"{address} refused: {_said(error)}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error or type(error).__name__
        raise CogitateError(f"{address} cannot be reached: {reason}") from error
    except ValueError as error:  # half an IPv6 address, or a key with a line's end in it
        raise UsageError(f"--url {address} or OPENAI_API_KEY cannot be sent: {error}") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Treats a redirection as an error: neither question nor key is sent elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


def _pieces(chunks: Iterator[_Chunk]) -> Iterator[Chunk]:
    """Yield the text of chunks, up to the one that only finishes the answer.

    Some servers send a finish reason with every chunk; one beside text does not end the answer.

    Raises:
        CogitateError: the answer is incomplete.
    """
    finish, is_empty, tags = "", True, TagSplitter()
    for chunk in chunks:
        finish = chunk.finish or finish
        thought: list[Span] = [("thought", chunk.thought)] if chunk.thought else []
        answer = tags.push(chunk.answer) + (tags.close() if chunk.finish else [])
        for kind, text in thought + answer:
            yield Chunk(kind=kind, text=text)
            is_empty = is_empty and (kind == "thought" or not text.strip())
        if chunk.finish and not thought + answer:
            break
    if finish == "length":
        raise CogitateError(
            "the answer was cut off at its limit: allow more, by --answer or at the server"
        )
    if finish not in _WHOLE:
        raise CogitateError(f"the answer is incomplete: the server ended it for {finish!r}")
    if is_empty:
        raise CogitateError("the server gave no answer: see its log, or ask again")


def _chunks(address: str, response: http.client.HTTPResponse) -> Iterator[_Chunk]:
    """Yield a stream's chunks, or the only one of a server that does not stream.

    `[DONE]` counts as a finish.

    Raises:
        CogitateError: the response is neither, or it ends early.
    """
    kind = response.headers.get_content_type()
    if kind == "text/html":
        raise CogitateError(
            f"{address} is a web page, not an answer: check --url, and whether to log in"
        )
    finish = ""
    for name, data in _events(response, is_one=kind.endswith("json")):
        is_done = data.strip() == "[DONE]"
        chunk = _Chunk(finish=finish or "stop") if is_done else _chunk(name, data)
        finish = chunk.finish or finish
        yield chunk
    if not finish:
        raise CogitateError(
            f"{address} ended before its answer was complete (no finish_reason, no [DONE]): ask"
            " again, or check --url"
        )


def _events(response: http.client.HTTPResponse, *, is_one: bool) -> Iterator[tuple[str, str]]:
    """Yield the name and data of server-sent events (HTML standard, section 9.2.6).

    Undecodable bytes become surrogates, which `_chunk` refuses.
    """
    packed = response.headers.get("Content-Encoding") == "gzip"
    raw: Any = gzip.GzipFile(fileobj=response) if packed else response
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape")
    if is_one:
        whole = _bounded(text.read(_MOST_CHARS))
        if response.length:  # bytes that were promised and did not come
            raise http.client.IncompleteRead(b"", response.length)
        yield "", whole
        return
    name, data = "", list[str]()
    for line in map(_bounded, iter(lambda: text.readline(_MOST_CHARS), "")):
        field, _, value = line.rstrip("\n").partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            name = value.removeprefix(" ")
        elif line == "\n":
            if data:
                yield name, "\n".join(data)
            name, data = "", []
    if data:
        yield name, "\n".join(data)


def _bounded(part: str) -> str:
    """Return a part of a response, unless it is so long that more of it may follow."""
    if len(part) >= _MOST_CHARS:
        raise CogitateError("the server sent data without end: check --url, or ask again")
    return part


def _chunk(name: str, data: str) -> _Chunk:
    try:
        data.encode()
        chunk = json.loads(data)
        if fault := chunk.get("error") or (name == "error" and chunk):
            raise CogitateError(f"the server failed: {_message(fault)}")
        choices = [choice for choice in chunk.get("choices") or [] if not choice.get("index")]
        choice = choices[0] if choices else {}
        said = choice.get("delta") or choice.get("message") or {}
        thought = said.get("reasoning_content") or said.get("reasoning") or ""
        answer = said.get("content") or ""
        (thought + answer).encode()  # refuses lists of parts and surrogates
        finish = str(choice.get("finish_reason") or "")
        return _Chunk(thought=thought, answer=answer, finish=finish)
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError) as error:
        raise CogitateError(f"the server sent data that is no chunk: {data[:80]!r}") from error


def _said(error: urllib.error.HTTPError) -> str:
    """Return a server's message on an error, or the HTTP status."""
    if error.code < 400 and (to := error.headers.get("Location")):
        return f"it redirects to {to}; give --url the final address"
    try:
        return _message(json.loads(error.read(_MOST_CHARS))["error"])
    except (ValueError, LookupError, TypeError, OSError, http.client.HTTPException):
        return f"{error.code} {error.reason}"


def _message(error: Any) -> str:
    """Return the message of an error in OpenAI's form, or the error itself, as one line."""
    found = error.get("message", error) if isinstance(error, Mapping) else error  # pyright: ignore
    return " ".join(str(found).split())[:_LONGEST_FAULT]
