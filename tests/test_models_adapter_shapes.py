"""Adapters in many spellings: the logits that PEFT has, or one line that says why."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import IA3Config, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from checkpoints import (
    EMBEDDING,
    SINGLE,
    assert_same,
    copy,
    edit_json,
    llama,
    our_logits,
    saved,
    their_logits,
)
from cogitate import models
from cogitate.errors import ModelError
from cogitate.models.policy import fingerprint
from cogitate.tokenizer import Tokenizer

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries warn of what is tried here

ADAPTED: dict[str, dict[str, Any]] = {
    "usual": {"target_modules": ["q_proj", "v_proj"]},
    "every matrix": {"target_modules": "all-linear"},
    "by a regular expression": {"target_modules": r".*\.1\.(mlp\.down_proj|self_attn\.o_proj)"},
    "by a longer name": {"target_modules": ["0.self_attn.k_proj", "mlp.up_proj"]},
    "rank-stabilised": {"target_modules": ["q_proj", "gate_proj"], "use_rslora": True},
    "in one layer": {"target_modules": ["q_proj", "down_proj"], "layers_to_transform": 1},
    "in some layers": {
        "target_modules": ["k_proj", "up_proj"],
        "layers_to_transform": [0],
        "layers_pattern": "layers",
    },
    "but some": {"target_modules": "all-linear", "exclude_modules": ["mlp.up_proj", "k_proj"]},
    "but by a regular expression": {
        "target_modules": ["q_proj", "v_proj"],
        "exclude_modules": r".*layers\.0\..*",
    },
    "with ranks of some matrices": {
        "target_modules": "all-linear",
        "rank_pattern": {"q_proj": 2, r"layers\.1\.mlp\..*": 7, "0.mlp.down_proj": 3},
    },
    "with alphas of some matrices": {
        "target_modules": ["q_proj", "v_proj", "up_proj"],
        "alpha_pattern": {"v_proj": 3, "^model.layers.0.mlp.up_proj": 11},
    },
    "rank-stabilised, with ranks and alphas": {
        "target_modules": ["q_proj", "o_proj"],
        "use_rslora": True,
        "rank_pattern": {"0.self_attn.q_proj": 9},
        "alpha_pattern": {"q_proj|nothing": 5.5},
    },
    "gaussian": {"target_modules": ["q_proj"], "init_lora_weights": "gaussian"},
    "orthogonal": {"target_modules": ["q_proj"], "init_lora_weights": "orthogonal"},
    "eva": {"target_modules": ["q_proj"], "init_lora_weights": "eva"},
    "not initialised": {"target_modules": ["o_proj"], "init_lora_weights": False},
    "with dropout": {"target_modules": ["o_proj"], "lora_dropout": 0.3},
}
"""Arguments of LoraConfig whose adapters we read."""

NOT_ADAPTED: dict[str, dict[str, Any]] = {
    "init_lora_weights 'pissa'": {"init_lora_weights": "pissa"},
    "init_lora_weights 'pissa_niter_2'": {"init_lora_weights": "pissa_niter_2"},
    "init_lora_weights 'olora'": {"init_lora_weights": "olora"},
    "use_dora": {"use_dora": True},
    "modules_to_save": {"modules_to_save": ["lm_head"]},
    "lora_bias": {"lora_bias": True},
    "bias 'all'": {"bias": "all"},
    "bias 'lora_only'": {"bias": "lora_only"},
    "trainable_token_indices": {"trainable_token_indices": [3, 4]},
    "alora_invocation_tokens": {"alora_invocation_tokens": [3], "task_type": "CAUSAL_LM"},
    "layer_replication": {"layer_replication": [[0, 2], [0, 2]]},
    "layers_pattern": {"layers_to_transform": [0], "layers_pattern": ["blocks", "layers"]},
    "embed_tokens": {"target_modules": ["q_proj", "embed_tokens"]},
    "target: .*lm_head": {"target_modules": ["q_proj", "lm_head"]},
}
"""What we say, and arguments of LoraConfig whose adapters we do not read."""

EDITED: dict[str, dict[str, Any]] = {
    "from_the_future": {"from_the_future": {"rank": 3}},
    "loftq": {"init_lora_weights": "loftq"},
    "corda": {"init_lora_weights": "corda"},
    "fan_in_fan_out": {"fan_in_fan_out": True},
    "target_parameters": {"target_parameters": ["mlp.experts"]},
    "use_qalora": {"use_qalora": True},
    "megatron_config": {"megatron_config": {"tensor_model_parallel_size": 2}},
    "does not target": {"target_modules": ["q_proj"]},
    "has no .*o_proj": {"target_modules": ["q_proj", "v_proj", "o_proj"]},
    "does not name its target_modules": {"target_modules": None},
    "revision": {"revision": "experiment"},
    "lacks 'r'": {},
    "wrong type": {"r": "all"},
    "lora_alpha nan": {"lora_alpha": float("nan")},
    "target_modules is 5": {"target_modules": 5},
    "rank_pattern is 3": {"rank_pattern": 3},
    "lora_alpha .*inf": {"alpha_pattern": {"q_proj": float("inf")}},
    "wrong type: int too large": {"r": 10**400},
    "wrong type: r 0": {"r": "0.5"},
    "type: r 1e.06": {"rank_pattern": {"k_proj": 1000000}},
    "regular expression": {"rank_pattern": {"*.q_proj": 4}},
    "lora_A.weight has shape": {"rank_pattern": {"q_proj": 2}},
    "layers_to_transform is 1.5": {"layers_to_transform": 1.5},
    "not a regular expression": {"target_modules": "*.q_proj"},
    "names no base model": {"base_model_name_or_path": ""},
    "_path in .*names no base model": {"base_model_name_or_path": "mi\0ni"},
    "_path in .* no base model": {"base_model_name_or_path": "mi\ud800ni"},
    "the base model that .* no model 'moved base'": {"base_model_name_or_path": "moved base"},
    "'LOHA' are not supported": {"peft_type": "LOHA"},
}
"""What we say, and edits of an adapter_config.json of PEFT's."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """An untied Llama; treat it as read-only."""
    return saved(llama(), tmp_path_factory.mktemp("whole"))


