"""Raw text, and what is said of its tokens: only what is known, and no more than was asked for."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from serving import serving


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


def complete(address: str, **fields: Any) -> dict[str, Any]:
    body = {"prompt": "What is 2 + 3?", "seed": 1, **fields}
    return httpx.post(f"{address}/completions", json=body).raise_for_status().json()


def test_the_likeliest_token_stands_beside_one_that_was_taken_for_it(address: str) -> None:
    """Clients see from the greatest of the entries whether a token is greedy."""
    asked: dict[str, Any] = {"max_tokens": 6, "logprobs": 1, "echo": True}
    first = complete(address, max_tokens=0)["usage"]["prompt_tokens"]
    for temperature in (0, 2):
        (choice,) = complete(address, temperature=temperature, **asked)["choices"]
        logprobs = choice["logprobs"]
        own, top = logprobs["token_logprobs"], logprobs["top_logprobs"]
        assert all(
            max(best.values()) >= value for value, best in list(zip(own, top, strict=True))[1:first]
        )
        assert all(isinstance(value, float) for value in own[first:])
        names = logprobs["tokens"][first:]
        known = [{name: value} for name, value in zip(names, own[first:], strict=True)]
        assert top[first:] == ([None] * len(known) if temperature else known)


def test_a_close_that_is_forced_is_not_said_to_be_the_likeliest(address: str) -> None:
    prompt = "<|im_start|>u What is 478 + 356?<|im_end|><|im_start|>a <think>"
    asked = {"prompt": prompt, "temperature": 0, "max_tokens": 12, "thinking_token_budget": 2}
    (choice,) = complete(address, **asked, logprobs=1)["choices"]
    logprobs = choice["logprobs"]
    forced = logprobs["tokens"].index("</think>")
    assert [top is None for top in logprobs["top_logprobs"]].index(True) == forced


def test_more_than_one_likeliest_token_is_refused(address: str) -> None:
    body = {"prompt": "x", "logprobs": 2}
    refused = httpx.post(f"{address}/completions", json=body)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "logprobs")


def test_a_prompt_that_is_only_scored_has_no_completion(address: str) -> None:
    fields: dict[str, Any] = {"max_tokens": 0, "stream_options": {"include_usage": True}}
    whole = complete(address, **fields, echo=True, logprobs=1)
    assert whole["choices"][0]["text"] == "What is 2 + 3?"
    assert whole["usage"]["completion_tokens"] == 0
    body = {"prompt": "What is 2 + 3?", "stream": True, **fields}
    lines = httpx.post(f"{address}/completions", json=body).text.split("\n\n")
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.endswith("}")]
    assert "".join(choice["text"] for event in events for choice in event["choices"]) == ""
    assert events[-1]["usage"] == whole["usage"]


def test_a_limit_of_minus_one_is_unset(address: str) -> None:
    assert complete(address, max_tokens=-1) | {"id": 0, "created": 0} == complete(address) | {
        "id": 0, "created": 0,
    }  # fmt: skip
