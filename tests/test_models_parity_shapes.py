"""Checkpoints and adapters in many spellings: transformers' and PEFT's logits, or one line."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import IA3Config, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file, save_model
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config

from cogitate import models
from cogitate.errors import ModelError
from cogitate.models.decoder import Attention
from cogitate.models.policy import fingerprint
from cogitate.tokenizer import Tokenizer

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries warn of what is tried here

SIZES = {
    "vocab_size": 264,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": None,
    "eos_token_id": 258,
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
TOKENS = torch.arange(20, 100)
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"
NORM = "model.norm.weight"

Change = Callable[[Path], None]


def random_model(config) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0.0, 0.3).add_(1.0 if weight.dim() == 1 else 0.0)
    return model


def llama(**changed: Any) -> Any:
    return random_model(LlamaConfig(**SIZES | changed))


def edit_json(path: Path, change: dict[str, Any], *, remove: tuple[str, ...] = ()) -> None:
    value = json.loads(path.read_text()) | change
    path.write_text(json.dumps({k: v for k, v in value.items() if k not in remove}))


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
        lambda folder: shards(folder) and None,
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
    "llama3, half told": (rope(5, rope_type="llama3", factor=8.0), "lacks 'low_freq_factor'"),
    "rope of the wrong kind": (config(rope_parameters="linear"), "wrong kind"),
    "no head": (
        tensors(lambda weights: {n: t for n, t in weights.items() if n != HEAD}),
        r"lacks lm_head\.weight",
    ),
    "biases": (config(attention_bias=True), "attention_bias"),
    "windows": (config(use_sliding_window=True, sliding_window=8), "use_sliding_window"),
    "llama with a window": (config(sliding_window=8), "sliding_window"),
    "a window in some layers": (
        config(layer_types=["full_attention", "chunked_attention"]),
        "chunked_attention",
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
        "do not know: .*sinks",
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
        lambda folder: (folder / SINGLE).write_bytes(b"") and None,
        "not a whole safetensors file",
    ),
    "no tensors": (tensors(lambda _: {}), "lacks lm_head.weight and"),
    "pickled": (pickled, r"pytorch_model\.bin cannot be read"),
    "a variant": (
        lambda folder: (folder / SINGLE).rename(folder / "model.fp16.safetensors") and None,
        r"model\.fp16\.safetensors cannot be read",
    ),
    "a token without a row": (larger_tokenizer, r"has token 260 .* has 260 rows"),
}
"""Edits of one untied Llama, and what we say."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    llama().save_pretrained(folder)
    Tokenizer.bytes().save(folder)
    return folder


def copy(source: Path, folder: Path) -> Path:
    folder.mkdir()
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@torch.no_grad()
def our_logits(policy: models.Policy, causal: Attention) -> torch.Tensor:
    return policy.decoder.logits(policy.decoder(TOKENS, torch.arange(len(TOKENS)), causal))


@torch.no_grad()
def their_logits(model: Any) -> torch.Tensor:
    return model.float().eval()(TOKENS[None]).logits[0]


def assert_same(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert (ours - theirs).abs().max() < 1e-4 * theirs.abs().max()


@pytest.mark.parametrize("shape", READ)
def test_a_checkpoint_is_what_transformers_reads(shape, causal, tmp_path):
    make, edit = READ[shape]
    folder = tmp_path / "theirs"
    make().save_pretrained(folder)
    Tokenizer.bytes().save(folder)
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
    model.save_pretrained(tmp_path / "tied")
    Tokenizer.bytes().save(tmp_path / "tied")
    save_model(model, str(tmp_path / "tied" / SINGLE), metadata={"format": "pt"})
    policy = models.load(tmp_path / "tied")
    assert policy.decoder.arch.tied
    assert_same(our_logits(policy, causal), their_logits(model))


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
    "rank_pattern": {"rank_pattern": {"q_proj": 2}},
    "alpha_pattern": {"alpha_pattern": {"v_proj": 3}},
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
    "wrong kind": {"r": "all"},
    "names no base model": {"base_model_name_or_path": ""},
    "the base model of .* no model 'moved base'": {"base_model_name_or_path": "moved base"},
    "'LOHA' are not supported": {"peft_type": "LOHA"},
}
"""What we say, and edits of an adapter_config.json of PEFT's."""


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
        (lambda name, w: {name: w, EMBEDDING: torch.ones(3)}, f"not know.*: {EMBEDDING}"),
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


def test_an_adapter_of_its_own_is_refused(adapter, tmp_path):
    folder = copy(adapter, tmp_path / "circle")
    edit_json(folder / "adapter_config.json", {"base_model_name_or_path": str(folder)})
    with pytest.raises(ModelError, match="names no base model"):
        models.load(folder)


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
