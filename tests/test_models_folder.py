"""Broken, foreign and unsupported files: each one clear line."""

import json
import os
import struct
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from cogitate import models
from cogitate.config import RunConfig
from cogitate.errors import ModelError, UsageError
from cogitate.hardware import detect
from cogitate.models import lora
from cogitate.models.config_json import architecture, describe
from cogitate.models.decoder import Decoder
from cogitate.models.finite import finite
from cogitate.models.policy import Policy
from cogitate.recipes.canary import canary
from cogitate.tokenizer import Tokenizer
from cogitate.train.workers import load_policy
from vocabularies import merging

POLICY = models.initialise("nano", Tokenizer.bytes(), seed=0, context=64)
CONFIG = describe(POLICY.decoder.arch, torch.float32, 258)


@pytest.fixture
def folder(tmp_path):
    models.save(POLICY, tmp_path / "model")
    return tmp_path / "model"


def rewrite(folder: Path, **tensors: torch.Tensor | None) -> None:
    """Replace tensors, or take those away that are None."""
    path = folder / "model.safetensors"
    changed = load_file(path) | {name: t for name, t in tensors.items() if t is not None}
    for name, tensor in tensors.items():
        if tensor is None:
            del changed[name]
    save_file(changed, path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model_type": "gpt_neox"}, "'gpt_neox' is not supported; supported are llama, qwen2"),
        ({"model_type": "mistral"}, "'mistral' is not supported"),
        ({"attention_bias": True}, "attention_bias"),
        ({"mlp_bias": True}, "mlp_bias"),
        ({"use_sliding_window": True}, "use_sliding_window"),
        ({"layer_types": ["full_attention", "sliding_attention"]}, "sliding_attention"),
        ({"hidden_act": "gelu"}, "hidden_act 'gelu'"),
        ({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}, "rope type 'yarn'"),
        ({"rope_scaling": {"type": "linear", "factor": 4.0}}, "rope type 'linear'"),
        ({"rope_parameters": {"rope_type": "llama3"}}, "lacks 'factor'"),
        ({"quantization_config": {"bits": 4}}, "quantised"),
        ({"partial_rotary_factor": 0.5}, "partial_rotary_factor"),
        ({"hidden_size": "wide"}, "wrong type"),
        ({"num_attention_heads": 0}, "wrong type"),
        ({"vocab_size": float("inf")}, "wrong type"),
        ({"model_type": ["llama"]}, "not supported"),
        ({"num_key_value_heads": 3}, "evenly"),
    ],
)
def test_what_we_do_not_have_is_refused_by_name(change, reason):
    with pytest.raises(ModelError, match=reason):
        architecture(CONFIG | change)


def test_a_config_without_a_size_says_which():
    without = {key: value for key, value in CONFIG.items() if key != "hidden_size"}
    with pytest.raises(ModelError, match="lacks 'hidden_size'"):
        architecture(without)


def test_configs_round_trip():
    assert architecture(CONFIG) == POLICY.decoder.arch


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"model.norm.weight": None}, r"lacks model\.norm\.weight"),
        ({"model.norm.bias": torch.zeros(3)}, r"unknown tensors: model\.norm\.bias"),
        ({"model.norm.weight": torch.zeros(3)}, r"has shape \[3\], expected \[128\]"),
    ],
)
def test_tensors_that_do_not_fit_are_named(folder, tensors, reason):
    rewrite(folder, **tensors)
    with pytest.raises(ModelError, match=reason):
        models.load(folder)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_half_written_weights_are_refused(folder, share):
    path = folder / "model.safetensors"
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        models.load(folder)


def test_garbage_in_the_header_is_refused(folder):
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", 20) + b"{" * 40)
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        models.load(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "model.gguf"])
def test_a_pointer_of_git_lfs_is_named_as_one(folder, file):
    path = folder / file
    path.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n")
    with pytest.raises(ModelError, match=f"{file} .*Git LFS pointer: run git lfs pull") as refused:
        models.load(path if path.suffix == ".gguf" else folder)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_config_that_does_not_parse_is_named(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"config\.json does not"):
        models.load(folder)


