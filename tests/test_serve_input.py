"""What is sent to the server and is wrong, too much or odd: nothing of it is the server's fault."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from random import Random

import httpx2 as httpx
import pytest

from serving import serving


def nested(depth: int) -> dict[str, object]:
    return {"type": "array", "items": nested(depth - 1) if depth else {}}


def schema(value: object) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": "given", "schema": value}}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "nobody", "content": "x"}]}, 400, "messages.0.role"),
        ({"temperature": 9}, 400, "temperature"),
        ({"model": "gpt"}, 404, "model"),
        ({"stop": [""]}, 400, "stop"),
        ({"reasoning_effort": "some"}, 400, "reasoning_effort"),
        ({"thinking_token_budget": "many"}, 400, "thinking_token_budget"),
        ({"deadline_ms": -5}, 400, "deadline_ms"),
        ({"tools": [{"type": "function"}]}, 400, "tools"),
        ({"frequency_penalty": 0.5}, 400, "frequency_penalty"),
        ({"stop": ["x" * 1000]}, 400, "stop"),
        ({"think": []}, 400, "think"),
        ({"thinking": {"type": {}}}, 400, "thinking.type"),
        (
            {"chat_template_kwargs": {"enable_thinking": []}},
            400,
            "chat_template_kwargs.enable_thinking",
        ),
        ({"top_k": 10**24}, 400, "top_k"),
        ({"max_completion_tokens": 10**40}, 400, "max_completion_tokens"),
        ({"max_tokens": True}, 400, "max_tokens"),
        ({"deadline_ms": 10**400}, 400, "deadline_ms"),
        ({"deadline_ms": 1e-323}, 400, "deadline_ms"),
        ({"deadline_ms": 5000, "n": 9}, 400, None),
        ({"min_thinking_tokens": -1}, 400, "min_thinking_tokens"),
        ({"response_format": {"type": "lark"}}, 400, "response_format"),
        ({"response_format": {"type": "json_schema"}}, 400, "response_format"),
        ({"response_format": schema({"const": "x" * 2**16})}, 400, "response_format"),
        ({"response_format": schema({"type": "frob"})}, 400, None),
        ({"response_format": schema([])}, 400, "response_format"),
        ({"response_format": schema(nested(190))}, 400, None),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": "x " * 4000}]}, 400, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_wrong_is_said_as_openai_says_it(address, change, status, param, stream):
    body = {"model": "mini", "messages": [{"role": "user", "content": "hi"}], "stream": stream}
    answer = httpx.post(f"{address}/chat/completions", json=body | change)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (status, param)
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat/completions", '{"deadline_ms": NaN}'),
        ("chat/completions", '{"deadline_ms": 1e999}'),
        ("chat/completions", '{"messages": [{"role": "user", "content": "\\ud800"}]}'),
        ("chat/completions", '{"messages": [{"role": "user", "content": [{"type": "text"}]}]}'),
        ("chat/completions", '{"\u0446\\n": 1, "n": null, "top_p": null, "stream": null}'),
        ("completions", '{"prompt": "\\ud800", "max_tokens": 0, "logprobs": 1, "echo": true}'),
        ("completions", '{"prompt": [1, 2], "max_tokens": null}'),
        ("completions", '{"prompt": {"a": 1}}'),
        ("responses", '{"input": "x", "text": {"format": null}}'),
        ("responses", '{"input": "x", "text": {"format": "x"}}'),
        ("responses", '{"input": [{"role": "user", "content": 5}]}'),
        ("responses", '{"input": ["x"]}'),
        ("responses", '{"input": "x", "instructions": "\\ud83d", "max_output_tokens": 8}'),
        ("responses", '{"input": "x", "text": {"format": {"type": "json_schema", '
                      '"schema": {"const": "\\ud800"}}}, "max_output_tokens": 8}'),
        ("responses", '{"input": "x", "text": {"format": {"type": "json_schema", '
                      '"schema": {"maximum": 1e999}}}, "max_output_tokens": 8}'),
        ("responses", "[]"),
        ("responses", "{"),
        ("nothing", "{}"),
    ],
)  # fmt: skip
def test_nothing_that_is_sent_is_the_servers_fault(address, path, body):
    """Whatever comes, the answer is one of OpenAI's, and others are answered afterwards."""
    body = (
        body
        if "messages" in body or path != "chat/completions" or not body.endswith("}")
        else (body[:-1] + ', "messages": [{"role": "user", "content": "x"}], "max_tokens": 8}')
    )
    answer = httpx.post(f"{address}/{path}", content=body.encode(),
                        headers={"content-type": "application/json"})  # fmt: skip
    assert answer.status_code < 500
    assert answer.status_code == 200 or answer.json()["error"]["type"] == "invalid_request_error"
    assert httpx.get(address.removesuffix("/v1") + "/health").status_code == 200


