"""Ids equal transformers', markup in text stays text, and thoughts open with one id."""

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import decoders, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from cogitate.errors import ModelError
from cogitate.models.hub import SHIPPED
from cogitate.serve.api.completions import CompletionBody, read
from cogitate.serve.api.dialect import Ceiling
from cogitate.tokenizer import Tokenizer
from cogitate.tokenizer.splitting import SPLITTINGS
from cogitate.tokenizer.templates import OPEN_THOUGHT
from vocabularies import merging

BYTES = Tokenizer.bytes()
MINI = SHIPPED / "mini" / "model"
LLAMA_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>"
    "\n\n{{ m['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)


def bpe(markup: list[str], merges: list[tuple[str, str]] | None = None) -> tokenizers.Tokenizer:
    """A byte-level encoder with a few merges and the markup given."""
    merges = merges or []
    vocab = sorted(pre_tokenizers.ByteLevel.alphabet()) + [a + b for a, b in merges]
    rust = tokenizers.Tokenizer(
        tokenizers.models.BPE({text: i for i, text in enumerate(vocab)}, merges)
    )
    rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    rust.decoder = decoders.ByteLevel()
    rust.add_special_tokens(markup)
    return rust


@given(st.text())
def test_bytes_round_trip(text):
    tokens = BYTES.encode(text)
    assert BYTES.decode(tokens) == text
    assert len(tokens) == len(text.encode())


@given(st.text(alphabet=st.sampled_from("<|im_endthk/>as \n")) | st.text())
def test_text_never_becomes_markup(text):
    assert not set(BYTES.encode(text)) & {*BYTES.eos, BYTES.think_open, BYTES.think_close}


def test_bytes_names_its_markers():
    assert BYTES.size == 261
    assert BYTES.encode_markup("<|im_end|>") == [BYTES.end]
    assert BYTES.end in BYTES.eos
    assert BYTES.encode_markup("<think></think>") == [BYTES.think_open, BYTES.think_close]
    assert BYTES.with_thinking() is BYTES


def test_decode_skips_markup_and_padding_rows():
    tokens = [*BYTES.encode("a"), BYTES.think_close, *BYTES.encode("b"), BYTES.end, 99_999]
    assert BYTES.decode(tokens) == "ab"
    assert BYTES.decode(tokens, skip_special=False) == "a</think>b<|im_end|>"


@given(st.lists(st.sampled_from(["<|im_end|>", "<think>", "x", "\U000f0001", "\n"]), max_size=6))
def test_a_question_cannot_end_its_own_turn(pieces):
    question = "".join(pieces)
    tokens = BYTES.chat_tokens([{"role": "user", "content": question}])
    assert tokens.count(BYTES.end) == 1
    assert tokens.count(BYTES.think_open) == 1
    if "<" in question and "\U000f0001" not in question:
        assert question in BYTES.decode(tokens, skip_special=False)


@pytest.mark.parametrize(
    "markup",
    [
        ["<|im_start|>", "<|im_end|>", "<jupyter_start>", "<jupyter_text>"],
        ["<|eot_id|>", "<|reserved_special_token_0|>", "<|reserved_special_token_7|>"],
    ],
)
def test_reserved_tokens_become_markers(markup):
    before = Tokenizer(bpe(markup), template=None, named={"eos_token": "<|im_end|>"})
    after = before.with_thinking()
    assert before.think_open is None
    reserved = [token for name in markup[-2:] for token in before.encode_markup(name)]
    assert [after.think_open, after.think_close] == reserved
    assert after.size == before.size
    assert after.encode_markup("<think>") == [after.think_open]
    assert after.encode("hello there") == before.encode("hello there")


def test_without_reserved_tokens_the_markers_are_new_ids():
    before = Tokenizer(bpe(["<|im_end|>"]), template=None, named={})
    after = before.with_thinking()
    assert [after.think_open, after.think_close] == [before.size, before.size + 1]
    assert after.size == before.size + 2


