"""Checkpoints in many spellings: the logits that transformers has, or one line that says why."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file, save_model
from transformers import AutoModelForCausalLM, Qwen2Config, Qwen3Config

from checkpoints import (
    EMBEDDING,
    HEAD,
    INDEX,
    NORM,
    SINGLE,
    SIZES,
    assert_same,
    copy,
    edit_json,
    llama,
    our_logits,
    random_model,
    saved,
    their_logits,
)
from cogitate import models
from cogitate.errors import ModelError

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries warn of what is tried here

LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
Change = Callable[[Path], object]


def config(*remove: str, **change: Any) -> Change:
    """Return an edit of config.json."""
    return lambda folder: edit_json(folder / "config.json", change, remove=remove)


def tensors(change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Change:
    """Return an edit of model.safetensors."""

    def edit(folder: Path) -> None:
        weights = {n: t.clone() for n, t in change(load_file(folder / SINGLE)).items()}
        save_file(weights, folder / SINGLE, metadata={"format": "pt"})

    return edit


def value(name: str, number: float) -> Change:
    """Return an edit of one number in a tensor, which becomes fp64."""

    def edit(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        changed = weights[name].double()
        changed.view(-1)[3] = number
        return weights | {name: changed}

    return tensors(edit)


def shards(folder: Path) -> dict[str, str]:
    """Split the weights into two files, and return the index's map."""
    weights = load_file(folder / SINGLE)
    (folder / SINGLE).unlink()
    names = sorted(weights)
    weight_map = {name: f"part-{number % 2}.safetensors" for number, name in enumerate(names)}
    for file in ("part-0.safetensors", "part-1.safetensors"):
        part = {name: weights[name] for name in names if weight_map[name] == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return weight_map


def stale_index(folder: Path) -> None:
    weights = load_file(folder / SINGLE)
    tensors(lambda weights: {name: 2 * tensor for name, tensor in weights.items()})(folder)
    shards(folder)
    save_file(weights, folder / SINGLE, metadata={"format": "pt"})


def lost_shard(folder: Path) -> None:
    shards(folder)
    (folder / "part-1.safetensors").unlink()


def other(shard: str) -> str:
    return "part-1.safetensors" if shard == "part-0.safetensors" else "part-0.safetensors"


def wrong_index(folder: Path) -> None:
    weight_map = shards(folder)
    weight_map[NORM] = other(weight_map[NORM])
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))


def with_head_in_index(folder: Path) -> None:
    weight_map = shards(folder)
    weight_map[HEAD] = weight_map[EMBEDDING]
    edit_json(folder / INDEX, {"weight_map": weight_map})


def in_two_shards(folder: Path) -> None:
    path = folder / other(shards(folder)[NORM])
    save_file(load_file(path) | {NORM: torch.full((32,), 9.0)}, path)


def pickled(folder: Path) -> None:
    torch.save(load_file(folder / SINGLE), folder / "pytorch_model.bin")
    (folder / SINGLE).unlink()


def larger_tokenizer(folder: Path) -> None:
    tensors(lambda weights: weights | {n: weights[n][:260] for n in (EMBEDDING, HEAD)})(folder)
    edit_json(folder / "config.json", {"vocab_size": 260})


def prefixed(prefix: str) -> Change:
    return tensors(lambda weights: {prefix + name: tensor for name, tensor in weights.items()})


def rope(spelling: int, **settings: Any) -> Change:
    """Return an edit that writes rotary settings as transformers 4 or 5 does."""
    base = settings.pop("rope_theta", 10_000.0)
    if spelling == 5:
        return config("rope_theta", rope_parameters={"rope_theta": base, **settings})
    return config("rope_parameters", rope_theta=base, rope_scaling=settings or None)


