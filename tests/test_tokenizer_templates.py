"""Chat templates give the text and the ids that transformers' `apply_chat_template` gives."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError
from tokenizers import decoders, pre_tokenizers
from transformers import AutoTokenizer

from chats import CONVERSATIONS, TEMPLATES, TOOL, assistant, user
from cogitate.errors import ModelError
from cogitate.prompt import check_template, conversation_tokens
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget

SPECIAL = [
    "<s>", "</s>", "<pad>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<|eot_id|>",
    "<|start_header_id|>", "<|end_header_id|>", "<｜User｜>", "<｜Assistant｜>", "<start_of_turn>",
]  # fmt: skip
SETTINGS: list[dict[str, Any]] = [
    {},
    {"enable_thinking": False, "thinking": True, "date_string": "1 May", "language": "French"},
    {"tools": [TOOL, TOOL | {"type": "other"}], "enable_thinking": True},
    {"add_generation_prompt": False, "documents": [{"title": "a", "text": "b"}]},
    {"bos_token": "<other>", "unheard_of": {"deep": [1, None, "é"]}},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tokenizer that transformers reads too."""
    folder = tmp_path_factory.mktemp("tokenizer")
    vocab = {text: id_ for id_, text in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    rust = tokenizers.Tokenizer(tokenizers.models.BPE(vocab, []))
    rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    rust.decoder = decoders.ByteLevel()
    rust.add_special_tokens(SPECIAL)
    rust.save(str(folder / "tokenizer.json"))
    named = {
        "bos_token": "<s>",
        "eos_token": {"__type": "AddedToken", "content": "</s>"},
        "pad_token": "<pad>",
    }
    describe(folder, named)
    return folder


def describe(folder, fields: Mapping[str, Any]) -> None:
    text = json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **fields})
    (folder / "tokenizer_config.json").write_text(text)


@pytest.fixture(scope="module")
def theirs(folder):
    return AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def plain(folder):
    return Tokenizer.load(folder)


def ours(plain: Tokenizer, template: str) -> Tokenizer:
    return plain._with(template=template)


def outcome(render, *given, **named) -> str | None:
    """The text without today's date, or None where the template fails."""
    try:
        return re.sub(r"\d\d [A-Z][a-z]+ \d{4}", "TODAY", render(*given, **named))
    except (ModelError, TemplateError, TypeError, ValueError):
        return None


@pytest.mark.parametrize("name", TEMPLATES)
def test_texts_equal_transformers(plain, theirs, name):
    tokenizer, rendered = ours(plain, TEMPLATES[name]), 0
    for messages in CONVERSATIONS.values():
        for setting in SETTINGS:
            variables = {"add_generation_prompt": True, **setting}
            found = outcome(tokenizer.chat, messages, **variables)
            variables |= {"chat_template": TEMPLATES[name], "tokenize": False}
            expected = outcome(theirs.apply_chat_template, messages, **variables)
            assert found == expected, (messages, setting)
            rendered += expected is not None
    assert rendered >= 3


@pytest.mark.parametrize("name", TEMPLATES)
def test_ids_equal_transformers(plain, theirs, name):
    """Special tokens stand in no content here but as the thoughts that templates cut off."""
    tokenizer = ours(plain, TEMPLATES[name])
    for kind in ("question", "system", "turns", "thoughts apart", "parts", "tools", "empty"):
        if outcome(tokenizer.chat, CONVERSATIONS[kind]) is not None:
            expected = theirs.apply_chat_template(
                CONVERSATIONS[kind], chat_template=TEMPLATES[name], add_generation_prompt=True,
                return_dict=False,
            )  # fmt: skip
            assert tokenizer.chat_tokens(CONVERSATIONS[kind]) == expected


@pytest.mark.parametrize("name", ["qwen3", "deepseek", "thoughts-cut"])
@pytest.mark.parametrize("kind", ["thoughts", "thoughts in the middle"])
def test_thoughts_that_a_template_cuts_off_are_cut_off(plain, theirs, name, kind):
    expected = theirs.apply_chat_template(
        CONVERSATIONS[kind], chat_template=TEMPLATES[name], add_generation_prompt=True,
        return_dict=False,
    )  # fmt: skip
    assert ours(plain, TEMPLATES[name]).chat_tokens(CONVERSATIONS[kind]) == expected


