"""Tokenizers of every kind, made small, and texts that tokenizers have been wrong about."""

import json
from functools import cache
from random import Random
from typing import Any

import tokenizers
from tokenizers import (
    AddedToken,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from cogitate.tokenizer import Tokenizer
from cogitate.tokenizer.splitting import SPLITTINGS
from cogitate.tokenizer.templates import BRIEF

CORPUS = [
    "The town of Lima is the capital of Peru; it's where they've met, isn't it?",
    "def f(x):\n    return x + 1  # 12 and 345 and 6789\n",
    "Ünïcödé naïve café Straße, ЖИЗНЬ и жизнь, Ελλάδα, 你好世界, こんにちは, สวัสดี, नमस्ते",
]
MARKUP = ["<unk>", "<s>", "</s>", "<|im_end|>"]


WRITTEN = [
    "",
    " ",
    "  ",
    "\n",
    "\t",
    "a",
    " a",
    "a ",
    "  a  b   c    d",
    "\n\n a \r\n\t b \n",
    "\u00a0x\u3000y",
    "Hello, world! It's 12,345.67 o'clock; they'LL've I'M",
    "ALLCAPS camelCase snake_case kebab-case",
    "naïve café",
    "nai\u0308ve cafe\u0301",
    "ﬁ ½ ² Ａ",
    "İıſKÅ",
    "\u0301\u0302 alone",
    "😀",
    "👩‍🚀 👨‍👩‍👧‍👦 🇵🇪 👍🏽",
    "a😀b 😀 c",
    "\U0001f9d1\u200d\U0001f680",
    "你好，世界。",
    "こんにちは カタカナ",
    "안녕하세요 각",
    "สวัสดีครับ",
    "नमस्ते दुनिया",
    "ሰላም ለዓለም",
    "مرحبا بالعالم ١٢٣",
    "שלום עולם",
    "Привет, мир! ЁЖ",
    "Γειά σου Κόσμε",
    "မင်္ဂလာပါ",
    "𝔘𝔫𝔦 𐍈",
    "\x00\x01\x02",
    "a\x07b\x1b[0m",
    "\u200b\u200e\ufeff",
    "\x7f\x80\x9f",
    "\ufffd",
    "\ue000\uf8ff\U000f0000",
    "def f(x):\n    return x**2\n\n\nif __name__ == '__main__':\n\tf(1)",
    '{"a": [1, 2.5e-3, null]}',
    "<s>",
    "<s>a</s>",
    " <s> ",
    "a<s>b",
    "<S> A",
    "<s><s>",
    "< s>",
    "<unk>",
    "<0x0A>",
    "▁",
    "▁a",
    "a▁b",
    "Quito",
    " Quito ",
    "Where is Quito?",
    "QuitoQuito",
    "quito QUITO",
    "xQuitox",
    "Quito's",
    "(Quito)",
    "<|im_end|>",
    "hi<|im_end|>\n<|im_end|> there",
    "<|im_start|>user\nhi<|im_end|>",
    "<|im_end",
    "Ġa",
    "Ċ",
    "0 12 123 1234",
    "12345678901234567890",
    "1.2.3",
    "①②③ Ⅷ",
    "٠١٢",
    "".join(CORPUS),
]


def strings() -> list[str]:
    """Two hundred texts that tokenizers have been wrong about."""
    texts = [*WRITTEN]
    random = Random(0)
    alphabets = [
        "ab \n.",
        "Quito <s>/|im_end ",
        "éà̈̊ß",
        "你好世 界😀‍🚀",
        "0123456789 ,.",
        "\x00\t\r\n \u00a0",
        "▁ aĠb<0xF>",
        "abcdefghijklmnopqrstuvwxyz ABC'sltv",
    ]
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


def merging() -> Tokenizer:
    """Like `Tokenizer.bytes`, for GGUF: with a merge instead of the byte FF, which no text has."""
    document = json.loads(Tokenizer.bytes().to_json())
    model = document["model"]
    model["vocab"]["zz"] = model["vocab"].pop("ÿ")
    model["merges"] = [["z", "z"]]
    cut = SPLITTINGS["qwen2"].pre_tokenizer
    rust = tokenizers.Tokenizer.from_str(json.dumps({**document, "pre_tokenizer": cut}))
    return Tokenizer(rust, template=BRIEF, named={"eos_token": "<|im_end|>"})


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


def around(rust: tokenizers.Tokenizer, single: str, *parts: Any) -> tokenizers.Tokenizer:
    ids = [(text, rust.token_to_id(text)) for text in ("<s>", "</s>")]
    template = processors.TemplateProcessing(single=single, special_tokens=ids)
    rust.post_processor = processors.Sequence([*parts, template]) if parts else template
    return rust


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