READ: dict[str, tuple[Callable[[], Any], Change | None]] = {
    "llama": (lambda: llama(tie_word_embeddings=True), None),
    "llama untied": (llama, None),
    "qwen2": (lambda: random_model(Qwen2Config(**SIZES, tie_word_embeddings=True)), None),
    "qwen2 windows unused": (
        lambda: random_model(Qwen2Config(**SIZES)),
        config(use_sliding_window=False, sliding_window=8, max_window_layers=1),
    ),
    "qwen3": (lambda: random_model(Qwen3Config(**SIZES, head_dim=12)), None),
    "shards": (llama, lambda folder: shards(folder) and None),
    "shards, tied": (
        lambda: llama(tie_word_embeddings=True),
        lambda folder: shards(folder),
    ),
    "shards, tied, and an index that names the head too": (
        lambda: llama(tie_word_embeddings=True),
        with_head_in_index,
    ),
    "an index of another model": (llama, stale_index),
    "a shard that no index names": (
        llama,
        lambda folder: save_file({NORM: torch.zeros(32)}, folder / "model-00001-of-2.safetensors"),
    ),
    "tied, a head of its own": (llama, config(tie_word_embeddings=True)),
    "tied, both stored": (
        lambda: llama(tie_word_embeddings=True),
        tensors(lambda weights: weights | {HEAD: weights[EMBEDDING]}),
    ),
    "tied, the head as fp32, the embedding rounded": (
        lambda: llama(tie_word_embeddings=True),
        tensors(lambda w: w | {HEAD: w[EMBEDDING], EMBEDDING: w[EMBEDDING].bfloat16()}),
    ),
    "tied, only the head stored": (
        lambda: llama(tie_word_embeddings=True),
        tensors(lambda weights: {HEAD if n == EMBEDDING else n: t for n, t in weights.items()}),
    ),
    "a base model alone": (
        lambda: llama(tie_word_embeddings=True),
        tensors(lambda weights: {n.removeprefix("model."): t for n, t in weights.items()}),
    ),
    "a model inside a wrapper": (llama, prefixed("model.")),
    "fp16": (llama, tensors(lambda weights: {n: t.half() for n, t in weights.items()})),
    "mixed dtypes": (llama, value(NORM, 1.5)),
    "derived tensors": (
        llama,
        tensors(
            lambda w: w | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.rand(4)},
        ),
    ),
    "rope of version 4": (llama, rope(4, rope_theta=5e5)),
    "rope of version 5": (llama, rope(5, rope_theta=5e5, rope_type="default")),
    "llama3 of version 4": (llama, rope(4, rope_theta=5e5, **LLAMA3)),
    "llama3 of version 5": (llama, rope(5, rope_theta=5e5, **LLAMA3)),
    "llama3 of both": (
        llama,
        config(rope_theta=5e5, rope_scaling=LLAMA3, rope_parameters={"rope_theta": 5e5, **LLAMA3}),
    ),
    "rope type under its old name": (llama, rope(4, type="default")),
    "no rope at all": (llama, config("rope_theta", "rope_parameters")),
    "swish": (llama, config(hidden_act="swish")),
    "null sizes": (
        lambda: llama(num_key_value_heads=4),
        config(num_key_value_heads=None, head_dim=None),
    ),
    "keys that change nothing": (
        llama,
        config(
            pretraining_tp=2,
            attention_dropout=0.1,
            unsloth_fixed=True,
            is_llama_config=True,
            rope_interleaved=False,
            embedding_multiplier=1.0,
            quantization_config=None,
            max_sequence_length=99,
        ),
    ),
}
"""Made by transformers and then edited; we have its logits."""