FIELDS = {field.name for field in fields(LoraConfig)}
READ = {
    "alpha_pattern",
    "base_model_name_or_path",
    "exclude_modules",
    "layers_to_transform",
    "lora_alpha",
    "peft_type",
    "r",
    "rank_pattern",
    "target_modules",
    "use_rslora",
}
CHANGES_NOTHING = {
    "auto_mapping",
    "eva_config",
    "inference_mode",
    "loftq_config",
    "lora_dropout",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "runtime_config",
    "task_type",
}
"""Fields of the installed PEFT that no finished plain LoRA depends on."""


def peft_adapter(base: Path, folder: Path, **arguments: Any) -> Path:
    """Let PEFT save an adapter that does something."""
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    arguments = {"target_modules": ["q_proj", "v_proj"]} | arguments
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=6, **arguments))
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.add_(torch.randn_like(weight), alpha=0.3)
    adapted.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("shape", ADAPTED)
def test_an_adapter_is_what_peft_reads(shape, whole, causal, tmp_path):
    folder = peft_adapter(whole, tmp_path / "adapter", **ADAPTED[shape])
    base = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32)
    expected = their_logits(PeftModel.from_pretrained(base, folder))
    policy = models.load(folder)
    assert (our_logits(models.load(whole), causal) - expected).abs().max() > 0.1
    assert_same(our_logits(policy, causal), expected)


def test_an_alpha_of_nothing_leaves_those_of_a_pattern(whole, causal, tmp_path):
    folder = peft_adapter(whole, tmp_path / "adapter", alpha_pattern={"v_proj": 3})
    edit_json(folder / "adapter_config.json", {"lora_alpha": 0})
    base = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32)
    assert_same(
        our_logits(models.load(folder), causal),
        their_logits(PeftModel.from_pretrained(base, folder)),
    )


