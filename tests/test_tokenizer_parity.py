"""The same ids and the same text as transformers, for tokenizers of every kind and any text."""

import json
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import gguf
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Regex,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import AutoTokenizer

from cogitate.errors import ModelError
from cogitate.tokenizer import Tokenizer

CORPUS = [
    "The town of Lima is the capital of Peru; it's where they've met, isn't it?",
    "def f(x):\n    return x + 1  # 12 and 345 and 6789\n",
    "Ünïcödé naïve café Straße, ЖИЗНЬ и жизнь, Ελλάδα, 你好世界, こんにちは, สวัสดี, नमस्ते",
]
MARKUP = ["<unk>", "<s>", "</s>", "<|im_end|>"]


def strings() -> list[str]:
    """Two hundred texts that tokenizers have been wrong about."""
    texts = [
        *("", " ", "  ", "\n", "\t", "a", " a", "a ", "  a  b   c    d", "\n\n a \r\n\t b \n", "\u00a0x\u3000y"),
        *("Hello, world! It's 12,345.67 o'clock; they'LL've I'M", "ALLCAPS camelCase snake_case kebab-case"),
        *("naïve café", "nai\u0308ve cafe\u0301", "ﬁ ½ ² Ａ", "İıſKÅ", "\u0301\u0302 alone"),
        *("😀", "👩‍🚀 👨‍👩‍👧‍👦 🇵🇪 👍🏽", "a😀b 😀 c", "\U0001f9d1\u200d\U0001f680"),
        *("你好，世界。", "こんにちは カタカナ", "안녕하세요 각", "สวัสดีครับ", "नमस्ते दुनिया", "ሰላም ለዓለም"),
        *("مرحبا بالعالم ١٢٣", "שלום עולם", "Привет, мир! ЁЖ", "Γειά σου Κόσμε", "မင်္ဂလာပါ", "𝔘𝔫𝔦 𐍈"),
        *("\x00\x01\x02", "a\x07b\x1b[0m", "\u200b\u200e\ufeff", "\x7f\x80\x9f", "\ufffd", "\ue000\uf8ff\U000f0000"),
        *("def f(x):\n    return x**2\n\n\nif __name__ == '__main__':\n\tf(1)", "{\"a\": [1, 2.5e-3, null]}"),
        *("<s>", "<s>a</s>", " <s> ", "a<s>b", "<S> A", "<s><s>", "< s>", "<unk>", "<0x0A>", "▁", "▁a", "a▁b"),
        *("Quito", " Quito ", "Where is Quito?", "QuitoQuito", "quito QUITO", "xQuitox", "Quito's", "(Quito)"),
        *("<|im_end|>", "hi<|im_end|>\n<|im_end|> there", "<|im_start|>user\nhi<|im_end|>", "<|im_end", "Ġa", "Ċ"),
        *(["0", "12", "123", "1234", "12345678901234567890", "1.2.3", "①②③ Ⅷ", "٠١٢"]),
        "".join(CORPUS),
    ]  # fmt: skip
    random = Random(0)
    alphabets = [
        "ab \n.", "Quito <s>/|im_end ", "éà̈̊ß", "你好世 界😀‍🚀", "0123456789 ,.", "\x00\t\r\n \u00a0", "▁ aĠb<0xF>",
        "abcdefghijklmnopqrstuvwxyz ABC'sltv",
    ]  # fmt: skip
    while len(texts) < 198:
        texts.append("".join(random.choices(random.choice(alphabets), k=random.randint(1, 60))))
    long = "".join(random.choices("".join(CORPUS), k=10_000))
    return [*texts, long, " " * 500 + "x" * 500]


STRINGS = strings()


@cache
def byte_level_model() -> str:
    rust = tokenizers.Tokenizer(models.BPE())
    rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    rust.train_from_iterator(CORPUS * 3, trainer)
    rust.decoder = decoders.ByteLevel()
    return rust.to_str()


@cache
def sentencepiece_model() -> str:
    rust = tokenizers.Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    rust.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    rust.pre_tokenizer = pre_tokenizers.Metaspace(split=True, prepend_scheme="never")
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(
        vocab_size=520, special_tokens=pieces, limit_alphabet=90, show_progress=False
    )
    rust.train_from_iterator(CORPUS * 3, trainer)
    document = json.loads(rust.to_str())
    plain = [token for token in document["added_tokens"] if token["id"] < 3]
    return json.dumps({**document, "pre_tokenizer": None, "added_tokens": plain})


def byte_level(**changed: Any) -> tokenizers.Tokenizer:
    rust = tokenizers.Tokenizer.from_str(byte_level_model())
    rust.add_tokens([AddedToken(text, special=True) for text in MARKUP])
    return _with(rust, changed)


def sentencepiece(**changed: Any) -> tokenizers.Tokenizer:
    rust = tokenizers.Tokenizer.from_str(sentencepiece_model())
    rust.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return _with(rust, changed)


def _with(rust: tokenizers.Tokenizer, changed: dict[str, Any]) -> tokenizers.Tokenizer:
    for name, part in changed.items():
        setattr(rust, name, part)
    return rust


