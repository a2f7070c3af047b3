"""GGUF files: written in f16, read back by us and by transformers; broken ones refused."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize
from transformers import AutoModelForCausalLM

from cogitate import models
from cogitate.errors import ModelError
from cogitate.models.architecture import Architecture, RopeScaling
from cogitate.models.decoder import Attention, Decoder
from cogitate.models.gguf import read, save
from cogitate.models.gguf.file import GGUF
from cogitate.models.policy import Policy, grow
from vocabularies import merging

SIZES = {
    "vocab_size": 261,
    "width": 64,
    "num_layers": 2,
    "num_heads": 4,
    "num_kv_heads": 2,
    "head_width": 16,
    "mlp_width": 96,
    "context": 256,
}
SCALING = RopeScaling(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_context=8192)
ARCHITECTURES = {
    "llama": Architecture(family="llama", **SIZES),
    "llama3": Architecture(
        family="llama", **SIZES, tied=False, rope_theta=500_000.0, rope_scaling=SCALING
    ),
    "qwen2": Architecture(family="qwen2", **SIZES, qkv_bias=True),
    "qwen3": Architecture(
        family="qwen3", **SIZES | {"head_width": 128}, qk_norm=True, tied=False
    ),  # transformers reads no other width
}
TOKENS = torch.arange(20, 120)
ZEROS = np.zeros(4, dtype=np.float32)


@pytest.fixture(params=ARCHITECTURES)
def policy(request):
    """Random weights that f16 holds exactly."""
    decoder = Decoder(ARCHITECTURES[request.param])
    generator = torch.Generator().manual_seed(0)
    decoder.init(generator)
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.mul_(2.0).add_(0.1 * torch.randn(weight.shape, generator=generator))
            weight.copy_(weight.half().float())
    return Policy(decoder=decoder, tokenizer=merging(), name="random")


@torch.no_grad()
def logits(policy: Policy, causal: Attention) -> torch.Tensor:
    return policy.decoder.logits(policy.decoder(TOKENS, torch.arange(len(TOKENS)), causal))


@pytest.mark.parametrize("rows", [7, 4096])
def test_what_we_write_we_read(policy, rows, tmp_path, monkeypatch):
    monkeypatch.setattr("cogitate.models.gguf.file._ROWS", rows)
    save(policy, tmp_path / "model.gguf")
    again = models.load(tmp_path / "model.gguf")
    assert again.decoder.arch == policy.decoder.arch
    ours = policy.decoder.state_dict()
    assert all(torch.equal(t, ours[name]) for name, t in again.decoder.state_dict().items())
    text = "one <think>two</think><|im_end|>"
    assert again.tokenizer.encode_markup(text) == policy.tokenizer.encode_markup(text)
    assert again.tokenizer.template == policy.tokenizer.template


@torch.no_grad()
def test_what_we_write_transformers_reads(policy, causal, tmp_path):
    save(policy, tmp_path / "model.gguf")
    theirs = AutoModelForCausalLM.from_pretrained(
        tmp_path, gguf_file="model.gguf", dtype=torch.float32
    )
    expected = theirs.eval()(TOKENS[None]).logits[0]
    same = bool((logits(policy, causal) - expected).abs().max() < 1e-4 * expected.abs().max())
    # transformers takes no notice of rope_freqs.weight; once it does, this says so.
    assert same == (policy.decoder.arch.rope_scaling is None)


def test_a_padded_embedding_has_a_token_for_each_row(tmp_path):
    policy = models.initialise("nano", merging(), seed=0)
    grow(policy.decoder, policy.tokenizer.size + 7)
    save(policy, tmp_path / "model.gguf")
    names = gguf.GGUFReader(tmp_path / "model.gguf").fields["tokenizer.ggml.tokens"].contents()
    assert len(names) == policy.decoder.arch.vocab_size
    again = models.load(tmp_path / "model.gguf")
    assert again.tokenizer.encode_markup("a</think>") == policy.tokenizer.encode_markup("a</think>")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.9, 0.999])
def test_half_files_are_refused(tmp_path, share):
    path = tmp_path / "model.gguf"
    save(models.initialise("nano", merging(), seed=0), path)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(ModelError, match="not a whole GGUF file"):
        models.load(path)


def test_other_architectures_are_refused(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "mamba")
    writer.add_block_count(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelError, match="'mamba' is not supported"):
        read(tmp_path / "model.gguf")


def test_a_file_that_is_there_is_left_alone(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_text("mine")
    with pytest.raises(ModelError, match="already exists"):
        save(models.initialise("nano", merging(), seed=0), path)
    assert path.read_text() == "mine"


def edited(path: Path, change: Callable[[gguf.GGUFWriter], None], monkeypatch) -> Path:
    """Save a model whose file gets other fields or tensors than we write."""
    write = gguf.GGUFWriter.write_header_to_file

    def changed(writer: gguf.GGUFWriter) -> None:
        change(writer)
        write(writer)

    with monkeypatch.context() as patch:
        patch.setattr(gguf.GGUFWriter, "write_header_to_file", changed)
        save(models.initialise("nano", merging(), seed=0), path)
    return path


def typed(path: Path, kind: str, monkeypatch) -> Path:
    """Save a model of width 256 whose query matrix is stored in a type, as zeros."""
    add, numbers = gguf.GGUFWriter.add_tensor, gguf.GGMLQuantizationType[kind]
    size, num_bytes = gguf.GGML_QUANT_SIZES[numbers]
    decoder = Decoder(Architecture(family="qwen2", **SIZES | {"width": 256}, qkv_bias=True))
    decoder.init(torch.Generator().manual_seed(0))

    def changed(writer, name, tensor, **given):
        if "attn_q.weight" in name:
            tensor = np.zeros((len(tensor), tensor.shape[1] // size * num_bytes), np.uint8)
            given = {"raw_dtype": numbers}
        add(writer, name, tensor, **given)

    with monkeypatch.context() as patch:
        patch.setattr(gguf.GGUFWriter, "add_tensor", changed)
        save(Policy(decoder=decoder, tokenizer=merging(), name="random"), path)
    return path


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda w: w.add_string("llama.rope.scaling.type", "yarn"), "rope.scaling.type yarn"),
        (lambda w: w.add_float32("llama.rope.scaling.factor", 4.0), "rope.scaling.factor"),
        (lambda w: w.add_float32("llama.rope.scale_linear", 4.0), "rope.scale_linear"),
        (lambda w: w.add_uint32("llama.rope.dimension_count", 16), "rope.dimension_count 16"),
        (lambda w: w.add_uint32("llama.attention.value_length", 16), "attention.value_length 16"),
        (lambda w: w.add_uint32("llama.attention.sliding_window", 64), "attention.sliding_window"),
        (lambda w: w.add_bool("llama.attention.causal", False), "attention.causal False"),
        (lambda w: w.add_float32("llama.attention.scale", 0.1), "attention.scale"),
        (lambda w: w.add_uint32("llama.expert_count", 8), "expert_count"),
        (lambda w: w.add_float32("llama.logit_scale", 0.5), "logit_scale"),
        (lambda w: w.add_float32("llama.residual_scale", 0.2), "residual_scale"),
        (lambda w: w.add_float32("llama.embedding_scale", 12.0), "embedding_scale"),
        (lambda w: w.add_array("llama.attention.head_count", [4, 2]), "wrong type"),
        (lambda w: w.add_string("general.type", "adapter"), "of type 'adapter', not a model"),
        (lambda w: w.add_uint16("split.count", 3), "one of 3 parts"),
        (
            lambda w: w.add_tensor("blk.0.attn_q.bias", ZEROS),
            r"unknown tensors: blk\.0\.attn_q\.bias",
        ),
        (lambda w: w.add_tensor("rope_factors_long.weight", ZEROS), "rope_factors_long"),
        (lambda w: w.add_tensor("blk.3.attn_sinks.weight", ZEROS), "attn_sinks"),
    ],
)
def test_what_changes_the_arithmetic_is_refused_by_name(change, reason, tmp_path, monkeypatch):
    path = edited(tmp_path / "model.gguf", change, monkeypatch)
    with pytest.raises(ModelError, match=reason) as refused:
        models.load(path)
    assert "\n" not in str(refused.value)


def test_fields_that_change_nothing_are_no_matter(tmp_path, monkeypatch):
    def change(writer: gguf.GGUFWriter) -> None:
        writer.add_uint32("llama.expert_count", 0)
        writer.add_string("llama.rope.scaling.type", "none")
        writer.add_bool("llama.attention.causal", True)
        writer.add_uint16("split.count", 1)
        writer.add_string("general.type", "model")
        writer.add_string("somebody.comment", "mine")

    models.load(edited(tmp_path / "model.gguf", change, monkeypatch))


def test_another_byte_order_is_refused(tmp_path):
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama", False, gguf.GGUFEndian.BIG)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelError, match="big-endian"):
        models.load(path)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (float("nan"), r"layers\.1\.mlp\.down_proj\.weight is broken: 1 of .* in float32"),
        (-70_000.0, r"layers\.1\.mlp\.down_proj\.weight has a value of size 70000"),
    ],
)
def test_weights_that_f16_cannot_hold_are_not_written(number, reason, tmp_path):
    policy = models.initialise("nano", merging(), seed=0)
    with torch.no_grad():
        policy.decoder.layers[1].down.weight[2, 3] = number
    with pytest.raises(ModelError, match=reason):
        save(policy, tmp_path / "model.gguf")
    assert list(tmp_path.iterdir()) == []


def test_broken_weights_are_named(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("cogitate.models.gguf.file.finite", lambda _name, weight: weight)
        policy = models.initialise("nano", merging(), seed=0)
        with torch.no_grad():
            policy.decoder.embedding.weight[7] = torch.nan
        save(policy, tmp_path / "model.gguf")
    with pytest.raises(ModelError, match=r"embed_tokens\.weight is broken: 128 of"):
        models.load(tmp_path / "model.gguf")


@pytest.mark.parametrize("kind", gguf.GGMLQuantizationType, ids=lambda kind: kind.name)
def test_each_type_is_read_or_refused_by_name(kind, tmp_path, monkeypatch):
    """Whatever the gguf package can dequantise is read; nothing is read before that is known."""
    path = typed(tmp_path / "model.gguf", kind.name, monkeypatch)
    try:
        dequantize(np.zeros((1, gguf.GGML_QUANT_SIZES[kind][1]), np.uint8), kind)
    except NotImplementedError:
        monkeypatch.setattr(GGUF, "read", lambda *_: pytest.fail("a tensor was read"))
        with pytest.raises(ModelError, match=f"attn_q.* has type {kind.name}, .*Q4_K_M") as refused:
            models.load(path)
        assert "\n" not in str(refused.value)
    else:
        assert models.load(path).decoder.arch.width == 256


@pytest.mark.parametrize("number", [4, 31, 99, 2**32 - 1])
def test_an_unknown_type_is_refused_by_its_number(number, tmp_path):
    path = tmp_path / "model.gguf"
    save(models.initialise("nano", merging(), seed=0), path)
    data, name = path.read_bytes(), b"blk.1.ffn_up.weight"
    place = data.index(name) + len(name) + 4 + 2 * 8  # after its dimensions
    path.write_bytes(data[:place] + struct.pack("<I", number) + data[place + 4 :])
    with pytest.raises(ModelError, match=rf"blk\.1\.ffn_up\.weight .* has type {number}, which"):
        models.load(path)


def test_tokens_need_rows(tmp_path, monkeypatch):
    names = [*merging().gguf(261)["tokenizer.ggml.tokens"], "<|more|>"]
    types = [*merging().gguf(261)["tokenizer.ggml.token_type"], 3]

    def change(writer: gguf.GGUFWriter) -> None:
        writer.add_array("tokenizer.ggml.tokens", names)
        writer.add_array("tokenizer.ggml.token_type", types)

    with pytest.raises(ModelError, match=r"token 261 \('<\|more\|>'\), .* has 261 rows"):
        models.load(edited(tmp_path / "model.gguf", change, monkeypatch))