@pytest.mark.parametrize("reason", NOT_ADAPTED)
def test_an_adapter_that_we_do_not_understand_is_refused_in_a_line(reason, whole, tmp_path):
    folder = peft_adapter(whole, tmp_path / "adapter", **NOT_ADAPTED[reason])
    with pytest.raises(ModelError, match=reason) as refused:
        models.load(folder)
    assert "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def adapter(whole, tmp_path_factory) -> Path:
    return peft_adapter(whole, tmp_path_factory.mktemp("adapter"))


@pytest.mark.parametrize("reason", EDITED)
def test_an_edited_adapter_is_refused_in_a_line(reason, adapter, tmp_path):
    folder = copy(adapter, tmp_path / "edited")
    removed = ("r",) if reason == "lacks 'r'" else ()
    edit_json(folder / "adapter_config.json", EDITED[reason], remove=removed)
    with pytest.raises(ModelError, match=reason) as refused:
        models.load(folder)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("field", sorted(FIELDS - READ - CHANGES_NOTHING))
def test_every_other_field_of_peft_is_refused_by_name(field, adapter, tmp_path):
    folder = copy(adapter, tmp_path / "edited")
    edit_json(folder / "adapter_config.json", {field: {"anything": 1}})
    with pytest.raises(ModelError, match=f"^{field} "):
        models.load(folder)


def test_fields_that_change_nothing_change_nothing(adapter, causal, tmp_path):
    folder = copy(adapter, tmp_path / "edited")
    expected = our_logits(models.load(folder), causal)
    edit_json(folder / "adapter_config.json", {key: {"anything": 1} for key in CHANGES_NOTHING})
    assert torch.equal(our_logits(models.load(folder), causal), expected)


def test_a_converted_pissa_adapter_is_an_ordinary_one(whole, causal, tmp_path):
    base = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32)
    pissa = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights="pissa")
    learned = get_peft_model(base, pissa)
    learned.peft_config["default"].init_lora_weights = True  # as PEFT's example has it
    learned.save_pretrained(tmp_path / "first")
    with torch.no_grad():
        for name, weight in learned.named_parameters():
            if "lora_B" in name:
                weight.add_(torch.randn_like(weight), alpha=0.3)
    expected = their_logits(learned)
    learned.peft_config["default"].init_lora_weights = "pissa"
    learned.save_pretrained(
        tmp_path / "converted", path_initial_model_for_weight_conversion=str(tmp_path / "first")
    )
    assert_same(our_logits(models.load(tmp_path / "converted"), causal), expected)


def test_other_formats_of_adapters_are_refused(whole, adapter, tmp_path):
    base = AutoModelForCausalLM.from_pretrained(whole)
    get_peft_model(base, IA3Config(task_type="CAUSAL_LM")).save_pretrained(tmp_path / "ia3")
    with pytest.raises(ModelError, match="'IA3' are not supported"):
        models.load(tmp_path / "ia3")
    folder = copy(adapter, tmp_path / "pickled")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    with pytest.raises(ModelError, match=r"has adapter_model\.bin; load it in PEFT"):
        models.load(folder)
    (folder / "adapter_model.bin").unlink()
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors is missing"):
        models.load(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda name, w: {name.replace("lora_A", "lora_A.default"): w}, "has no .*lora_A"),
        (lambda name, w: {name.removeprefix("base_model.model."): w}, "has no .*lora_A"),
        (lambda name, w: {name: w * torch.nan}, "values are NaN or infinite"),
        (lambda name, w: {name: w.to(torch.int8)}, "is I8; quantised"),
        (lambda name, w: {name: w[:2]}, "has shape"),
        (lambda name, w: {name: w, EMBEDDING: torch.ones(3)}, f"unknown.*: {EMBEDDING}"),
    ],
)
def test_tensors_of_an_adapter_are_named_where_they_do_not_fit(adapter, tmp_path, change, reason):
    folder = copy(adapter, tmp_path / "edited")
    path = folder / "adapter_model.safetensors"
    changed = {n: w for name, old in load_file(path).items() for n, w in change(name, old).items()}
    save_file(changed, path)
    with pytest.raises(ModelError, match=reason) as refused:
        models.load(folder)
    assert "\n" not in str(refused.value)


