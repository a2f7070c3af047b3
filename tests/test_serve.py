"""The server, as its clients see it: a real socket, the real `openai` client, the shipped mini."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import openai
import pytest
import torch

from cogitate import models
from cogitate.cli import main
from cogitate.engine.engine import Engine
from cogitate.serve.api.reply import Reply
from cogitate.tokenizer import Tokenizer
from cogitate.types import Event, Request
from serving import serving
from tiny import whole_prefix_scores

QUESTION = "What is 478 + 356?"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=address, api_key="none", max_retries=0) as client:
        yield client


def chat(client: openai.OpenAI, content: str = QUESTION, **settings):
    messages: Any = [{"role": "user", "content": content}]
    return client.chat.completions.create(model="mini", messages=messages, **settings)


def test_an_answer_comes_with_its_thought_and_their_tokens(client):
    found = chat(client)
    (choice,) = found.choices
    assert choice.message.content == "834"
    assert "8+6=14" in choice.message.reasoning_content
    assert choice.message.reasoning == choice.message.reasoning_content
    assert choice.finish_reason == "stop"
    thought = found.usage.completion_tokens_details.reasoning_tokens
    assert 10 < thought < found.usage.completion_tokens
    assert found.cogitate[0]["thinking_stop"] == "natural"


def test_a_stream_is_the_whole_answer_in_pieces(client):
    whole = chat(client)
    stream = chat(client, stream=True, stream_options={"include_usage": True})
    thought, answer, reasons, usage = "", "", [], None
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            thought += getattr(choice.delta, "reasoning_content", None) or ""
            answer += choice.delta.content or ""
            reasons += [choice.finish_reason] if choice.finish_reason else []
    assert (thought, answer) == (
        whole.choices[0].message.reasoning_content, whole.choices[0].message.content
    )  # fmt: skip
    assert reasons == ["stop"]
    assert usage.completion_tokens == whole.usage.completion_tokens


SUM = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}, "certain": {"type": "boolean"}},
    "required": ["sum", "certain"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_follows_a_schema_and_the_thought_does_not(client, stream):
    form = {"type": "json_schema", "json_schema": {"name": "sum", "strict": True, "schema": SUM}}
    if stream:
        pieces = list(chat(client, response_format=form, stream=True))
        text = "".join(c.delta.content or "" for p in pieces for c in p.choices)
        thought = "".join(
            getattr(c.delta, "reasoning_content", None) or "" for p in pieces for c in p.choices
        )
    else:
        message = chat(client, response_format=form).choices[0].message
        text, thought = message.content, message.reasoning_content
    assert set(json.loads(text)) == {"sum", "certain"}
    assert isinstance(json.loads(text)["sum"], int)
    assert thought == chat(client).choices[0].message.reasoning_content


def test_many_follow_schemas_of_their_own_at_any_temperature(client):
    forms = [
        ({"type": "integer"}, lambda value: type(value) is int),
        ({"enum": ["red", "blue"]}, lambda value: value in ("red", "blue")),
        ({"type": "boolean"}, lambda value: type(value) is bool),
    ]
    for form, fits in forms:
        wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": form}}
        found = chat(client, response_format=wanted, n=8, temperature=2.0, seed=1)
        for choice in found.choices:
            assert fits(json.loads(choice.message.content))


def test_responses_follow_a_schema_too(client):
    form: Any = {"format": {"type": "json_schema", "name": "sum", "schema": SUM}}
    found = client.responses.create(model="mini", input=QUESTION, text=form)
    assert set(json.loads(found.output_text)) == {"sum", "certain"}


@pytest.mark.parametrize(
    "nothing",
    [
        {"reasoning_effort": "none"},
        {"extra_body": {"thinking": {"type": "disabled"}}},
        {"extra_body": {"thinking_token_budget": 0}},
        {"extra_body": {"reasoning": {"max_tokens": 0}}},
        {"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}},
        {"extra_body": {"think": False}},
    ],
)
def test_every_dialect_can_switch_thinking_off(client, nothing):
    found = chat(client, **nothing)
    assert found.usage.completion_tokens_details.reasoning_tokens == 0
    assert not hasattr(found.choices[0].message, "reasoning_content")
    assert found.choices[0].message.content


@pytest.mark.parametrize(
    "few",
    [
        {"thinking_token_budget": 12},
        {"thinking_budget_tokens": 12},
        {"thinking": {"type": "enabled", "budget_tokens": 12}},
        {"reasoning": {"max_tokens": 12}},
        {"extra_body": {"thinking_token_budget": 12}},
    ],
)
def test_every_dialects_budget_is_kept(client, few):
    found = chat(client, extra_body=few)
    assert found.cogitate[0]["thinking_budget"] == 12
    assert found.usage.completion_tokens_details.reasoning_tokens <= 13


def test_a_total_that_is_smaller_than_the_thought_still_yields_an_answer(client):
    found = chat(client, max_completion_tokens=16)
    assert found.choices[0].message.content
    assert found.usage.completion_tokens <= 16


def test_a_stop_string_ends_the_answer_and_is_nothing_to_the_thought(client):
    found = chat(client, stop=["+", "4"])
    assert "+" in found.choices[0].message.reasoning_content
    assert (found.choices[0].message.content, found.choices[0].finish_reason) == ("83", "stop")
    streamed = "".join(
        chunk.choices[0].delta.content or "" for chunk in chat(client, stop="34", stream=True)
    )
    assert streamed == "8"


def test_several_choices_are_seeded_and_differ(client):
    sums = "Reach 24 with 3, 5, 7 and 9, each used once."
    first = chat(client, sums, n=6, seed=3, temperature=1.0)
    again = chat(client, sums, n=6, seed=3, temperature=1.0)
    texts = [choice.message.reasoning_content for choice in first.choices]
    assert texts == [choice.message.reasoning_content for choice in again.choices]
    assert len(set(texts)) > 1


@pytest.mark.parametrize(
    ("visibility", "content", "keys"),
    [
        ("hidden", "834", set()),
        ("inline", "</think>834", set()),
        ("summary", "834", {"reasoning", "reasoning_content"}),
    ],
)
def test_a_thought_is_shown_as_requested(client, visibility, content, keys):
    wish = {"extra_body": {"reasoning_visibility": visibility}}
    message = chat(client, **wish).choices[0].message
    assert message.content.endswith(content)
    assert set(message.model_extra or {}) & {"reasoning", "reasoning_content"} == keys
    pieces = "".join(c.choices[0].delta.content or "" for c in chat(client, stream=True, **wish))
    assert pieces == message.content


def test_a_deadline_is_met(client):
    start = time.monotonic()
    found = chat(
        client, "Reach 950 with 3, 5, 7 and 9, each used once.",
        extra_body={"deadline_ms": 400, "min_thinking_tokens": 400, "thinking_token_budget": 500},
    )  # fmt: skip
    assert time.monotonic() - start < 0.6
    assert found.choices[0].message.content
    # A fast machine gets as far as one of the others.
    assert found.cogitate[0]["thinking_stop"] in ("deadline", "budget", "loop", "natural")
    with pytest.raises(openai.RateLimitError, match="ask again"):
        chat(client, extra_body={"deadline_ms": 1})


def test_what_is_not_understood_is_named(client, address):
    body = {"model": "mini", "messages": [{"role": "user", "content": "1 + 1 = ?"}], "colour": 3}
    answer = httpx.post(f"{address}/chat/completions", json=body)
    assert (answer.status_code, answer.headers["x-cogitate-ignored"]) == (200, "colour")


def test_scores_are_finite_where_the_close_is_forced(client):
    found = client.completions.create(
        model="mini", prompt="<|im_start|>u hi<|im_end|><|im_start|>a <think>", logprobs=1,
        max_tokens=12, extra_body={"top_k": 1},
    )  # fmt: skip
    assert min(found.choices[0].logprobs.token_logprobs) >= -9999


def test_white_space_can_be_a_stop_and_is_kept_in_raw_text(client):
    found = client.completions.create(model="mini", prompt="What is", max_tokens=4, temperature=0)
    assert "".join(found.choices[0].text) == found.choices[0].text != ""
    reply = Reply(Tokenizer.bytes(), Request(prompt=(1,)), ("\n",))
    for token in Tokenizer.bytes().encode("\n7"):
        reply.push(Event(request_id=0, token=token))
    assert (reply.stopped, reply.answer) == (True, "")


def test_a_client_that_leaves_frees_its_row(address):
    body = {
        "model": "mini", "stream": True, "thinking_token_budget": 512, "min_thinking_tokens": 512,
        "messages": [{"role": "user", "content": QUESTION}],
    }  # fmt: skip
    for _ in range(20):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/chat/completions", json=body | {"stream": False}, timeout=0.05)
    for _ in range(20):
        with httpx.stream("POST", f"{address}/chat/completions", json=body) as stream:
            next(stream.iter_lines())
    start = time.monotonic()
    few = {"stream": False, "min_thinking_tokens": 0}
    assert httpx.post(f"{address}/chat/completions", json=body | few).status_code == 200
    assert time.monotonic() - start < 5


def test_an_answer_waits_for_no_acknowledgement(address):
    """Of what it was sent in several pieces, a client acknowledges the first after 40 ms."""
    with httpx.Client() as kept:
        took = []
        for _ in range(15):
            start = time.perf_counter()
            kept.get(f"{address}/models")
            took.append(time.perf_counter() - start)
    assert sorted(took)[7] < 0.03


def test_models_and_health(client, address):
    assert [model.id for model in client.models.list()] == ["mini"]
    mini = client.models.retrieve("mini")
    assert mini.id == "mini"
    assert mini.model_extra == {"cogitate": {"converses": False}}
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt")
    assert httpx.get(address.removesuffix("/v1") + "/health").json() == {"status": "ok"}


def test_a_response_has_its_thought_as_an_item(client):
    found = client.responses.create(model="mini", input=QUESTION, reasoning={"effort": "medium"})
    reasoning, message = found.output
    assert "8+6=14" in reasoning.content[0].text
    assert (message.content[0].text, found.output_text, found.status) == ("834", "834", "completed")
    assert 10 < found.usage.output_tokens_details.reasoning_tokens < found.usage.output_tokens


def test_a_response_streams_the_events_that_make_it(client):
    with client.responses.stream(model="mini", input=QUESTION) as stream:
        events = list(stream)
    assert [event.sequence_number for event in events] == sorted(
        {event.sequence_number for event in events}
    )
    thought = "".join(e.delta for e in events if e.type == "response.reasoning_text.delta")
    answer = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    final = events[-1].response
    assert events[-1].type == "response.completed"
    assert (thought, answer) == (final.output[0].content[0].text, final.output_text)
    assert answer == "834"


def test_a_response_that_is_cut_off_says_so_and_turns_go_on(client):
    cut = client.responses.create(
        model="mini", input="Reach 24 with 3, 5, 7 and 9, each used once.", max_output_tokens=5
    )
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    turns = [
        {"role": "user", "content": "hello"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "assistant", "content": [{"type": "output_text", "text": "hello"}]},
        {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
    ]
    assert client.responses.create(model="mini", input=turns).output_text
    with pytest.raises(openai.BadRequestError, match="previous_response_id"):
        client.responses.create(model="mini", input="x", previous_response_id="resp_1")


def test_a_text_is_gone_on_with(client):
    text = "What is 17 + 25?"
    found = client.completions.create(model="mini", prompt=[text, text], max_tokens=5, n=2, seed=1)
    assert [choice.index for choice in found.choices] == [0, 1, 2, 3]
    assert found.choices[0].text == found.choices[2].text
    assert found.usage.completion_tokens <= 20
    streamed = client.completions.create(
        model="mini", prompt=text, max_tokens=8, temperature=0, stream=True
    )
    whole = client.completions.create(model="mini", prompt=text, max_tokens=8, temperature=0)
    assert "".join(chunk.choices[0].text for chunk in streamed) == whole.choices[0].text


def test_a_prompt_is_scored_as_the_model_scores_it(client):
    policy = models.load("mini", dtype=torch.float32)
    text = "<|im_start|>u What is 17 + 25?<|im_end|><|im_start|>a <think> 7+5=12" * 12
    found = client.completions.create(
        model="mini", prompt=text, max_tokens=1, logprobs=1, echo=True, temperature=0
    )
    logprobs = found.choices[0].logprobs
    tokens = policy.tokenizer.encode_markup(text)
    assert len(tokens) > 256, "longer than one piece"
    scores = whole_prefix_scores(policy.decoder, tokens)
    assert logprobs.token_logprobs[0] is None
    own = [float(scores[i, token]) for i, token in enumerate(tokens[1:])]
    assert logprobs.token_logprobs[1 : len(tokens)] == pytest.approx(own, abs=1e-3)
    best = [max(top.values()) for top in logprobs.top_logprobs[1 : len(tokens)]]
    assert best == pytest.approx(scores.amax(dim=-1)[:-1].tolist(), abs=1e-3)
    ids = client.completions.create(
        model="mini", prompt=tokens, max_tokens=1, logprobs=1, echo=True, temperature=0
    )
    assert ids.choices[0].logprobs.token_logprobs == logprobs.token_logprobs
    with pytest.raises(openai.BadRequestError, match="token ids are 0 to"):
        client.completions.create(model="mini", prompt=[99999])


def test_ask_by_way_of_a_server(address, capsys):
    assert main(["ask", QUESTION, "--url", address, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["answer"] == "834"
    assert "8+6=14" in said["thought"]
    assert main(["ask", QUESTION, "--url", address, "--effort", "none"]) == 0
    assert "8+6=14" not in capsys.readouterr().out
    assert main(["ask", QUESTION, "--url", address, "--model", "nobody"]) == 1
    assert "there is no model 'nobody' here" in capsys.readouterr().err
    assert main(["ask", QUESTION, "--url", "http://127.0.0.1:9/v1"]) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_the_server_counts_what_it_does(client, address):
    def counted() -> dict[str, str]:
        text = httpx.get(address.removesuffix("/v1") + "/metrics").text
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    chat(client, max_completion_tokens=40, extra_body={"deadline_ms": 5000})
    counts = counted()
    assert float(counts['cogitate_requests_total{end="done",model="mini"}']) >= 1
    assert float(counts['cogitate_tokens_total{model="mini",part="thought"}']) > 10
    assert float(counts['cogitate_deadlines_total{kept="yes",model="mini"}']) >= 1
    assert float(counts['cogitate_first_token_seconds_count{model="mini"}']) >= 1
    assert 'cogitate_requests_running{model="mini"}' in counts
    assert chat(client, stop="34").choices[0].message.content == "8"
    stopped, cancelled = counted(), 'cogitate_requests_total{end="cancelled",model="mini"}'
    done = 'cogitate_requests_total{end="done",model="mini"}'
    assert stopped.get(cancelled) == counts.get(cancelled)
    assert float(stopped[done]) == float(counts[done]) + 1


def test_an_engine_that_fails_is_replaced(monkeypatch, caplog):
    with (
        serving() as address,
        openai.OpenAI(base_url=address, api_key="none", max_retries=0) as client,
    ):
        step = Engine.step

        def failing(engine):
            monkeypatch.setattr(Engine, "step", step)
            raise RuntimeError("out of memory")

        monkeypatch.setattr(Engine, "step", failing)
        with pytest.raises(openai.InternalServerError, match="failed and is being restarted"):
            chat(client)
        assert chat(client).choices[0].message.content == "834"
    assert "out of memory" in caplog.text


def test_a_key_is_asked_for_and_unknown_fields_are_refused_where_it_is_strict():
    with (
        serving(api_key="secret", strict=True) as address,
        openai.OpenAI(base_url=address, api_key="public", max_retries=0) as wrong,
        openai.OpenAI(base_url=address, api_key="secret", max_retries=0) as right,
    ):
        with pytest.raises(openai.AuthenticationError):
            chat(wrong)
        with pytest.raises(openai.BadRequestError, match="Unsupported parameter: 'colour'"):
            chat(right, extra_body={"colour": 3})
        assert chat(right).choices[0].message.content == "834"
