"""The same ids and the same text as transformers, for tokenizers of every kind and any text."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from tokenizers import AddedToken, Regex, decoders, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

from cogitate.errors import ModelError
from cogitate.prompt import completion_tokens
from cogitate.tokenizer import Tokenizer
from vocabularies import (
    STRINGS,
    adding,
    around,
    assert_same,
    byte_level,
    metaspace,
    sentencepiece,
    unigram,
    word_piece,
)


def limited(rust: tokenizers.Tokenizer) -> tokenizers.Tokenizer:
    rust.enable_truncation(7)
    rust.enable_padding(length=30, pad_token="<s>", pad_id=rust.token_to_id("<s>"))
    return rust


Files = dict[str, Any]
"""Name of a JSON file to its content, beside tokenizer.json."""
Case = Callable[[], tuple[tokenizers.Tokenizer, Files]]

ENDED = {"eos_token": "</s>"}


def case(make: Callable[[], tokenizers.Tokenizer], config: Any = ENDED, **files: Any) -> Case:
    others = {f"{name}.json": content for name, content in files.items()}
    return lambda: (make(), {"tokenizer_config.json": config, **others})


def normalizing(*parts: Any) -> Case:
    return case(lambda: byte_level(normalizer=normalizers.Sequence(list(parts))))


def flagged(special: bool, *flags: bool) -> Case:
    names = ("lstrip", "rstrip", "single_word", "normalized")
    token = AddedToken("Quito", special=special, **dict(zip(names, flags, strict=True)))
    return case(lambda: adding(byte_level(normalizer=normalizers.Lowercase()), token))


def listed(*tokens: dict[str, Any]) -> dict[str, Any]:
    return {str(500 + place): token for place, token in enumerate(tokens)}


def digits() -> tokenizers.Tokenizer:
    parts = [
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ]
    return byte_level(pre_tokenizer=pre_tokenizers.Sequence(parts))


CASES: dict[str, Case] = {
    "byte-level": case(byte_level),
    "byte-level, space before": case(
        lambda: byte_level(pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True))
    ),
    "byte-level, digits": case(lambda: digits()),
    "sentencepiece": case(sentencepiece),
    "sentencepiece, not stripped": case(
        lambda: sentencepiece(
            decoder=decoders.Sequence(
                [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
            )
        )
    ),
    "sentencepiece, nothing before": case(
        lambda: sentencepiece(normalizer=normalizers.Replace(" ", "▁"))
    ),
    "metaspace always": case(lambda: metaspace("always")),
    "metaspace first": case(lambda: metaspace("first")),
    "metaspace never": case(lambda: metaspace("never")),
    "metaspace in one piece": case(lambda: metaspace("first", split=False)),
    "as Llama, bos": case(
        lambda: around(sentencepiece(), "<s> $A"),
        {**ENDED, "tokenizer_class": "LlamaTokenizerFast"},
    ),
    "as old Llama": case(
        sentencepiece, {**ENDED, "tokenizer_class": "LlamaTokenizer", "legacy": True}
    ),
    "as Llama, nothing before": case(
        sentencepiece, {**ENDED, "tokenizer_class": "LlamaTokenizer", "add_prefix_space": False}
    ),
    "byte-level under that name": case(byte_level, {**ENDED, "tokenizer_class": "LlamaTokenizer"}),
    "word piece": case(word_piece),
    "unigram": case(unigram),
    "no decoder": case(lambda: byte_level(decoder=None)),
    "nfc": normalizing(normalizers.NFC()),
    "nfd": normalizing(normalizers.NFD()),
    "nfkc": normalizing(normalizers.NFKC()),
    "lowercase": normalizing(normalizers.Lowercase()),
    "strip": normalizing(normalizers.Strip()),
    "replace": normalizing(normalizers.Replace(Regex(r"\s+"), " ")),
    "prepend": normalizing(normalizers.Prepend("x")),
    "nfkc, no accents, lower": normalizing(
        normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()
    ),
    "limited": case(lambda: limited(byte_level())),
    "limited sentencepiece": case(lambda: limited(around(sentencepiece(), "<s> $A"))),
    "bos": case(lambda: around(byte_level(), "<s> $A")),
    "eos": case(lambda: around(byte_level(), "$A </s>")),
    "both": case(lambda: around(sentencepiece(), "<s> $A </s>")),
    "both and bytes": case(
        lambda: around(byte_level(), "<s> $A </s>", processors.ByteLevel(trim_offsets=False))
    ),
    "roberta": case(
        lambda: byte_level(post_processor=processors.RobertaProcessing(("</s>", 502), ("<s>", 501)))
    ),
    "switches without a post-processor": case(
        byte_level, {**ENDED, "bos_token": "<s>", "add_bos_token": True, "add_eos_token": True}
    ),
    "switches against the post-processor": case(
        lambda: around(byte_level(), "<s> $A"),
        {**ENDED, "bos_token": "<s>", "add_bos_token": False},
    ),
    "prefix space asked for": case(byte_level, {**ENDED, "add_prefix_space": True}),
    "cleaning asked for": case(byte_level, {**ENDED, "clean_up_tokenization_spaces": True}),
    "named, new": case(byte_level, {**ENDED, "pad_token": "<pad>", "image_token": "<img>"}),
    "named, in the vocabulary": case(byte_level, {**ENDED, "pad_token": "Lima"}),
    "named, was text": case(
        lambda: adding(byte_level(), AddedToken("Quito", special=False)), {"eos_token": "Quito"}
    ),
    "extra": case(byte_level, {**ENDED, "extra_special_tokens": ["Quito", "<s>", "<z>"]}),
    "additional": case(byte_level, {**ENDED, "additional_special_tokens": ["Quito", "<z>"]}),
    "extra by name": case(byte_level, {**ENDED, "extra_special_tokens": {"x_token": "Quito"}}),
    "extra by name, additional by text": case(
        byte_level,
        {
            **ENDED,
            "extra_special_tokens": {"x_token": "Quito"},
            "additional_special_tokens": ["Lima", "<z>"],
        },
    ),
    "as transformers 5 saves them": case(
        byte_level, {**ENDED, "model_specific_special_tokens": {"x_token": "Quito"}}
    ),
    "listed as text, special in tokenizer.json": case(
        byte_level,
        {
            **ENDED,
            "added_tokens_decoder": {
                str(byte_level().token_to_id("<s>")): {"content": "<s>", "special": False}
            },
        },
    ),
    "listed": case(
        lambda: adding(byte_level(), AddedToken("Quito", special=False)),
        {
            **ENDED,
            "added_tokens_decoder": listed(
                {"content": "Quito", "special": True, "lstrip": True},
                {"content": "Lima", "special": False, "single_word": True},
                {"content": "<s>", "special": True, "rstrip": True},
            ),
        },
    ),
    "special tokens map": case(
        byte_level,
        special_tokens_map={
            "eos_token": {"content": "</s>", "lstrip": True},
            "pad_token": "Quito",
            "additional_special_tokens": ["<z>", "Lima"],
        },
    ),
    "special tokens map beside a list": case(
        byte_level,
        {**ENDED, "added_tokens_decoder": listed({"content": "Quito", "special": False})},
        special_tokens_map={"pad_token": "Lima"},
    ),
    "added tokens": case(
        byte_level,
        added_tokens={"Quito": 600, "Lima": 601, "<z>": 602},
        special_tokens_map={"pad_token": "Lima", "additional_special_tokens": ["<z>"]},
    ),
    **{
        f"added, flags {''.join(map(str, on))}": flagged(*map(bool, on))
        for on in product((0, 1), repeat=5)
    },
}


def folder_of(make: Case, folder: Path) -> Path:
    rust, files = make()
    rust.save(str(folder / "tokenizer.json"))
    config = files.pop("tokenizer_config.json")
    files["tokenizer_config.json"] = {"tokenizer_class": "PreTrainedTokenizerFast", **config}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("name", CASES)
def test_a_folder_is_read_as_transformers_reads_it(name, tmp_path):
    folder = folder_of(CASES[name], tmp_path)
    ours, theirs = Tokenizer.load(folder), AutoTokenizer.from_pretrained(folder)
    assert_same(ours, theirs)
    assert ours.size == 1 + max(theirs.get_vocab().values())


CHATML = (
    "{{ bos_token }}{% for m in messages %}<|im_end|>{{ m.role }}\n{{ m.content }}</s>\n"
    "{% endfor %}"
)
ASKED = ["Where is Quito?", " hi ", "a </s><s> b<|im_end|>", "\uf8ff0\U000f0000 '</s>", "<s>"]


@pytest.mark.parametrize(
    "make", [byte_level, sentencepiece, lambda: metaspace("first"), lambda: metaspace("always")]
)
def test_what_is_typed_in_a_chat_is_no_special_token(make, tmp_path):
    """Nothing else differs from transformers, which takes what is typed for markup."""
    config = {"bos_token": "<s>", "eos_token": "</s>", "chat_template": CHATML}
    rust = adding(make(), AddedToken("<|im_end|>", special=True), AddedToken("Quito"))
    folder = folder_of(case(lambda: rust, config), tmp_path)
    ours, theirs = Tokenizer.load(folder), AutoTokenizer.from_pretrained(folder)
    for text in ASKED:
        messages = [
            {"role": "user", "content": text},
            {"role": "user", "content": [text, {"a": text}]},
        ]
        tokens = ours.chat_tokens(messages)
        taken = theirs.apply_chat_template(messages, return_dict=False)
        texts = (ours.decode(tokens, skip_special=False), theirs.decode(taken))
        assert texts[0].replace(" ", "") == texts[1].replace(" ", "")
        ends = [tokens.count(rust.token_to_id(token)) for token in ("<s>", "</s>", "<|im_end|>")]
        assert ends == [1, 2, 2]
    plain = [{"role": "user", "content": ASKED[0]}]
    assert ours.chat_tokens(plain) == theirs.apply_chat_template(plain, return_dict=False)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"auto_map": {"AutoTokenizer": ["code.Tokenizer", None]}}, "Python code"),
        ({"auto_map": ["code.Tokenizer", None]}, "Python code"),
        ({"split_special_tokens": True}, "treats special tokens as text"),
    ],
)
def test_what_cannot_be_read_is_refused(config, reason, tmp_path):
    folder = folder_of(case(byte_level, {**ENDED, **config}), tmp_path)
    with pytest.raises(ModelError, match=reason):
        Tokenizer.load(folder)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("tokenizer_config.json", "[]", "does not hold a JSON object"),
        ("added_tokens.json", "[1]", "does not hold a JSON object"),
        ("generation_config.json", '{"eos_token_id": "2"}', "is '2', not the id of a token"),
    ],
)
def test_a_file_of_another_shape_is_refused(name, text, reason, tmp_path):
    folder = folder_of(case(byte_level, ENDED), tmp_path)
    if name == "added_tokens.json":
        (folder / "tokenizer_config.json").write_text("{}")
    (folder / name).write_text(text)
    with pytest.raises(ModelError, match=reason):
        Tokenizer.load(folder)


@pytest.mark.parametrize("make", [word_piece, unigram])
def test_cleaning_is_refused_where_transformers_would_clean(make, tmp_path):
    config = {**ENDED, "clean_up_tokenization_spaces": True}
    with pytest.raises(ModelError, match="clean_up_tokenization_spaces"):
        Tokenizer.load(folder_of(case(make, config), tmp_path))


TURNS = "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ END }}\n{% endfor %}"


@pytest.mark.parametrize(
    ("template", "generation", "ends"),
    [
        (None, "<end>", {"</s>", "<end>"}),
        (None, ["<z>", "<end>"], {"</s>", "<z>", "<end>"}),
        (TURNS.replace("{{ END }}", " <end>"), None, {"</s>", "<end>"}),
        (TURNS.replace("{{ END }}", "{{ eos_token }}<end>"), "<z>", {"</s>", "<z>"}),
        (TURNS.replace("{{ END }}", "</think>"), None, {"</s>"}),
        ("{{ raise_exception('no') }}", None, {"</s>"}),
    ],
)
def test_an_answer_ends_where_any_file_says_so(template, generation, ends, tmp_path):
    extra = [AddedToken(text, special=True) for text in ("<z>", "<end>", "<think>", "</think>")]
    rust = adding(byte_level(), *extra)
    ids = {token.content: id_ for id_, token in rust.get_added_tokens_decoder().items()}
    config = {"eos_token": "</s>"} | ({} if template is None else {"chat_template": template})
    end_ids = (
        [ids[text] for text in generation] if isinstance(generation, list) else ids.get(generation)
    )
    files = {} if generation is None else {"generation_config": {"eos_token_id": end_ids}}
    ours = Tokenizer.load(folder_of(case(lambda: rust, config, **files), tmp_path))
    known = {ids["<|im_end|>"]}  # which ends a turn wherever it is
    assert ours.eos == known | {ids[text] for text in ends}


def test_an_answer_ends_in_the_token_named_eos_though_others_would_end_it():
    rust = adding(byte_level(), AddedToken("<end>", special=True))
    renamed = tokenizers.Tokenizer.from_str(rust.to_str().replace("<|im_end|>", "<eos>"))
    ours = Tokenizer(renamed, template=None, named={"eos_token": "<end>"})
    assert ours.end == renamed.token_to_id("<end>")
    assert ours.eos == {renamed.token_to_id(text) for text in ("<end>", "<eos>", "</s>")}


@pytest.mark.parametrize(
    ("end", "name"), [("{{ eos_token }}", "<|end_of_text|>"), ("", "<|eot_id|>")]
)
def test_an_answer_ends_as_the_template_ends_it_and_else_by_name(end, name, tmp_path):
    extra = [AddedToken(text, special=True) for text in ("<|end_of_text|>", "<|eot_id|>")]
    rust = tokenizers.Tokenizer.from_str(byte_level().to_str().replace("<|im_end|>", "<|user|>"))
    adding(rust, *extra)
    config = {"eos_token": "<|end_of_text|>", "chat_template": TURNS.replace("{{ END }}", end)}
    generation = {"eos_token_id": rust.token_to_id("<|end_of_text|>")}
    files = case(lambda: rust, config, generation_config=generation)
    ours = Tokenizer.load(folder_of(files, tmp_path))
    assert ours.end == rust.token_to_id(name)
    assert completion_tokens(ours, None, "4") == (*ours.encode("4"), ours.end)
    ours.save(tmp_path)
    again = Tokenizer.load(tmp_path)
    assert (again.end, again.eos) == (ours.end, ours.eos)


def test_two_hundred_texts():
    assert len(STRINGS) == 200
    assert max(map(len, STRINGS)) >= 10_000
    assert len(CASES) >= 40
