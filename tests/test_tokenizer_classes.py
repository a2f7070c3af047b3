"""Classes of tokenizers that replace parts of tokenizer.json do so as in transformers."""

from collections.abc import Callable
from typing import Any

import pytest
import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

from cogitate.errors import ModelError
from cogitate.tokenizer import Tokenizer
from test_tokenizer_parity import ENDED, Case, digits, folder_of
from vocabularies import (
    STRINGS,
    around,
    assert_same,
    byte_level,
    metaspace,
    sentencepiece,
    unigram,
    word_piece,
)


def classed(
    make: Callable[[], tokenizers.Tokenizer],
    name: str | None,
    family: str | None = None,
    **config: Any,
) -> Case:
    """Return a folder of a class; its chat template shows the tokens that the class names."""
    names = ("bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "mask_token")
    template = "|".join(f"{{{{ {name} }}}}" for name in names)
    settings = {**ENDED, "tokenizer_class": name, "chat_template": template, **config}
    files = {"tokenizer_config.json": settings, "config.json": {"model_type": family}}
    return lambda: (make(), files if family else {"tokenizer_config.json": settings})


def strange() -> tokenizers.Tokenizer:
    """Say in tokenizer.json what no class but the plain one keeps."""
    rust = around(byte_level(), "<s> $A", processors.ByteLevel(trim_offsets=False))
    rust.normalizer = normalizers.Lowercase()
    parts = [
        pre_tokenizers.Split(Regex(r"\p{L}{1,2}"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    rust.pre_tokenizer = pre_tokenizers.Sequence(parts)
    rust.model.ignore_merges = True
    return rust


LISTED = {
    "3": {"content": "Lima", "special": False},
    "424": {"content": "<s>", "special": True, "lstrip": True},
}

CLASSED: dict[str, Case] = {
    "GPT-2": classed(strange, "GPT2Tokenizer", "llama"),
    "GPT-2, space before": classed(digits, "GPT2TokenizerFast", add_prefix_space=True),
    "GPT-2, listed": classed(byte_level, "GPT2TokenizerFast", added_tokens_decoder=LISTED),
    "GPT-2, no bos": classed(byte_level, "GPT2Tokenizer", bos_token=None),
    "GPT-NeoX": classed(strange, "GPTNeoXTokenizerFast"),
    "GPT-NeoX, space before": classed(byte_level, "GPTNeoXTokenizer", add_prefix_space=True),
    "Qwen 2": classed(strange, "Qwen2TokenizerFast", "llama"),
    "Qwen 2, space before": classed(byte_level, "Qwen2Tokenizer", "qwen3", add_prefix_space=True),
    "Qwen 2, listed": classed(byte_level, "Qwen2Tokenizer", added_tokens_decoder=LISTED),
    "Qwen 2 by family": classed(digits, "PreTrainedTokenizerFast", "qwen2"),
    "Qwen 2 by family, not Llama": classed(byte_level, "LlamaTokenizer", "qwen2"),
    "Qwen 3 by family": classed(digits, None, "qwen3"),
    "Qwen 3, as it is": classed(strange, "PreTrainedTokenizerFast", "qwen3"),
    "Llama by family, as it is": classed(strange, None, "llama"),
    "Cohere": classed(byte_level, "CohereTokenizerFast"),
    "Cohere, space before": classed(strange, "CohereTokenizer", add_prefix_space=True),
    "Gemma": classed(lambda: around(metaspace("first"), "<s> $A"), "GemmaTokenizerFast"),
    "Gemma, listed": classed(sentencepiece, "GemmaTokenizer", added_tokens_decoder=LISTED),
    "Llama": classed(lambda: metaspace("never"), "LlamaTokenizerFast", pad_token="<pad>"),
    "Llama, listed": classed(sentencepiece, "LlamaTokenizer", added_tokens_decoder=LISTED),
    "Llama for Qwen 3": classed(byte_level, "LlamaTokenizer", "qwen3"),
    "backend": classed(strange, "TokenizersBackend"),
    "slow": classed(strange, "PreTrainedTokenizer"),
}


@pytest.mark.parametrize("name", CLASSED)
def test_a_folder_is_read_as_its_class_reads_it(name, tmp_path):
    folder = folder_of(CLASSED[name], tmp_path)
    ours, theirs = Tokenizer.load(folder), AutoTokenizer.from_pretrained(folder)
    assert_same(ours, theirs)
    assert ours.size == 1 + max(theirs.get_vocab().values())
    asked = [{"role": "user", "content": "hi"}]
    assert ours.chat(asked) == theirs.apply_chat_template(asked, tokenize=False)


def test_the_class_may_stand_in_the_configuration_of_the_model(tmp_path):
    settings = {"model_type": "llama", "tokenizer_class": "Qwen2TokenizerFast"}
    made = classed(byte_level, None)()
    folder = folder_of(lambda: (made[0], {**made[1], "config.json": settings}), tmp_path)
    assert_same(Tokenizer.load(folder), AutoTokenizer.from_pretrained(folder))


def test_smollm2_cuts_digits_as_it_was_trained_though_its_class_forgets_them(tmp_path):
    forgets = folder_of(classed(digits, "GPT2Tokenizer", "llama"), tmp_path)
    ours, theirs = Tokenizer.load(forgets), AutoTokenizer.from_pretrained(forgets)
    assert ours.encode("a  12") != theirs.encode("a  12")
    as_it_is = folder_of(classed(digits, "PreTrainedTokenizerFast", "llama"), tmp_path)
    assert_same(ours, AutoTokenizer.from_pretrained(as_it_is))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (byte_level, "RobertaTokenizerFast"),
        (word_piece, "BertTokenizerFast"),
        (byte_level, "CodeLlamaTokenizer"),
        (unigram, "LlamaTokenizer"),
        (word_piece, "Qwen2TokenizerFast"),
        (byte_level, "GemmaTokenizer"),
    ],
)
def test_a_class_that_is_not_known_or_does_not_fit_is_refused(make, name, tmp_path):
    folder = folder_of(classed(make, name), tmp_path)
    with pytest.raises(ModelError, match=f"{name.removesuffix('Fast')} is not supported"):
        Tokenizer.load(folder)
    as_it_is = folder_of(classed(make, "PreTrainedTokenizerFast"), tmp_path)
    assert_same(Tokenizer.load(as_it_is), AutoTokenizer.from_pretrained(as_it_is))


def test_a_saved_qwen2_model_gets_no_token_that_its_files_leave_out(tmp_path):
    nulls = {"unk_token": None, "pad_token": "</s>"}
    folder = folder_of(classed(byte_level, "LlamaTokenizerFast", "qwen2", **nulls), tmp_path)
    before = Tokenizer.load(folder)
    before.save(folder)
    after, theirs = Tokenizer.load(folder), AutoTokenizer.from_pretrained(folder)
    assert (after.size, after.end, after.eos) == (before.size, before.end, before.eos)
    assert after.size == 1 + max(theirs.get_vocab().values())
    assert "<|endoftext|>" not in theirs.get_vocab()


@pytest.mark.parametrize("name", [name for name in CLASSED if "space" not in name])
def test_a_saved_tokenizer_is_read_again_as_it_was(name, tmp_path):
    folder = folder_of(CLASSED[name], tmp_path)
    before = Tokenizer.load(folder)
    before.save(folder)
    after, theirs = Tokenizer.load(folder), AutoTokenizer.from_pretrained(folder)
    for text in STRINGS:
        assert before.encode_raw(text) == after.encode_raw(text) == theirs.encode(text)
