"""Nothing of a request is dropped without a word: it is obeyed, named in a header, or refused."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogitate.serve import Ceiling
from cogitate.serve.api import dialect
from cogitate.serve.api.fields import at, unread
from serving import serving

SWITCHED = (
    "{% if thinking %}<|im_start|>s Think deeply.<|im_end|>{% endif %}"
    "{% if language %}<|im_start|>s In {{ language }}.<|im_end|>{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role[0] }}{{ m['name'] }} {{ m.reasoning_content }}"
    "{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>a <think>"
    "{% endif %}"
)
QUESTION = [{"role": "user", "content": "What is 47 + 35?"}]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(templates={"switched": SWITCHED}) as address:
        yield address


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    CLIENT.close()


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    with serving(strict=True) as address:
        yield address


CLIENT = httpx.Client(timeout=60)


def post(address: str, body: Mapping[str, Any], path: str = "chat/completions") -> httpx.Response:
    head = {"content-type": "application/json"}
    return CLIENT.post(f"{address}/{path}", content=json.dumps(body), headers=head)


def ask(address: str, **fields) -> httpx.Response:
    return post(address, {"messages": QUESTION, "max_tokens": 80, **fields})


def ignored(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [name for name in answer.headers.get("x-cogitate-ignored", "").split(", ") if name]


CHAT = {
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "2+2?"}]},
        {"role": "assistant", "content": "4", "reasoning_content": "so", "name": None},
        {"role": "user", "content": "3+3?"},
    ],
    "max_tokens": 2, "reasoning": {"effort": "none", "exclude": True}, "think": False,
    "thinking": {"type": "disabled"}, "chat_template_kwargs": {"enable_thinking": False},
    "response_format": {"type": "text"},
    "best_of": 1, "modalities": ["text"], "repetition_penalty": 1.0, "ignore_eos": False,
    "metadata": {}, "user": "me", "store": False,
    "tool_choice": "auto", "tools": [], "frequency_penalty": 0,
    "extra_body": {"reasoning_effort": "none", "top_k": 5, "logit_bias": {}, "seed": None,
                   "stream_options": {"include_usage": True}},
}  # fmt: skip
COMPLETION = {
    "prompt": "2+2", "max_tokens": 2, "best_of": 1, "response_format": {"type": "text"},
    "stream_options": {"include_usage": True},
    "thinking": {"type": "disabled"}, "chat_template_kwargs": {"enable_thinking": False},
}  # fmt: skip
RESPONSE = {
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "2+2?"}]},
        {"type": "reasoning", "id": "r", "summary": [], "content": [], "status": "completed"},
        {"type": "message", "id": "m", "role": "assistant", "status": "completed",
         "content": [{"type": "output_text", "text": "4", "annotations": []}]},
        {"role": "user", "content": "3+3?"},
    ],
    "max_output_tokens": 2, "reasoning": {"effort": "none"}, "metadata": {"a": "b"},
    "text": {"format": {"type": "text"}}, "truncation": "disabled", "include": [],
    "chat_template_kwargs": {}, "extra_body": {"think": False},
}  # fmt: skip
PLACES = {
    "chat/completions": (CHAT, [
        "", "reasoning", "thinking", "chat_template_kwargs", "response_format",
        "response_format.json_schema", "messages.0", "messages.1", "messages.0.content.0",
        "extra_body", "extra_body.stream_options", "extra_body.extra_body",
    ]),
    "completions": (COMPLETION, ["", "thinking", "chat_template_kwargs", "stream_options"]),
    "responses": (RESPONSE, [
        "", "reasoning", "chat_template_kwargs", "text", "text.format", "input.0", "input.2",
        "input.0.content.0", "input.2.content.0", "extra_body",
    ]),
}  # fmt: skip
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=3,
)
NAMES = st.sampled_from(["foo", "budget", "enable", "mode", "reasoning_mode", "*", "x y", "Grösse"])


def with_field(body: Mapping[str, Any], place: str, name: str, value: Any) -> dict[str, Any]:
    """A copy of a body with one more field at a dotted place."""
    changed = inside = json.loads(json.dumps(body))
    for step in place.split(".") if place else []:
        inside = inside[int(step)] if isinstance(inside, list) else inside.setdefault(step, {})
    inside[name] = value
    return changed


@pytest.mark.parametrize("path", PLACES)
def test_what_is_known_is_not_named(address, strict, path):
    body, _ = PLACES[path]
    assert ignored(post(address, body, path)) == []
    assert ignored(post(strict, body, path)) == []


@pytest.mark.parametrize("path", PLACES)
def test_an_unknown_field_is_named_wherever_it_stands(address, strict, path):
    body, places = PLACES[path]

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(places), NAMES, VALUES)
    def holds(place, name, value):
        changed = with_field(body, place, name, value)
        where = f"{place}.{name}" if place else name
        if place == "extra_body.extra_body":  # one is looked into, and no more
            where = place
        shown = where.encode("unicode_escape").decode()
        assert ignored(post(address, changed, path)) == [shown]
        refused = post(strict, changed, path)
        error = refused.json()["error"]
        assert (refused.status_code, error["param"]) == (400, where)
        assert error["message"].startswith(f"Unsupported parameter: '{where}'")

    holds()


def test_many_unknown_fields_are_counted(address):
    named = ask(address, **{f"field_{number:03}": 1 for number in range(200)})
    shown = ignored(named)
    assert shown[0] == "field_000"
    assert shown[-1] == f"and {200 - (len(shown) - 1)} more"
    assert len(named.headers["x-cogitate-ignored"]) < 1100


OFF: list[dict[str, Any]] = [
    {"enable_thinking": False},
    {"think": False},
    {"thinking": False},
    {"thinking": {"type": "disabled"}},
    {"thinking": {"type": "disabled", "budget_tokens": 0}},
    {"thinking": {"type": "enabled", "budget_tokens": 0}, "thinking_budget": 0},
    {"thinking_budget": 0},
    {"reasoning_budget": 0},
    {"thinking_token_budget": 0},
    {"thinking_budget_tokens": 0},
    {"reasoning": False},
    {"reasoning": "none"},
    {"reasoning": {"enabled": False}},
    {"reasoning": {"effort": "none"}},
    {"reasoning": {"max_tokens": 0}},
    {"reasoning_effort": "none"},
    {"chat_template_kwargs": {"enable_thinking": False}},
    {"chat_template_kwargs": {"thinking": False}},
    {"chat_template_kwargs": {"thinking_budget": 0}},
    {"chat_template_kwargs": {"reasoning_effort": "none"}},
]


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("way", OFF, ids=json.dumps)
def test_no_thought_is_obeyed_in_every_dialect(address, way, nested):
    answer = ask(address, **({"extra_body": way} if nested else way))
    named = [name.removeprefix("extra_body.") for name in ignored(answer)]
    assert named == (["thinking.type"] if "enabled" in str(way.get("thinking")) else [])
    assert answer.json()["cogitate"][0]["thinking_tokens"] == 0


@pytest.mark.parametrize(
    ("fields", "budget", "named"),
    [
        ({"thinking": {"type": "disabled", "budget_tokens": 90}}, 0, ["thinking.budget_tokens"]),
        ({"enable_thinking": False, "reasoning_effort": "high"}, 0, ["reasoning_effort"]),
        ({"think": True, "reasoning_effort": "none"}, 0, ["think"]),
        ({"thinking_budget": 12, "reasoning": {"effort": "high"}}, 12, ["reasoning.effort"]),
        ({"thinking_budget": 12, "reasoning_budget": 13}, 12, ["reasoning_budget"]),
        ({"thinking_budget": 12, "enable_thinking": True}, 12, []),
        ({"thinking_budget": 12, "min_thinking_tokens": 20}, 12, ["min_thinking_tokens"]),
        ({"think": False, "extra_body": {"think": True}}, 0, ["extra_body.think"]),
        ({"extra_body": {"think": False}, "think": None}, 0, []),
        ({"max_completion_tokens": 60, "thinking_budget": 12}, 12, ["max_tokens"]),
        ({"thinking_budget": 12, "reasoning": {"exclude": True}, "reasoning_visibility": "inline"},
         12, ["reasoning_visibility"]),
    ],
)  # fmt: skip
def test_what_is_contradicted_is_named(address, fields, budget, named):
    answer = ask(address, **fields)
    assert (ignored(answer), answer.json()["cogitate"][0]["thinking_budget"]) == (named, budget)


def test_a_model_that_cannot_think_says_so():
    ceiling = Ceiling(context=512, think=256, default=0)
    body = {"reasoning_effort": "high", "think": True, "min_thinking_tokens": 8, "probe_every": 4}
    named = dialect.overruled(body, ceiling, can_think=False)
    assert sorted(named) == sorted(body)
    assert dialect.overruled({"think": False}, ceiling, can_think=False) == []
    assert dialect.think_tokens({"think": True}, ceiling) == 256


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"thinking": "maybe"}, "thinking"),
        ({"reasoning": []}, "reasoning"),
        ({"reasoning_effort": 5}, "reasoning_effort"),
        ({"reasoning": {"exclude": "yes"}}, "reasoning.exclude"),
        ({"chat_template_kwargs": {"thinking": "sometimes"}}, "chat_template_kwargs.thinking"),
        ({"thinking_budget": 1.5}, "thinking_budget"),
        ({"response_format": {"type": "text", "schema": {}}}, "response_format"),
        ({"response_format": {"type": "json_object", "schema": "x"}}, "response_format"),
        ({"response_format": {"schema": {"type": "integer"}}}, "response_format"),
        ({"logprobs": 5}, "logprobs"),
        ({"n": -1}, "n"),
        ({"extra_body": {"tools": [{"type": "function"}]}}, "tools"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages"),
    ],
)
def test_what_cannot_be_meant_is_refused(address, fields, param):
    answer = ask(address, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize(
    "fields",
    [
        {"max_tokens": -1}, {"max_tokens": None}, {"max_completion_tokens": -1}, {"top_k": -1},
        {"stop": ""}, {"stop": []}, {"stop": None}, {"n": None}, {"temperature": None},
        {"seed": -1}, {"logprobs": None}, {"thinking_budget": -1}, {"tool_choice": "none"},
        {"response_format": None}, {"stream_options": None}, {"chat_template_kwargs": None},
    ],
    ids=str,
)  # fmt: skip
def test_values_that_mean_nothing_is_there_are_understood(address, fields):
    found = post(address, {"messages": QUESTION, **fields})
    assert ignored(found) == []
    assert found.json()["choices"][0]["message"]["content"] == "82"


def test_a_seed_of_minus_one_draws_one(address):
    def thoughts(seed):
        found = ask(address, seed=seed, temperature=1.5, n=4)
        return [choice["message"].get("reasoning") for choice in found.json()["choices"]]

    assert thoughts(5) == thoughts(5)
    assert thoughts(-1) != thoughts(-1)
    assert thoughts(-1.0) != thoughts(-1.0)


@pytest.mark.parametrize(
    "form",
    [
        {"type": "json_object", "schema": {"enum": ["yes"]}},
        {"type": "json_schema", "schema": {"enum": ["yes"]}},
        {"type": "json_object", "json_schema": {"schema": {"enum": ["yes"]}}},
        {"type": "json_schema", "json_schema": {"strict": False, "schema": {"enum": ["yes"]}}},
    ],
)
def test_a_schema_holds_wherever_it_stands(address, form):
    found = ask(address, response_format=form, think=False)
    assert ignored(found) == []
    assert found.json()["choices"][0]["message"]["content"] == '"yes"'


@pytest.mark.parametrize("form", [{"type": "json_object"}, {"type": "json_object", "schema": {}}])
def test_a_json_object_is_one_whatever_its_schema_leaves_free(address, form):
    found = ask(address, response_format=form, think=False)
    assert found.json()["choices"][0]["message"]["content"].startswith("{")


@pytest.mark.parametrize(("prompt", "named"), [("2+2=", ["reasoning_effort"]), ("<think>2", [])])
def test_raw_text_is_thought_about_where_it_opens_a_thought(address, prompt, named):
    body = {"prompt": prompt, "max_tokens": 2, "reasoning_effort": "high"}
    assert ignored(post(address, body, "completions")) == named
    assert ignored(post(address, {**body, "reasoning_effort": "none"}, "completions")) == []


def test_variables_reach_the_template_and_others_are_named(address):
    def shape(answer: httpx.Response) -> int:
        return answer.json()["usage"]["prompt_tokens"]

    def asked(**variables) -> httpx.Response:
        return ask(address, model="switched", chat_template_kwargs=variables)

    nothing = asked()
    for variables in ({"thinking": True}, {"language": "French"}):
        answer = asked(**variables)
        assert ignored(answer) == []
        assert shape(answer) > shape(nothing)
    for name in ("lang", "messages", "add_generation_prompt", "strftime_now", "role"):
        answer = asked(**{name: "x"})
        assert ignored(answer) == [f"chat_template_kwargs.{name}"]
        assert shape(answer) == shape(nothing)
    assert asked(language="<|im_end|> \ud800").status_code == 200
    assert asked(language="x" * 10**6).status_code == 400
    assert ignored(ask(address, chat_template_kwargs={"language": "x"})) == [
        "chat_template_kwargs.language"
    ]


def test_fields_of_messages_reach_a_template_that_reads_them(address):
    def asked(model, **fields) -> httpx.Response:
        messages = [*QUESTION, {"role": "assistant", "content": "82", **fields}, *QUESTION]
        return post(address, {"model": model, "messages": messages, "max_tokens": 2})

    lengths = [
        asked("switched", **fields).json()["usage"]["prompt_tokens"]
        for fields in (
            {},
            {"name": "Ann"},
            {"reasoning_content": "7+5=12"},
            {"reasoning": "7"},
            {"name": None},
        )
    ]
    assert lengths[0] == lengths[-1] < min(lengths[1:-1])
    assert ignored(asked("switched", name="Ann")) == []
    assert ignored(asked("mini", name="Ann", reasoning="x")) == ["messages.1.name"]
    assert ignored(asked("mini", tool_calls=[{"id": "a"}])) == ["messages.1.tool_calls"]


@pytest.mark.parametrize("stream", [False, True])
def test_metadata_of_a_response_comes_back(address, stream):
    for text, back in (("b", "b"), ("\ud800", "?")):
        body = {**RESPONSE, "metadata": {"a": text}, "stream": stream}
        said = post(address, body, "responses").text.rpartition("\ndata: ")[2]
        found = json.loads(said)
        assert (found["response"] if stream else found)["metadata"] == {"a": back}


NESTED = st.recursive(
    st.none() | st.integers() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
)


@given(st.dictionaries(st.sampled_from("abc"), NESTED))
def test_what_is_not_known_is_listed_exactly(body):
    """Every leaf below a known place is listed, or is known."""
    assert unread(body, body) == []
    known = ["a.b", "a.*.c", "b"]
    listed = unread(body, known)
    inside = body.get("a")
    assert ("c" in listed) == (body.get("c") is not None)
    assert "b" not in listed
    if isinstance(inside, dict):
        for name in ("a", "c"):
            assert (f"a.{name}" in listed) == (at(body, f"a.{name}") is not None)


def test_a_thought_that_a_small_total_shortens_is_told_to_be_short():
    ceiling = Ceiling(context=512, think=256, default=64)
    body = {"min_thinking_tokens": 20}
    assert dialect.overruled(body, ceiling, can_think=True, total=12) == ["min_thinking_tokens"]
    assert dialect.overruled(body, ceiling, can_think=True, total=200) == []


def test_a_probe_without_a_thought_is_told():
    ceiling = Ceiling(context=512, think=256, default=64)
    body = {"probe_every": 4, "reasoning_effort": "none"}
    assert dialect.overruled(body, ceiling, can_think=True) == ["probe_every"]
    assert dialect.overruled({"probe_every": 4}, ceiling, can_think=True) == []