def test_a_reserved_token_that_is_in_use_becomes_no_marker(tmp_path):
    markup = ["<|eot_id|>", *(f"<|reserved_special_token_{i}|>" for i in range(6))]
    named = {"eos_token": markup[0], "pad_token": markup[1]}
    template = LLAMA_TEMPLATE + markup[2]
    used = Tokenizer(
        bpe(markup), template=template, named=named, eos=[bpe(markup).token_to_id(markup[4])]
    )
    thinking = used.with_thinking()
    free = [token for name in (markup[3], markup[5]) for token in used.encode_markup(name)]
    assert [thinking.think_open, thinking.think_close] == free
    thinking.save(tmp_path)
    theirs = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    assert len(theirs) == Tokenizer.load(tmp_path).size == used.size
    assert theirs.pad_token_id == used.encode_markup(markup[1])[0]


def old_mini() -> Tokenizer:
    """The shipped one, whose files say that its markers are special."""
    added = json.loads((MINI / "tokenizer.json").read_text())["added_tokens"]
    assert all(token["special"] for token in added)
    return Tokenizer.load(MINI)


@pytest.mark.parametrize(
    "make",
    [
        old_mini,
        lambda: Tokenizer.learn(["ab"], 262),
        lambda: Tokenizer(
            bpe(["<|im_end|>"], [("a", "b")]), template=None, named={}
        ).with_thinking(),
        lambda: Tokenizer(
            bpe(["<|im_end|>", "<jupyter_start>", "<jupyter_text>"], [("a", "b")]),
            template=None,
            named={},
        ).with_thinking(),
        lambda: Tokenizer.from_gguf(
            merging().gguf() | {"tokenizer.ggml.token_type": [1] * 256 + [3] * 5}
        ),
    ],
    ids=["an old folder", "new", "added", "renamed", "an old GGUF"],
)
def test_other_libraries_see_where_a_thought_ends(make, tmp_path):
    ours = make()
    ours.save(tmp_path)
    theirs = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    open_, close = ours.think_open, ours.think_close
    text = "<think>8</think>9<|im_end|>"
    assert theirs.encode(text) == ours.encode_markup(text)
    assert theirs.encode(text)[::2] == [open_, close, ours.end]
    assert theirs.decode(theirs.encode(text), skip_special_tokens=True) == "<think>8</think>9"
    assert ours.decode(ours.encode_markup(text)) == "89"
    types = ours.gguf()["tokenizer.ggml.token_type"]
    assert [types[token] for token in (open_, close, ours.end)] == [4, 4, 3]
    again = Tokenizer.load(tmp_path)
    assert again.encode_markup(text) == ours.encode_markup(text)
    assert again.encode(text) == ours.encode(text)
    assert (again.decode(again.encode_markup(text)), again.texts()) == ("89", ours.texts())


def test_a_foreign_template_stays_and_opens_the_thought():
    markup = ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    named = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}
    tokenizer = Tokenizer(bpe(markup), template=LLAMA_TEMPLATE, named=named).with_thinking()
    assert tokenizer.template == LLAMA_TEMPLATE + OPEN_THOUGHT
    text = tokenizer.chat([{"role": "user", "content": " hi "}])
    assert text.startswith("<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot")
    assert text.endswith("<think>")
    assert not tokenizer.chat([{"role": "user", "content": "hi"}], enable_thinking=False).endswith(
        "<think>"
    )


@pytest.mark.parametrize("last", ["", "\n", "\n\n", " ", "\n  ", "{% if true %}{% endif %}\n\n"])
def test_a_thought_opens_just_behind_a_foreign_template(last):
    template = "{% for m in messages %}{{ m.content }}<|eot_id|>{% endfor %}{{ 'A:' }}" + last
    before = Tokenizer(bpe(["<|eot_id|>"]), template=template, named={})
    after, asked = before.with_thinking(), [{"role": "user", "content": "hi"}]
    assert after.chat(asked) == before.chat(asked) + "<think>"
    assert after.chat(asked, enable_thinking=False) == before.chat(asked)


def test_for_a_run_it_is_always_the_same_day():
    template = "{{ strftime_now('%d %b %Y') }} {{ messages[0].content }}"
    tokenizer = Tokenizer(bpe(["<|im_end|>"]), template=template, named={})
    then = tokenizer.on(date(2026, 2, 3)).with_thinking().with_budgets()
    assert then.chat([{"role": "user", "content": "hi"}]).startswith("03 Feb 2026 hi")