@pytest.mark.parametrize("path", ["chat/completions", "completions", "responses"])
@pytest.mark.parametrize("body", [b'{"model": "mini"}', b"[]", b""])
def test_a_request_that_is_not_json_is_refused_with_how_to_send_it(address, path, body):
    kind = "application/json" if body == b"[]" else "application/x-www-form-urlencoded"
    refused = httpx.post(f"{address}/{path}", content=body, headers={"Content-Type": kind})
    assert refused.status_code == 400
    assert "Content-Type: application/json" in refused.json()["error"]["message"]


def test_more_than_may_wait_are_refused(address, monkeypatch):
    monkeypatch.setattr("cogitate.serve.engines.worker.MAX_WAITING", 2)
    body = {"model": "mini", "messages": [{"role": "user", "content": "hi"}], "n": 3}
    answer = httpx.post(f"{address}/chat/completions", json=body)
    assert (answer.status_code, "retry-after" in answer.headers) == (429, True)


def test_a_body_that_is_too_large_is_refused_unread(address):
    answer = httpx.post(f"{address}/chat/completions", content=b"x" * 5_000_000)
    assert answer.status_code == 413


def test_a_body_of_50_mb_that_does_not_say_so_is_refused(address):
    def pieces() -> Iterator[bytes]:
        yield b'{"messages": [{"role": "user", "content": "'
        for _ in range(50):
            yield b"x" * 1_000_000

    try:
        status = httpx.post(f"{address}/chat/completions", content=pieces(), timeout=30).status_code
    except httpx.TransportError:  # it is not obliged to read on once it has refused
        status = 413
    assert status == 413
    assert is_well(address)


def test_a_thousand_malformed_requests_leave_it_well(address):
    rng = Random(0)
    with httpx.Client(timeout=30) as client:
        for _ in range(1000):
            path = rng.choice(list(GOOD))
            answer = client.post(
                f"{address}/{path}", content=spoilt(rng, GOOD[path]),
                headers={"content-type": rng.choice(["application/json", "text/plain", ""])},
            )  # fmt: skip
            assert answer.status_code < 500, answer.text
    assert is_well(address)


GOOD = {
    "chat/completions": {
        "model": "mini", "messages": [{"role": "user", "content": "2+2?"}], "max_tokens": 3,
        "stop": ["x"], "temperature": 0.5, "reasoning_effort": "low", "deadline_ms": 500, "n": 1,
        "stream": False, "response_format": {"type": "text"}, "think": False,
    },
    "completions": {"prompt": "2+2", "max_tokens": 3, "echo": True, "logprobs": 1, "seed": 1,
                    "think": False},
    "responses": {"input": [{"role": "user", "content": "2+2?"}], "max_output_tokens": 3,
                  "reasoning": {"effort": "none"}, "text": {"format": {"type": "text"}}},
}  # fmt: skip
ODD = (None, True, -1, 0, 2**70, 1e308, "", "\x00", "\ud800", "x" * 3000, [], {}, [[]], {"type": 7},
       [None], [{"role": []}], {"type": "json_schema", "schema": {"$ref": "#"}})  # fmt: skip


def spoilt(rng: Random, good: dict[str, object]) -> bytes:
    """Return a body in which fields, or bytes, are other than they should be."""
    body = dict(good)
    for name in rng.sample(sorted(body), rng.randrange(1, 3)):
        body[name] = rng.choice(ODD)
    text = bytearray(json.dumps(body).encode())
    for _ in range(rng.choice([0, 0, 1, 5])):
        place = rng.randrange(len(text))
        text[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
    return bytes(text)


def test_clients_that_are_slow_hold_nobody_up(address):
    host, port = address.split("/")[2].split(":")
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    body = json.dumps(GOOD["chat/completions"] | {"stream": True, "max_tokens": 200}).encode()
    with contextlib.ExitStack() as stack:
        for place in range(40):  # some stop within their head, some in their body, some never read
            slow = stack.enter_context(socket.create_connection((host, int(port))))
            whole = head + b"content-length: %d\r\n\r\n" % len(body) + body
            slow.sendall(whole[: (20, len(whole) - 9, len(whole))[place % 3]])
        start = time.monotonic()
        assert is_well(address)
        assert time.monotonic() - start < 10
    assert is_well(address)


def is_well(address: str) -> bool:
    body = GOOD["chat/completions"] | {"deadline_ms": None}
    answer = httpx.post(f"{address}/chat/completions", json=body, timeout=30)
    return answer.is_success and bool(answer.json()["choices"])
