"""What is sent to the server and is wrong, too much or odd: nothing of it is the server's fault."""

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from serving import serving


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
        ({"deadline_ms": 10**400}, 400, "deadline_ms"),
        ({"min_thinking_tokens": -1}, 400, "min_thinking_tokens"),
        ({"response_format": {"type": "lark"}}, 400, "response_format"),
        ({"response_format": {"type": "json_schema"}}, 400, "response_format"),
        ({"response_format": schema({"const": "x" * 2**16})}, 400, "response_format"),
        ({"response_format": schema({"type": "frob"})}, 400, None),
        ({"response_format": schema([])}, 400, "response_format"),
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


def test_a_body_that_is_too_large_is_refused_unread(address):
    answer = httpx.post(f"{address}/chat/completions", content=b"x" * 5_000_000)
    assert answer.status_code in (400, 413)