TEXTS = st.lists(
    st.sampled_from([*SPECIAL, "<|im_", "end|>", "x", "y", "é", " ", "\n", "\U000f0041"]),
    max_size=8,
).map("".join)


@pytest.mark.parametrize(
    "name", ["chatml", "qwen3", "deepseek", "json", "llama3", "hermes", "smollm3"]
)
def test_special_tokens_in_a_question_are_text(plain, name):
    """The template writes the special tokens that it writes around any other question."""
    tokenizer = ours(plain, TEMPLATES[name])
    ids = {tokenizer.encode_markup(text)[0] for text in SPECIAL}

    def special(messages, **variables) -> list[int]:
        tokens = tokenizer.chat_tokens(messages, **variables)
        assert tokenizer.decode(tokens, skip_special=False) == tokenizer.chat(messages, **variables)
        return [token for token in tokens if token in ids]

    @settings(max_examples=40, deadline=None)
    @given(TEXTS, TEXTS)
    def holds(question, other):
        asked = [user(question), assistant("a"), user(other, name=question)]
        quiet = [user("q"), assistant("a"), user("q", name="q")]
        assert special(asked, date_string=other) == special(quiet, date_string="1 May")

    holds()


def test_a_variable_cannot_end_a_turn(plain):
    tokenizer = ours(plain, "{{ language }}<|im_end|>{{ messages[0].content }}")
    tokens = tokenizer.chat_tokens([user("x")], language="<|im_end|>")
    assert tokens.count(tokenizer.encode_markup("<|im_end|>")[0]) == 1


NAMED = {
    "default": "\n  {% if true %}d{% endif %} {{ messages[0].content }}  \n",
    "tool_use": TEMPLATES["hermes"] + "  \n\n",
    "rag": "{{ documents }}",
}


@pytest.mark.parametrize("names", [("default",), ("default", "tool_use"), ("tool_use", "rag")])
@pytest.mark.parametrize("place", ["config", "files", "both"])
def test_of_several_templates_the_same_is_chosen(folder, tmp_path, names, place):
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    listed = [{"name": name, "template": NAMED[name]} for name in names]
    old = [{"name": "default", "template": "old"}]
    configured = {"config": listed, "files": None, "both": old}[place]
    describe(tmp_path, {"bos_token": "<s>", "eos_token": "</s>", "chat_template": configured})
    if place != "config":
        (tmp_path / "additional_chat_templates").mkdir()
        for name in names:
            beside = "chat_template.jinja", f"additional_chat_templates/{name}.jinja"
            (tmp_path / beside[name != "default"]).write_text(NAMED[name])
    tokenizer, other = Tokenizer.load(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    for tools in (None, [TOOL]):
        found = outcome(tokenizer.chat, [user("hi")], tools=tools)
        wanted = {"tools": tools, "tokenize": False, "add_generation_prompt": True}
        assert found == outcome(other.apply_chat_template, [user("hi")], **wanted)
    if "default" not in names:
        with pytest.raises(ModelError, match="none of which is named default"):
            tokenizer.chat([user("hi")])


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{% frob %}", "unknown tag 'frob'"),
        ("{{ messages[0].absent.deep }}", "no attribute 'absent'"),
        ("{{ raise_exception('Not\nso.') }}", "failed: Not so.$"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ messages.append(1) }}", "unsafe"),
        ("{% set ns = namespace(a=1) %}{% set ns.__class__ = 1 %}", "underscore"),
        ("{{ namespace(_a=1) }}", "underscore"),
        ("{{ dict.update({}, a=1) }}", "no attribute 'update'"),
        ("{{ messages[0] | tojson(cls=1) }}", "unexpected keyword"),
        ("{% generation %}{{ 1 }}", "generation"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
    ],
)
def test_what_a_template_may_not_do_is_one_line(plain, template, fault):
    with pytest.raises(ModelError, match=fault) as caught:
        ours(plain, template).chat([user("hi")])
    assert "\n" not in str(caught.value)


def test_a_template_that_thinks_by_a_switch_of_its_own_gets_it(plain):
    tokenizer = ours(plain, TEMPLATES["deepseek"])
    check_template(tokenizer)
    for think in (0, 8):
        tokens = conversation_tokens(tokenizer, [user("2+2?")], Budget(think=think))
        closing = [tokenizer.think_close] if think == 0 else [tokenizer.think_open]
        assert [t for t in tokens if t in (tokenizer.think_open, tokenizer.think_close)] == closing
