"""GGUF files are read as llama.cpp reads them, and as transformers does where the two agree."""

import json
from pathlib import Path
from typing import Any

import gguf
import pytest
import tokenizers
from tokenizers import AddedToken, Regex, decoders, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

from cogitate.errors import ModelError
from cogitate.tokenizer import Tokenizer
from cogitate.tokenizer.splitting import splitting
from vocabularies import adding, around, assert_same, byte_level, metaspace, sentencepiece

WORDS = [AddedToken("Quito", special=False, normalized=False), AddedToken("<z>", special=True)]
NAMED = {"bos_token": "<s>", "eos_token": "</s>"}


def fields(rust: tokenizers.Tokenizer, **changed: Any) -> dict[str, Any]:
    """Return a byte-level tokenizer's metadata with other values; None leaves a field out."""
    made = Tokenizer(rust, template=None, named=NAMED).gguf()
    made |= {f"tokenizer.ggml.{key}": value for key, value in changed.items()}
    return {key: value for key, value in made.items() if value is not None}


def gguf_file(folder: Path, written: dict[str, Any]) -> tuple[Tokenizer, Any]:
    """Write a GGUF file; return what we and transformers read from it."""
    writer = gguf.GGUFWriter(folder / "a.gguf", "llama")
    for key, value in written.items():
        add = {bool: writer.add_bool, int: writer.add_uint32, str: writer.add_string}
        add.get(type(value), writer.add_array)(key, value)
    for add, value in [
        (writer.add_context_length, 512),
        (writer.add_embedding_length, 64),
        (writer.add_block_count, 1),
        (writer.add_feed_forward_length, 64),
        (writer.add_head_count, 1),
        (writer.add_layer_norm_rms_eps, 1e-6),
    ]:
        add(value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = gguf.GGUFReader(folder / "a.gguf").fields.items()
    ours = Tokenizer.from_gguf({key: field.contents() for key, field in found})
    return ours, AutoTokenizer.from_pretrained(folder, gguf_file="a.gguf")


def fast(rust: tokenizers.Tokenizer) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(tokenizer_object=rust, **NAMED)


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("pre", ["gpt-2", "qwen2", "qwen35", "smaug-bpe"])
def test_a_file_is_read_as_transformers_reads_it(pre, bos, tmp_path):
    changed = {"pre": pre, "add_bos_token": bos, "add_eos_token": bos}
    assert_same(*gguf_file(tmp_path, fields(adding(byte_level(), *WORDS), **changed)))


def test_expressions_are_those_of_transformers_but_where_llama_cpp_has_another():
    for name, expression in GGUF_PRE_TOKENIZER_SPLITS.items():
        if name == "tekken":
            continue
        try:
            cut = splitting(name).pre_tokenizer
        except ModelError:
            continue
        assert cut["pretokenizers"][0]["pattern"]["Regex"] == expression, name


def cutting(*parts: Any, use_regex: bool) -> tokenizers.Tokenizer:
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)
    return byte_level(pre_tokenizer=pre_tokenizers.Sequence([*parts, last]))


def isolating(*patterns: str) -> list[Any]:
    return [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]


GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
DIGITS = pre_tokenizers.Digits(individual_digits=True)


