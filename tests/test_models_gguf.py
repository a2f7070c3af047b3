"""GGUF files: written in f16, read back by us and by transformers; broken ones refused."""

import os

import gguf
import pytest
import torch
from transformers import AutoModelForCausalLM

from cogitate import models
from cogitate.errors import ModelError
from cogitate.models.architecture import Architecture, RopeScaling
from cogitate.models.decoder import Attention, Decoder
from cogitate.models.gguf import read, save
from cogitate.models.policy import Policy, grow
from cogitate.tokenizer import Tokenizer

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
    return Policy(decoder=decoder, tokenizer=Tokenizer.bytes(), name="random")


@torch.no_grad()
def logits(policy: Policy, causal: Attention) -> torch.Tensor:
    return policy.decoder.logits(policy.decoder(TOKENS, torch.arange(len(TOKENS)), causal))


def test_what_we_write_we_read(policy, tmp_path):
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
    policy = models.initialise("nano", Tokenizer.bytes(), seed=0)
    grow(policy.decoder, policy.tokenizer.size + 7)
    save(policy, tmp_path / "model.gguf")
    names = gguf.GGUFReader(tmp_path / "model.gguf").fields["tokenizer.ggml.tokens"].contents()
    assert len(names) == policy.decoder.arch.vocab_size
    again = models.load(tmp_path / "model.gguf")
    assert again.tokenizer.encode_markup("a</think>") == policy.tokenizer.encode_markup("a</think>")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.9, 0.999])
def test_half_files_are_refused(tmp_path, share):
    path = tmp_path / "model.gguf"
    save(models.initialise("nano", Tokenizer.bytes(), seed=0), path)
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
        save(models.initialise("nano", Tokenizer.bytes(), seed=0), path)
    assert path.read_text() == "mine"