REFUSED: dict[str, tuple[Change, str]] = {
    "yarn": (rope(4, type="yarn", factor=4.0), "rope type 'yarn'"),
    "linear": (rope(5, rope_type="linear", factor=2.0), "rope type 'linear'"),
    "dynamic": (rope(4, rope_type="dynamic", factor=2.0), "rope type 'dynamic'"),
    "longrope": (rope(4, rope_type="longrope", long_factor=[1.0]), "rope type 'longrope'"),
    "another kind": (rope(5, rope_type="proportional"), "rope type 'proportional'"),
    "two rope types": (rope(4, type="linear", rope_type="llama3", factor=2), "two rope types"),
    "two bases": (
        config(rope_theta=1e4, rope_parameters={"rope_theta": 5e5}),
        "contradict each other",
    ),
    "two scalings": (
        config(
            rope_theta=1e4,
            rope_scaling=LLAMA3,
            rope_parameters={"rope_theta": 1e4, "rope_type": "default"},
        ),
        "contradict each other",
    ),
    "rope by kind of layer": (
        config(rope_parameters={"full_attention": {"rope_theta": 1e4}}),
        "full_attention",
    ),
    "half rope": (rope(5, partial_rotary_factor=0.5), "partial_rotary_factor"),
    "an unknown rope setting": (rope(5, mscale=0.7), "mscale"),
    "llama3, half stated": (rope(5, rope_type="llama3", factor=8.0), "lacks 'low_freq_factor'"),
    "rope of the wrong type": (config(rope_parameters="linear"), "wrong type"),
    "no head": (
        tensors(lambda weights: {n: t for n, t in weights.items() if n != HEAD}),
        r"lacks lm_head\.weight; .* set tie_word_embeddings",
    ),
    "biases": (config(attention_bias=True), "attention_bias"),
    "windows": (config(use_sliding_window=True, sliding_window=8), "use_sliding_window"),
    "llama with a window": (config(sliding_window=8), "sliding_window"),
    "a window in some layers": (
        config(layer_types=["full_attention", "chunked_attention"]),
        "chunked_attention",
    ),
    "both ways": (config(is_causal=False), "attention to later tokens"),
    "layers of the wrong type": (config(layer_types=5), "wrong type"),
    "a file that cannot be": (
        lambda folder: shards(folder) and edit_json(folder / INDEX, {"weight_map": {NORM: "\0"}}),
        "is missing or broken",
    ),
    "another activation": (config(hidden_act="gelu_pytorch_tanh"), "gelu_pytorch_tanh"),
    "granite": (config(residual_multiplier=0.22), "residual_multiplier"),
    "minicpm": (config(scale_emb=12), "scale_emb"),
    "gemma": (config(final_logit_softcapping=30.0), "final_logit_softcapping"),
    "experts": (config(num_local_experts=8), "num_local_experts"),
    "quantised": (config(quantization_config={"quant_method": "awq"}), "quantised"),
    "code of its own": (config(auto_map={"AutoModel": "modeling.Mine"}), "auto_map"),
    "a tied that is no boolean": (config(tie_word_embeddings="false"), "tie_word_embeddings"),
    "more rows in config.json": (config(vocab_size=280), r"\[264, 32\], expected \[280, 32\]"),
    "fewer rows in config.json": (config(vocab_size=262), r"\[264, 32\], expected \[262, 32\]"),
    "int8": (tensors(lambda w: w | {NORM: w[NORM].to(torch.int8)}), r"norm\.weight .* is I8"),
    "fp8": (tensors(lambda w: w | {NORM: w[NORM].to(torch.float8_e4m3fn)}), "is F8_E4M3"),
    "NaN": (value("model.layers.1.mlp.up_proj.weight", float("nan")), r"1\.mlp\.up_proj.*: 1 of"),
    "infinite": (value(EMBEDDING, float("-inf")), r"embed_tokens.*: 1 of"),
    "beyond fp32": (value(EMBEDDING, 1e300), r"embed_tokens.*: 1 of .* in float32"),
    "an unknown tensor": (
        tensors(lambda w: w | {"model.layers.0.self_attn.sinks": torch.ones(4)}),
        "unknown .*sinks",
    ),
    "compiled": (prefixed("_orig_mod."), r"it has _orig_mod\."),
    "distributed": (prefixed("module."), r"it has module\."),
    "one name twice": (
        tensors(lambda w: w | {"norm.weight": w[NORM]}),
        r"model\.norm\.weight twice",
    ),
    "a lost shard": (lost_shard, r"part-1\.safetensors is missing"),
    "a wrong index": (wrong_index, rf"{re.escape(NORM)}, contrary to"),
    "in two shards": (in_two_shards, rf"has {re.escape(NORM)}, contrary to"),
    "an empty index": (
        lambda folder: shards(folder) and edit_json(folder / INDEX, {"weight_map": {}}),
        "no weight_map",
    ),
    "an empty file": (
        lambda folder: (folder / SINGLE).write_bytes(b""),
        "not a whole safetensors file",
    ),
    "no tensors": (tensors(lambda _: {}), "lacks lm_head.weight and"),
    "pickled": (pickled, r"pytorch_model\.bin cannot be read"),
    "a variant": (
        lambda folder: (folder / SINGLE).rename(folder / "model.fp16.safetensors"),
        r"model\.fp16\.safetensors cannot be read",
    ),
    "a token without a row": (larger_tokenizer, r"has token 260 .* has 260 rows"),
}
"""Edits of one untied Llama, and what we say."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """An untied Llama; treat it as read-only."""
    return saved(llama(), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("shape", READ)
def test_a_checkpoint_is_what_transformers_reads(shape, causal, tmp_path):
    make, edit = READ[shape]
    folder = saved(make(), tmp_path / "theirs")
    if edit is not None:
        edit(folder)
    expected = their_logits(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32))
    policy = models.load(folder)
    assert_same(our_logits(policy, causal), expected)
    models.save(policy, tmp_path / "ours")
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "ours", dtype=torch.float32)
    assert_same(their_logits(again), expected)


@pytest.mark.parametrize("shape", REFUSED)
def test_a_checkpoint_that_we_do_not_understand_is_refused_in_a_line(shape, whole, tmp_path):
    edit, reason = REFUSED[shape]
    folder = copy(whole, tmp_path / "edited")
    edit(folder)
    with pytest.raises(ModelError, match=reason) as refused:
        models.load(folder)
    assert "\n" not in str(refused.value)


def test_one_matrix_for_both_ends_may_be_stored_under_either_name(causal, tmp_path):
    model = llama(tie_word_embeddings=True)
    folder = saved(model, tmp_path / "tied")
    save_model(model, str(folder / SINGLE), metadata={"format": "pt"})
    policy = models.load(folder)
    assert policy.decoder.arch.tied
    assert_same(our_logits(policy, causal), their_logits(model))