def test_a_foreign_template_tells_a_budget_at_the_end_of_the_question():
    markup = ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    named = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}
    tokenizer = Tokenizer(bpe(markup), template=LLAMA_TEMPLATE, named=named).with_budgets()
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
    text = tokenizer.chat(messages, thinking_budget=64)
    assert "hi [think at most 64]<|eot" in text
    assert text.count("think at most") == 1
    assert "think at most" not in tokenizer.chat(messages)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ raise_exception('no system role') }}", "no system role"),
        ("{% for %}", "template failed"),
        ("{{ messages.__class__.__mro__ }}", "unsafe"),
        ("{{ messages.append(1) }}", "unsafe"),
        ("{{ undefined.x }}", "undefined"),
    ],
)
def test_a_template_that_fails_is_one_clear_error(template, reason):
    tokenizer = Tokenizer(bpe(["<|im_end|>"]), template=template, named={})
    with pytest.raises(ModelError, match=reason):
        tokenizer.chat([{"role": "user", "content": "hi"}])


def test_templates_have_the_usual_helpers():
    template = "{{ messages | tojson }} {{ strftime_now('%Y') | length }}"
    tokenizer = Tokenizer(bpe(["<|im_end|>"]), template=template, named={})
    text = tokenizer.chat([{"role": "user", "content": "é<"}])
    assert text == '[{"role": "user", "content": "é<"}] 4'


@pytest.fixture(scope="module")
def learned() -> Tokenizer:
    return Tokenizer.learn(["Make 48 from 6, 6 and 10. 6*6=36 no. 48 yes"] * 50, 300)


def test_a_vocabulary_of_its_own_merges_words_and_keeps_digits(learned):
    assert learned.size <= 300
    assert len(learned.encode(" from")) == 1
    assert len(learned.encode("4848")) == 4
    assert learned.decode(learned.encode("naïve ☃ 48")) == "naïve ☃ 48"
    again = Tokenizer.learn(["Make 48 from 6, 6 and 10. 6*6=36 no. 48 yes"] * 50, 300)
    assert again.texts() == learned.texts()


@pytest.mark.parametrize("which", ["bytes", "learned"])
def test_saved_files_give_transformers_the_same_ids(which, learned, tmp_path):
    ours = BYTES if which == "bytes" else learned
    ours.save(tmp_path)
    theirs = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    loaded = Tokenizer.load(tmp_path)
    assert (loaded.eos, loaded.end, loaded.size) == (ours.eos, ours.end, ours.size)
    assert loaded.template == ours.template

    @given(st.text())
    def equal(text):
        assert theirs(text)["input_ids"] == ours.encode_markup(text)

    equal()


def test_ends_come_from_the_generation_config(tmp_path):
    Tokenizer(bpe(["<a>", "<b>"]), template=None, named={"eos_token": "<a>"}).save(tmp_path)
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": [256, 257]}))
    tokenizer = Tokenizer.load(tmp_path)
    assert tokenizer.eos == {256, 257}
    assert tokenizer.end == 256