@pytest.mark.parametrize(
    ("pre", "same"),
    [
        ("smollm", cutting(DIGITS, use_regex=True)),
        ("starcoder", cutting(*isolating(r"\p{N}", GPT2), use_regex=False)),
        (
            "deepseek-coder",
            cutting(
                *isolating(r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+"),
                DIGITS,
                use_regex=False,
            ),
        ),
        (None, cutting(*isolating(r"[\p{P}$+<=>^~|]+", GPT2, r"\d+", r"\d{3}"), use_regex=False)),
    ],
)
def test_kinds_that_only_llama_cpp_knows_cut_as_it_does(pre, same):
    ours = Tokenizer.from_gguf(fields(byte_level(), pre=pre))
    assert_same(ours, fast(same))


def test_tekken_takes_a_combining_mark_for_no_letter_as_llama_cpp_does():
    cut = Tokenizer.from_gguf(fields(byte_level(), pre="tekken"))._rust.pre_tokenizer
    places = [place for _, place in cut.pre_tokenize_str("aXb e\u0301t")]
    assert places == [(0, 1), (1, 3), (3, 5), (5, 7)]


@pytest.mark.parametrize("pre", ["llama-bpe", "llama-v3", "tekken"])
def test_llama_3_files_begin_with_bos_and_know_whole_words(pre):
    rust = tokenizers.Tokenizer.from_str(json.dumps(json.loads(byte_level().to_str())))
    texts = fields(rust)["tokenizer.ggml.tokens"]
    texts = [*texts, "zzyzx"]  # in the vocabulary, and no merges lead there
    given = fields(rust, pre=pre, tokens=texts, token_type=[1] * len(texts), add_bos_token=None)
    ours = Tokenizer.from_gguf(given)
    assert ours.encode_raw("zzyzx") == [rust.token_to_id("<s>"), len(texts) - 1]
    assert ours.encode_markup("zzyzx") == [len(texts) - 1]
    smaug = Tokenizer.from_gguf({**given, "tokenizer.ggml.pre": "smaug-bpe"})
    assert len(smaug.encode_raw("zzyzx")) == 5


def sentencepiece_fields(**changed: Any) -> dict[str, Any]:
    document = json.loads(sentencepiece().to_str())
    texts = sorted(document["model"]["vocab"], key=document["model"]["vocab"].get)
    rank: dict[str, int] = {}
    for place, pair in enumerate(document["model"]["merges"]):
        rank.setdefault("".join(pair), place)
    made = {
        "model": "llama",
        "tokens": texts,
        "scores": [-float(rank.get(text, 10**6)) for text in texts],
        "token_type": [2, 3, 3, *[6] * 256, *[1] * (len(texts) - 259)],
        "bos_token_id": 1,
        "eos_token_id": 2,
        **changed,
    }
    return {f"tokenizer.ggml.{key}": value for key, value in made.items()}


def test_sentencepiece_is_merged_by_its_scores():
    assert_same(
        Tokenizer.from_gguf(sentencepiece_fields()), fast(around(sentencepiece(), "<s> $A"))
    )


def test_sentencepiece_without_a_space_before_text():
    given = sentencepiece_fields(add_space_prefix=False, add_bos_token=False, add_eos_token=True)
    same = sentencepiece(
        normalizer=normalizers.Replace(" ", "▁"),
        decoder=decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
        ),
    )
    assert_same(Tokenizer.from_gguf(given), fast(around(same, "$A </s>")))


def test_ends_of_turns_and_messages_end_an_answer():
    rust = adding(byte_level(), *WORDS)
    quito, z = (rust.token_to_id(text) for text in ("Quito", "<z>"))
    known = {rust.token_to_id("</s>"), rust.token_to_id("<|im_end|>")}
    assert Tokenizer.from_gguf(fields(rust)).eos == known
    ours = Tokenizer.from_gguf(fields(rust, eot_token_id=z, eom_token_id=quito))
    assert ours.eos == known | {z, quito}
    assert Tokenizer.from_gguf(ours.gguf()).eos == ours.eos
    far = Tokenizer.from_gguf(fields(rust, eot_token_id=10**6, padding_token_id=2**32 - 1))
    assert far.eos == known


@pytest.mark.parametrize("named", [{}, NAMED])
def test_an_export_always_names_the_end_of_an_answer(named):
    rust = adding(byte_level(), *WORDS)
    quito, z, end = (rust.token_to_id(text) for text in ("Quito", "<z>", "<|im_end|>"))
    ours = Tokenizer(rust, template=None, named=named, eos=[quito, z])
    given = ours.gguf()
    eos = rust.token_to_id(named.get("eos_token", "<|im_end|>"))
    assert given["tokenizer.ggml.eos_token_id"] == eos
    assert (Tokenizer.from_gguf(given).eos, ours.end) == (ours.eos, end)


@pytest.mark.parametrize("begins", ["", "{{ bos_token }}", "<s>"])
def test_bos_before_raw_text_is_once_before_a_conversation_as_in_llama_cpp(begins):
    template = begins + "{% for m in messages %}{{ m.content + eos_token }}{% endfor %}"
    given = {**fields(byte_level()), "tokenizer.chat_template": template}
    asked = [{"role": "user", "content": "hi <s>"}]
    bare = Tokenizer.from_gguf({**given, "tokenizer.ggml.add_bos_token": False})
    ours = Tokenizer.from_gguf({**given, "tokenizer.ggml.add_bos_token": True})
    assert bare.chat(asked) == ("<s>" if begins else "") + "hi <s></s>"
    assert ours.chat(asked) == "<s>hi <s></s>"
    again = Tokenizer.from_gguf(ours.gguf())
    assert (again.template, again.chat(asked)) == (ours.template, ours.chat(asked))


def test_a_qwen2_file_composes_no_accents_and_the_folder_made_of_it_does(tmp_path):
    ours, theirs = gguf_file(tmp_path, fields(adding(byte_level(), *WORDS), pre="qwen2"))
    assert_same(ours, theirs)
    folder = tmp_path / "folder"
    folder.mkdir()
    ours.save(folder)
    (folder / "config.json").write_text('{"model_type": "qwen2"}')
    read = Tokenizer.load(folder)
    assert_same(read, AutoTokenizer.from_pretrained(folder))
    assert read.encode("e\u0301") == ours.encode("\u00e9") != ours.encode("e\u0301")