def metaspace(scheme: str, *, split: bool = True) -> tokenizers.Tokenizer:
    return sentencepiece(
        normalizer=None,
        pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split),
        decoder=decoders.Sequence(
            [decoders.ByteFallback(), decoders.Metaspace(prepend_scheme=scheme)]
        ),
    )


def word_piece() -> tokenizers.Tokenizer:
    vocab = ["[UNK]", "<s>", "</s>", "lima", "the", "town", "##s", "##n", "a", "b", ".", "'", "s"]
    rust = tokenizers.Tokenizer(
        models.WordPiece({text: id_ for id_, text in enumerate(vocab)}, unk_token="[UNK]")
    )
    rust.normalizer = normalizers.BertNormalizer()
    rust.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    rust.decoder = decoders.WordPiece()
    rust.add_special_tokens(["[UNK]", "<s>", "</s>"])
    return rust


def unigram() -> tokenizers.Tokenizer:
    pieces = [
        ("<unk>", 0.0),
        ("<s>", 0.0),
        ("</s>", 0.0),
        ("▁", -2.0),
        ("▁the", -3.0),
        ("town", -4.0),
    ]
    pieces += [
        (letter, -5.0 - place / 10) for place, letter in enumerate("abcdefghimnopqrstuwxyz.")
    ]
    rust = tokenizers.Tokenizer(models.Unigram(pieces, 0, byte_fallback=False))
    rust.pre_tokenizer = pre_tokenizers.Metaspace()
    rust.decoder = decoders.Metaspace()
    rust.add_special_tokens(["<unk>", "<s>", "</s>"])
    return rust


def adding(rust: tokenizers.Tokenizer, *tokens: AddedToken) -> tokenizers.Tokenizer:
    rust.add_tokens(list(tokens))
    return rust


def limited(rust: tokenizers.Tokenizer) -> tokenizers.Tokenizer:
    rust.enable_truncation(7)
    rust.enable_padding(length=30, pad_token="<s>", pad_id=rust.token_to_id("<s>"))
    return rust


def around(rust: tokenizers.Tokenizer, single: str, *parts: Any) -> tokenizers.Tokenizer:
    ids = [(text, rust.token_to_id(text)) for text in ("<s>", "</s>")]
    template = processors.TemplateProcessing(single=single, special_tokens=ids)
    rust.post_processor = processors.Sequence([*parts, template]) if parts else template
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


CASES: dict[str, Case] = {
    "byte-level": case(byte_level),
    "byte-level, space before": case(
        lambda: byte_level(pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True))
    ),
    "byte-level, digits": case(
        lambda: byte_level(
            pre_tokenizer=pre_tokenizers.Sequence(
                [
                    pre_tokenizers.Digits(individual_digits=True),
                    pre_tokenizers.ByteLevel(add_prefix_space=False),
                ]
            )
        )
    ),
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
    **{f"metaspace {scheme}": case(lambda s=scheme: metaspace(s)) for scheme in ("always", "first", "never")},
    "metaspace in one piece": case(lambda: metaspace("first", split=False)),
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
        lambda: around(byte_level(), "<s> $A"), {**ENDED, "bos_token": "<s>", "add_bos_token": False}
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
        byte_level, added_tokens={"Quito": 600, "Lima": 601}, special_tokens_map={"pad_token": "Lima"}
    ),
    **{
        f"added: special {on[0]:d} lstrip {on[1]:d} rstrip {on[2]:d} word {on[3]:d} normal {on[4]:d}": flagged(*on)
        for on in product((False, True), repeat=5)
    },
}  # fmt: skip


def folder_of(make: Case, folder: Path) -> Path:
    rust, files = make()
    rust.save(str(folder / "tokenizer.json"))
    config = files.pop("tokenizer_config.json")
    files["tokenizer_config.json"] = {"tokenizer_class": "PreTrainedTokenizerFast", **config}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def assert_same(ours: Tokenizer, theirs: Any) -> None:
    """Compare ids of markup, raw text and plain text, and what is decoded from them."""
    raw = theirs(STRINGS)["input_ids"]
    markup = theirs(STRINGS, add_special_tokens=False)["input_ids"]
    plain = theirs(STRINGS, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    for number, text in enumerate(STRINGS):
        assert ours.encode_raw(text) == raw[number], text
        assert ours.encode_markup(text) == markup[number], text
        assert ours.encode(text) == plain[number], text
    for skip in (False, True):
        texts = theirs.batch_decode(raw, skip_special_tokens=skip)
        for ids, text in zip(raw, texts, strict=True):
            assert ours.decode(ids, skip_special=skip) == text
            if len(ids) < 200:
                assert "".join(ours.pieces(ids, skip_special=skip)) == text


@pytest.mark.parametrize("name", CASES)
def test_a_folder_is_read_as_transformers_reads_it(name, tmp_path):
    folder = folder_of(CASES[name], tmp_path)
    ours, theirs = Tokenizer.load(folder), AutoTokenizer.from_pretrained(folder)
    assert_same(ours, theirs)
    assert ours.size == 1 + max(theirs.get_vocab().values())


def test_two_hundred_texts():
    assert len(STRINGS) == 200
    assert max(map(len, STRINGS)) >= 10_000
    assert len(CASES) >= 40