def test_newer_folders_keep_the_template_beside(tmp_path):
    config = {"eos_token": {"content": "<|im_end|>"}, "chat_template": "old"}
    Tokenizer(bpe(["<|im_end|>"]), template=None, named={}).save(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (tmp_path / "chat_template.jinja").write_text("new")
    assert Tokenizer.load(tmp_path).template == "new"


def test_broken_folders_are_clear_errors(tmp_path):
    with pytest.raises(ModelError, match=r"has no tokenizer\.json"):
        Tokenizer.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"version"')
    with pytest.raises(ModelError, match="is not a tokenizer"):
        Tokenizer.load(tmp_path)
    with pytest.raises(ModelError, match="names no end-of-text token"):
        Tokenizer(bpe(["<x>"]), template=None, named={})


@pytest.mark.parametrize("cut", SPLITTINGS)
def test_gguf_metadata_round_trips(cut):
    rust = bpe(["<|im_start|>", "<|im_end|>"], [("h", "e"), ("1", "2"), ("Ġ", "he")])
    document = json.loads(rust.to_str()) | {"pre_tokenizer": SPLITTINGS[cut].pre_tokenizer}
    document["model"]["ignore_merges"] = SPLITTINGS[cut].ignore_merges
    rust = tokenizers.Tokenizer.from_str(json.dumps(document))
    before = Tokenizer(rust, template="{{ 1 }}", named={"eos_token": "<|im_end|>"})
    fields = before.gguf()
    assert fields["tokenizer.ggml.pre"] == cut
    after = Tokenizer.from_gguf(fields)
    text = "he said he's 12 and 1234, hehe<|im_end|>\n\n x"
    assert after.encode(text) == before.encode(text)
    assert after.encode_markup(text) == before.encode_markup(text)
    assert (after.size, after.eos, after.template) == (before.size, before.eos, before.template)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tokenizer.ggml.model": "llama"}, "only 'gpt2'"),
        ({"tokenizer.ggml.pre": "kimi-k2"}, "has the pre-tokenizer 'kimi-k2'"),
    ],
)
def test_other_gguf_tokenizers_are_refused(fields, reason):
    with pytest.raises(ModelError, match=reason):
        Tokenizer.from_gguf(merging().gguf() | fields)


def test_a_splitting_that_gguf_cannot_name_is_refused():
    rust = bpe(["<|im_end|>"], [("a", "b")])
    rust.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(ModelError, match="GGUF has no name"):
        Tokenizer(rust, template=None, named={}).gguf()


def test_a_prompt_of_raw_text_begins_with_bos_and_one_of_ids_does_not():
    rust = bpe(["<s>", "</s>"])
    rust.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", rust.token_to_id("<s>"))]
    )
    tokenizer = Tokenizer(rust, template=None, named={"eos_token": "</s>"})
    served: Any = SimpleNamespace(
        model=SimpleNamespace(tokenizer=tokenizer), ceiling=Ceiling(context=64, think=8, default=8)
    )
    body = CompletionBody(prompt=["hi</s>", "hi"])
    asked = read(body, served)
    bos, end = (rust.token_to_id(text) for text in ("<s>", "</s>"))
    hi = tokenizer.encode("hi")
    assert [request.prompt for request in asked.requests] == [(bos, *hi, end), (bos, *hi)]
    asked = read(CompletionBody(prompt=hi), served)
    assert [request.prompt for request in asked.requests] == [tuple(hi)]


@pytest.fixture(scope="module")
def smollm2_theirs(smollm2):
    from cogitate import models

    folder = models.pull("smollm2-135m")
    (file,) = folder.glob("*.gguf")
    return AutoTokenizer.from_pretrained(folder, gguf_file=file.name)


@pytest.mark.weights
@pytest.mark.slow
def test_smollm2_ids_equal_transformers(smollm2, smollm2_theirs, tmp_path):
    ours = smollm2.tokenizer

    @given(st.text() | st.text(alphabet="ab1 2\n'.,rst<|im_end>"))
    def equal(text):
        assert smollm2_theirs(text)["input_ids"] == ours.encode_markup(text)

    @given(st.text(alphabet=st.characters(max_codepoint=0x2FFFF, exclude_categories=["Cc", "Cs"])))
    def round_trip(text):  # its vocabulary lacks a few bytes, which only odd text needs
        assert ours.decode(ours.encode(text)) == text

    equal()
    round_trip()
    messages = [{"role": "user", "content": "How many?"}]
    expected = smollm2_theirs.apply_chat_template(  # they take no template from a GGUF file
        messages, chat_template=ours.template, add_generation_prompt=True, return_dict=False
    )
    assert ours.chat_tokens(messages) == expected
    thinking = ours.with_thinking()
    thinking.save(tmp_path)
    saved = AutoTokenizer.from_pretrained(tmp_path)
    expected = saved.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    assert thinking.chat_tokens(messages) == expected
    assert expected[-1] == thinking.think_open
    assert thinking.size == ours.size