def test_missing_files_are_named(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        models.load(folder)
    index = {"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="00001-of-00002"):
        models.load(folder)
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match=r"has no config\.json"):
        models.load(folder)


@pytest.mark.parametrize("inside", ["m.Q4_K_M.gguf", "checkpoint-500/adapter_config.json"])
def test_a_folder_of_models_says_which_may_be_meant(tmp_path, inside):
    path = tmp_path / inside
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    model = path if path.suffix == ".gguf" else path.parent
    with pytest.raises(ModelError, match=rf"has no config\.json; .* did you mean {model}"):
        models.load(tmp_path)


def test_old_checkpoints_with_derived_tensors_load(folder):
    frequencies = torch.zeros(16)
    rewrite(folder, **{"model.layers.0.self_attn.rotary_emb.inv_freq": frequencies})
    models.load(folder)


@pytest.mark.parametrize("name", [".", "../here"])
def test_the_working_directory_is_no_target(name, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    with pytest.raises(ModelError, match="is the working directory; name a folder in it"):
        models.save(POLICY, Path(name))
    assert list(tmp_path.rglob("*")) == [here]
    models.save(POLICY, Path("model"))
    assert models.load("model").decoder.arch == POLICY.decoder.arch


def test_sizes_are_named():
    with pytest.raises(UsageError, match="sizes are nano, mini, small"):
        models.initialise("huge", Tokenizer.bytes(), seed=0)


@pytest.mark.parametrize("pre", ["qwen2", "deepseek-r1-qwen", "default", "gpt-2"])
def test_a_qwen2_model_whose_folder_would_split_text_differently_is_refused(
    pre, tmp_path, monkeypatch
):
    fields = {**merging().gguf(), "tokenizer.ggml.pre": pre}
    decoder = Decoder(replace(POLICY.decoder.arch, family="qwen2", qkv_bias=True))
    decoder.init(torch.Generator().manual_seed(0))
    policy = Policy(decoder=decoder, tokenizer=Tokenizer.from_gguf(fields), name="a")
    if "qwen" in pre:
        models.save(policy, tmp_path / "model")
        again = models.load(tmp_path / "model").tokenizer
        assert again.encode("123 zz") == policy.tokenizer.encode("123 zz")
        return
    monkeypatch.setattr(models, "load", lambda *_, **__: policy)
    config = replace(canary(), model="a.gguf")
    for use in (
        lambda: models.save(policy, tmp_path / "model"),
        lambda: load_policy(config, detect(RunConfig(dtype="fp32", threads=1))),
    ):
        with pytest.raises(ModelError, match="always read with Qwen2Tokenizer"):
            use()
    assert list(tmp_path.iterdir()) == []


def test_new_markers_get_rows_of_their_own():
    rust = Tokenizer.bytes()._rust
    document = json.loads(rust.to_str())
    document["added_tokens"] = document["added_tokens"][:3]
    for name in ("<think>", "</think>"):
        del document["model"]["vocab"][name]
    plain = Tokenizer(type(rust).from_str(json.dumps(document)), template=None, named={})
    policy = models.initialise("nano", plain, seed=0)
    before = policy.decoder.embedding.weight.detach().clone()
    thinking = models.with_thinking(policy)
    after = thinking.decoder.embedding.weight
    assert after.shape[0] == thinking.decoder.arch.vocab_size == before.shape[0] + 2
    assert torch.equal(after[:-2], before)
    assert not torch.equal(after[-1], after[-2])
    assert after.requires_grad


@given(
    numbers=st.lists(st.floats(width=32), min_size=1, max_size=20),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float16]),
)
@example(numbers=[3e38, 3e38], dtype=torch.float32)  # the sum overflows, they do not
@example(numbers=[float("inf"), float("-inf")], dtype=torch.bfloat16)
def test_only_numbers_are_finite(numbers, dtype):
    weight = torch.tensor(numbers).to(dtype)
    num_bad = int((~torch.isfinite(weight.float())).sum())
    if num_bad == 0:
        assert finite("w", weight) is weight
        return
    with pytest.raises(ModelError, match=f"w is broken: {num_bad} of its {len(numbers)} values"):
        finite("w", weight)


def test_broken_weights_are_not_saved(tmp_path):
    policy = models.initialise("nano", Tokenizer.bytes(), seed=0)
    lora.apply(policy.decoder, rank=2, alpha=4, seed=0)
    with torch.no_grad():
        policy.decoder.get_parameter("layers.2.gate_up.lora_b.1")[5, 0] = torch.nan
    with pytest.raises(ModelError, match=r"layers\.2\.mlp\.up_proj.* is broken"):
        models.save(policy, tmp_path / "model")
    with pytest.raises(ModelError, match=r"layers\.2\.mlp\.up_proj.* is broken"):
        models.save_adapter(policy, tmp_path / "adapter")
    assert list(tmp_path.iterdir()) == []