def holed(*types: int) -> Tokenizer:
    """The tokenizer of a file whose last three ids are words, behind two of these types."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    given = {
        "model": "gpt2",
        "pre": "gpt-2",
        "tokens": ["</s>", *alphabet, "[PAD257]", "[PAD258]", "ab", "abc", "abcd"],
        "token_type": [3, *[1] * 256, *types, 1, 1, 1],
        "merges": ["a b", "ab c", "abc d"],
        "eos_token_id": 0,
    }
    fields = {f"tokenizer.ggml.{key}": value for key, value in given.items()}
    template = "{% for m in messages %}{{ m.content }}</s>{% endfor %}"
    return Tokenizer.from_gguf({**fields, "tokenizer.chat_template": template})


def test_new_ids_follow_the_largest_though_some_are_unused():
    ours, full = holed(5, 5), holed(1, 1)
    assert ours.size == full.size == 262
    for tokenizer in (ours, ours.with_thinking()):
        assert [tokenizer.encode(text) for text in ("abc", "abcd")] == [[260], [261]]
        asked = [{"role": "user", "content": "abc </s>"}]
        tokens = tokenizer.chat_tokens(asked, add_generation_prompt=False)
        assert tokens == [260, *full.encode(" </s>"), 0]
    thinking = ours.with_thinking()
    assert (thinking.think_open, thinking.think_close, thinking.size) == (262, 263, 264)


def test_a_new_id_that_is_in_use_is_refused(tmp_path):
    document = json.loads(holed(1, 1).to_json())
    for text in ("[PAD257]", "[PAD258]"):
        del document["model"]["vocab"][text]
    (tmp_path / "tokenizer.json").write_text(json.dumps(document))
    settings = {"eos_token": "</s>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    ours = Tokenizer.load(tmp_path)
    for use in (ours.with_thinking, lambda: ours.encode("abc")):
        with pytest.raises(ModelError, match="new token would get id 260 of 'abc'"):
            use()
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**settings, "pad_token": "<p>"}))
    with pytest.raises(ModelError, match="new token would get id 260 of 'abc'"):
        Tokenizer.load(tmp_path)


TOOLS = [{"type": "function", "function": {"name": "f"}}]


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("default", ["plain {{ messages[0].content }}", None])
def test_the_template_for_tools_is_read(default, bos):
    tools = "{{ bos_token }}tools {{ messages[0].content }} {{ tools|length }}"
    given = fields(byte_level(), add_bos_token=bos)
    named = {"tokenizer.chat_template": default, "tokenizer.chat_template.tool_use": tools}
    ours = Tokenizer.from_gguf(given | {key: text for key, text in named.items() if text})
    asked = [{"role": "user", "content": "hi"}]
    assert ours.chat(asked, tools=TOOLS) == "<s>tools hi 1"
    if default:
        assert ours.chat(asked) == "<s>" * bos + "plain hi"
    again = Tokenizer.from_gguf(ours.gguf())
    assert again.chat(asked, tools=TOOLS) == "<s>tools hi 1"


@pytest.mark.parametrize("single", ["$A", "<s> $A", "$A </s>", "<s> $A </s>"])
def test_an_export_says_what_stands_around_raw_text(single):
    rust = around(adding(byte_level(), *WORDS), single)
    before = Tokenizer(rust, template=None, named=NAMED)
    after = Tokenizer.from_gguf(before.gguf())
    assert after.encode_raw("a Quito<z>") == before.encode_raw("a Quito<z>")
    assert after.decode(after.encode_raw("a Quito<z>")) == "a Quito"


@pytest.mark.parametrize(
    ("rust", "reason"),
    [
        (byte_level(normalizer=normalizers.Lowercase()), "Lowercase"),
        (adding(byte_level(), AddedToken("Quito", lstrip=True)), "strips"),
        (sentencepiece(), "not byte-level"),
        (metaspace("first"), "not byte-level"),
        (around(byte_level(), "$A </s> </s>"), "around raw text"),
        (byte_level(pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True)), "no name"),
        (Tokenizer.bytes()._rust, "has no merges"),
        (byte_level(post_processor=processors.BertProcessing(("<s>", 1), ("</s>", 2))), "around"),
    ],
)
def test_what_gguf_cannot_say_is_not_exported(rust, reason):
    with pytest.raises(ModelError, match=reason):
        Tokenizer(rust, template=None, named=NAMED).gguf()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"model": "bert"}, "'bert' tokenizer"),
        ({"model": "t5"}, "'t5' tokenizer"),
        ({"model": "llama"}, "with scores"),
        ({"model": None}, "'None' tokenizer"),
        ({"pre": "kimi-k2"}, "has the pre-tokenizer 'kimi-k2'"),
    ],
)
def test_other_tokenizers_are_refused_by_name(changed, reason):
    with pytest.raises(ModelError, match=reason):
        Tokenizer.from_gguf(fields(byte_level(), **changed))