def test_a_model_and_an_adapter_in_one_folder_are_refused(whole, adapter, tmp_path):
    folder = copy(whole, tmp_path / "both")
    for path in adapter.glob("adapter_*"):
        (folder / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match="both a whole model and an adapter"):
        models.load(folder)
    (folder / SINGLE).unlink()  # a configuration alone is no model
    ours, expected = models.load(folder), models.load(adapter)
    assert fingerprint(ours.decoder) == fingerprint(expected.decoder)


@pytest.mark.parametrize("num", [1, 2, 3])
def test_adapters_in_a_circle_are_refused(adapter, tmp_path, num):
    for number in range(num):
        folder = copy(adapter, tmp_path / str(number))
        base = tmp_path / str((number + 1) % num)
        edit_json(folder / "adapter_config.json", {"base_model_name_or_path": str(base)})
    with pytest.raises(ModelError, match="names no base model"):
        models.load(tmp_path / "0")


def test_an_adapter_of_an_adapter_is_added_to_both(adapter, causal, tmp_path):
    folder = copy(adapter, tmp_path / "second")
    edit_json(folder / "adapter_config.json", {"base_model_name_or_path": str(adapter)})
    model = AutoModelForCausalLM.from_pretrained(adapter, dtype=torch.float32)
    model.load_adapter(folder, adapter_name="second")
    model.set_adapter(["default", "second"])
    assert_same(our_logits(models.load(folder), causal), their_logits(model))


def test_tokens_of_an_adapter_need_rows_too(adapter, tmp_path):
    folder = copy(adapter, tmp_path / "larger")
    Tokenizer.bytes().save(folder)
    path = folder / "tokenizer.json"
    document = json.loads(path.read_text())
    last = document["added_tokens"][-1]
    for id_ in range(261, 265):
        document["added_tokens"].append(last | {"content": f"<|more{id_}|>", "id": id_})
        path.write_text(json.dumps(document))
        if id_ < 264:
            assert models.load(folder).tokenizer.size == id_ + 1
    with pytest.raises(ModelError, match=r"token 264 \('<\|more264\|>'\), .* has 264 rows"):
        models.load(folder)


def test_what_ends_an_answer_of_the_base_ends_one_of_the_adapter(whole, adapter, tmp_path):
    base, folder = copy(whole, tmp_path / "base"), copy(adapter, tmp_path / "adapter")
    edit_json(base / "generation_config.json", {"eos_token_id": [258, 70]})
    edit_json(folder / "adapter_config.json", {"base_model_name_or_path": str(base)})
    Tokenizer.bytes().save(folder)
    assert 70 in models.load(folder).tokenizer.eos
    models.save_adapter(models.load(folder, unmerged_rank=4), tmp_path / "ours")
    assert 70 in models.load(tmp_path / "ours").tokenizer.eos


def test_markers_of_another_trainer_keep_the_rows_of_the_base(whole, adapter, causal, tmp_path):
    folder = copy(adapter, tmp_path / "thinks")
    base = copy(whole, tmp_path / "base")
    document = json.loads((base / "tokenizer.json").read_text())
    Tokenizer.bytes().save(folder)
    document["added_tokens"] = [
        token for token in document["added_tokens"] if "think" not in token["content"]
    ]
    document["model"]["vocab"] = {
        text: id_ for text, id_ in document["model"]["vocab"].items() if "think" not in text
    }
    (base / "tokenizer.json").write_text(json.dumps(document))
    edit_json(folder / "adapter_config.json", {"base_model_name_or_path": str(base)})
    policy = models.load(folder)
    assert policy.tokenizer.think_close is not None
    assert models.load(base).tokenizer.think_close is None
    assert_same(our_logits(policy, causal), our_logits(models.load(adapter), causal))
    weights = load_file(whole / SINGLE)[EMBEDDING]
    assert torch.equal(policy.decoder.embedding.weight, weights)
