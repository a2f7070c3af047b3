"""Each token's text stands where the token does, and all of it is what decoding adds."""

from itertools import chain

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, models

from cogitate.errors import ModelError
from cogitate.tokenizer import Tokenizer

SENTENCEPIECE = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
STRIPPED = decoders.Sequence([*SENTENCEPIECE, decoders.Strip(" ", 1, 0)])
DECODERS = {
    "stripped": STRIPPED,
    "not stripped": decoders.Sequence(SENTENCEPIECE),
    "metaspace": decoders.Metaspace(),
    "metaspace first": decoders.Metaspace(prepend_scheme="first"),
    "metaspace never": decoders.Metaspace(prepend_scheme="never"),
    "bytes and metaspace": decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]),
    "word piece": decoders.WordPiece(),
    "word piece, not cleaned": decoders.WordPiece(cleanup=False),
    "byte-level": decoders.ByteLevel(),
    "none": None,
}
WORDS = ["▁is", "▁the", "is", "▁", "▁▁▁", "a", ".", "▁a", "n't", "##ing", " lit", "你", "é", "Ġa"]


def tokenizer(decoder: object) -> Tokenizer:
    texts = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *WORDS]
    rust = tokenizers.Tokenizer(models.BPE({text: id_ for id_, text in enumerate(texts)}, []))
    if decoder is not None:
        rust.decoder = decoder
    added = [AddedToken(text, special=True) for text in texts[:3]]
    rust.add_tokens([*added, AddedToken("Quito é"), AddedToken("<0x99>x")])
    return Tokenizer(rust, template=None, named={"eos_token": "</s>"})


def spelled(text: str) -> list[int]:
    return [3 + byte for byte in text.encode()]


SPAN = (
    st.integers(0, 2 + 256 + len(WORDS) + 6).map(lambda id_: [id_])
    | st.integers(259, 258 + len(WORDS)).map(lambda id_: [id_])
    | st.text(max_size=3).map(spelled)
)
TOKENS = st.lists(SPAN, max_size=8).map(lambda spans: [*chain(*spans)])


@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_pieces_are_what_decoding_adds(decoder):
    made = tokenizer(decoder)

    @given(TOKENS, TOKENS, st.booleans())
    def check(before, tokens, skip):
        pieces = made.pieces(tokens, before, skip_special=skip)
        assert len(pieces) == len(tokens)
        text, whole = (made.decode(t, skip_special=skip) for t in (before, [*before, *tokens]))
        if whole.startswith(text) and not text.endswith("\ufffd"):
            assert "".join(pieces) == whole[len(text) :]
        elif tokens:
            assert whole.endswith("".join(pieces))

    check()


@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_a_stream_gives_the_same_text(decoder):
    made = tokenizer(decoder)

    @given(TOKENS, TOKENS)
    def check(before, tokens):
        stream = made.stream(before)
        streamed = "".join([*map(stream.push, tokens), stream.close()])
        assert streamed == "".join(made.pieces(tokens, before))

    check()


def test_a_space_in_the_middle_is_kept_and_one_at_the_beginning_is_not():
    made = tokenizer(STRIPPED)
    the, a, end = 260, 266, 2
    assert made.decode([a]) == "a"
    assert made.pieces([a, the, end, a]) == ["a", " the", "", " a"]
    assert made.pieces([the], before=[a]) == [" the"]
    assert made.pieces([the], before=[end]) == ["the"]
    assert made.pieces([the, end], before=[end], skip_special=False) == [" the", "</s>"]


def test_a_character_stands_at_the_token_that_completes_it():
    fallback, bytes_ = tokenizer(STRIPPED), Tokenizer.bytes()
    assert fallback.pieces(spelled("é😀")) == ["", "é", "", "", "", "😀"]
    assert bytes_.pieces(bytes_.encode("é😀a")) == ["", "é", "", "", "", "😀", "a"]
    first, second = bytes_.encode("é")
    assert bytes_.pieces([second], before=[first]) == ["é"]
    assert bytes_.pieces([first]) == ["\ufffd"]
    assert bytes_.pieces([first, *bytes_.encode("a")]) == ["", "\ufffda"]
    assert fallback.pieces(spelled("é")[:1]) == ["\ufffd"]
    assert fallback.pieces(spelled("é")[1:], before=spelled("你é")[:4]) == ["é"]


def test_decoders_whose_tokens_depend_on_the_next_are_refused():
    with pytest.raises(ModelError, match="BPEDecoder"):
        tokenizer(decoders.BPEDecoder())
