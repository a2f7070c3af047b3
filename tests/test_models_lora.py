"""LoRA: nothing changes at first, only adapters learn, and PEFT reads and writes the same."""

import copy
import json

import pytest
import tokenizers
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from transformers import AutoModelForCausalLM

from cogitate import models
from cogitate.errors import ModelError
from cogitate.models import adapter, lora
from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Attention, Decoder
from cogitate.models.kernels.matrix import Linear
from cogitate.models.policy import Policy, grow
from cogitate.tokenizer import Tokenizer

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")

ARCH = Architecture(
    family="qwen2",
    vocab_size=261,
    width=48,
    num_layers=2,
    num_heads=4,
    num_kv_heads=2,
    head_width=12,
    mlp_width=80,
    context=128,
    qkv_bias=True,
)
TOKENS = torch.arange(20, 60)


@pytest.fixture
def policy(tmp_path):
    decoder = Decoder(ARCH)
    decoder.init(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.mul_(5.0)
    models.save(
        Policy(decoder=decoder, tokenizer=Tokenizer.bytes(), name="base"), tmp_path / "base"
    )
    return models.load(tmp_path / "base")


def adapted(policy: Policy, seed: int = 1) -> Policy:
    """The policy with adapters that do something."""
    copied = Policy(
        decoder=copy.deepcopy(policy.decoder), tokenizer=policy.tokenizer, name=policy.name
    )
    lora.apply(copied.decoder, rank=4, alpha=8, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, matrix in lora.adapters(copied.decoder):
            for b in matrix.lora_b:
                b.normal_(0.0, 0.3, generator=generator)
    return copied


@torch.no_grad()
def logits(decoder: Decoder, causal: Attention) -> torch.Tensor:
    return decoder.logits(decoder(TOKENS, torch.arange(len(TOKENS)), causal))


@torch.no_grad()
def their_logits(model) -> torch.Tensor:
    return model.eval()(TOKENS[None]).logits[0]


def assert_near(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert (ours - theirs).abs().max() < 1e-4 * theirs.abs().max()


def test_nothing_changes_at_first(policy, causal):
    before = logits(policy.decoder, causal)
    lora.apply(policy.decoder, rank=4, alpha=8, seed=0)
    assert torch.equal(logits(policy.decoder, causal), before)


def test_only_adapters_learn(policy, causal):
    lora.apply(policy.decoder, rank=4, alpha=8, seed=0)
    learned = {name for name, p in policy.decoder.named_parameters() if p.requires_grad}
    assert learned
    assert all(".lora_" in name for name in learned)
    hidden = policy.decoder(TOKENS, torch.arange(len(TOKENS)), causal)
    F.linear(hidden, policy.decoder.head_weight).square().mean().backward()
    for name, weight in policy.decoder.named_parameters():
        assert (weight.grad is not None) == (name in learned)
    assert all(
        b.grad is not None and b.grad.abs().sum() > 0
        for _, matrix in lora.adapters(policy.decoder)
        for b in matrix.lora_b
    )


def test_merged_weights_say_the_same(policy, causal):
    with_adapters = adapted(policy)
    expected = logits(with_adapters.decoder, causal)
    assert (expected - logits(policy.decoder, causal)).abs().max() > 0.1
    plain = Decoder(ARCH)
    plain.load_state_dict(lora.merged(with_adapters.decoder))
    assert_near(logits(plain, causal), expected)


def test_peft_reads_what_we_write(policy, causal, tmp_path):
    with_adapters = adapted(policy)
    models.save_adapter(with_adapters, tmp_path / "adapter")
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    theirs = PeftModel.from_pretrained(base, tmp_path / "adapter")
    expected = logits(with_adapters.decoder, causal)
    assert_near(their_logits(theirs), expected)


@pytest.mark.parametrize("rslora", [False, True])
@pytest.mark.parametrize("targets", [["q_proj", "v_proj"], "all-linear"])
def test_we_read_what_peft_writes(policy, causal, tmp_path, targets, rslora):
    torch.manual_seed(3)
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    config = LoraConfig(
        r=4, lora_alpha=16, target_modules=targets, init_lora_weights=False, use_rslora=rslora
    )
    theirs = get_peft_model(base, config)
    theirs.save_pretrained(tmp_path / "adapter")
    adapter.read_adapter(policy.decoder, tmp_path / "adapter")
    ours = logits(policy.decoder, causal)
    assert_near(ours, their_logits(theirs))
    loaded = models.load(tmp_path / "adapter")  # names its base, so it is a model by itself
    assert_near(logits(loaded.decoder, causal), ours)
    assert not any(lora.adapters(loaded.decoder))


@torch.no_grad()
def test_an_adapter_that_learned_to_think_brings_its_markers(policy, causal, tmp_path):
    rust = tokenizers.Tokenizer.from_str(policy.tokenizer._rust.to_str())
    document = json.loads(rust.to_str())
    reserved = {"<think>": "<|reserved_0|>", "</think>": "<|reserved_1|>"}
    for token in document["added_tokens"]:
        token["content"] = reserved.get(token["content"], token["content"])
    vocab = document["model"]["vocab"]
    document["model"]["vocab"] = {reserved.get(text, text): id_ for text, id_ in vocab.items()}
    plain = tokenizers.Tokenizer.from_str(json.dumps(document))
    untaught = Tokenizer(plain, template=None, named={"eos_token": "<|im_end|>"})
    assert untaught.think_close is None
    base = Policy(decoder=policy.decoder, tokenizer=untaught, name=str(tmp_path / "untaught"))
    models.save(base, tmp_path / "untaught")
    taught = adapted(models.with_thinking(models.load(tmp_path / "untaught")))
    models.save_adapter(taught, tmp_path / "adapter")
    again = models.load(tmp_path / "adapter")
    assert again.tokenizer.think_close == taught.tokenizer.think_close
    assert torch.equal(again.decoder.embedding.weight, taught.decoder.embedding.weight)


def test_adapters_come_back_bit_for_bit(policy, tmp_path):
    with_adapters = adapted(policy)
    models.save_adapter(with_adapters, tmp_path / "adapter")
    adapter.read_adapter(policy.decoder, tmp_path / "adapter")
    again = policy.decoder.state_dict()
    for name, tensor in with_adapters.decoder.state_dict().items():
        assert torch.equal(again[name], tensor)


def test_a_saved_model_is_merged_and_keeps_its_adapter_beside(policy, causal, tmp_path):
    with_adapters = adapted(policy)
    models.save(with_adapters, tmp_path / "saved")
    expected = logits(with_adapters.decoder, causal)
    merged = logits(models.load(tmp_path / "saved").decoder, causal)
    assert_near(merged, expected)
    beside = logits(models.load(tmp_path / "saved" / "adapter").decoder, causal)
    assert_near(beside, expected)


def test_what_an_adapter_left_alone_may_learn_where_it_goes_on(policy, causal, tmp_path):
    models.save_adapter(adapted(policy), tmp_path / "adapter")
    weights = tmp_path / "adapter" / adapter.WEIGHTS
    kept = {name: w for name, w in load_file(weights).items() if "q_proj" in name}
    save_file(kept, weights)
    with pytest.raises(ModelError, match=r"the adapter has no .*k_proj\.lora_A"):
        models.load(tmp_path / "adapter")
    config = tmp_path / "adapter" / adapter.CONFIG
    config.write_text(json.dumps(json.loads(config.read_text()) | {"target_modules": ["q_proj"]}))
    again = models.load(tmp_path / "adapter", unmerged_rank=4)
    hidden = again.decoder(TOKENS, torch.arange(len(TOKENS)), causal)
    hidden.float().square().sum().backward()
    for name, matrix in lora.adapters(again.decoder):
        assert all(b.grad is not None and b.grad.any() for b in matrix.lora_b), name
    del kept[min(kept)]
    save_file(kept, weights)
    with pytest.raises(ModelError, match="the adapter has no"):
        models.load(tmp_path / "adapter")


def test_new_markers_do_not_wake_a_frozen_embedding(policy):
    lora.apply(policy.decoder, rank=4, alpha=8, seed=0)
    grow(policy.decoder, ARCH.vocab_size + 8)
    learned = {name for name, p in policy.decoder.named_parameters() if p.requires_grad}
    assert all(".lora_" in name for name in learned)
    assert policy.decoder.embedding.weight.shape[0] == ARCH.vocab_size + 8


def test_an_adapter_may_be_gone_on_with(policy, causal, tmp_path):
    with_adapters = adapted(policy)
    models.save_adapter(with_adapters, tmp_path / "adapter")
    again = models.load(tmp_path / "adapter", unmerged_rank=4)
    assert (again.name, lora.rank(again.decoder)) == (policy.name, 4)
    assert again.decoder.layers[0].qkv.lora_a.requires_grad
    assert not again.decoder.layers[0].qkv.weight.requires_grad
    assert_near(logits(again.decoder, causal), logits(with_adapters.decoder, causal))
    assert lora.rank(models.load(tmp_path / "adapter", unmerged_rank=8).decoder) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"peft_type": "IA3"}, "'IA3' are not supported"),
        ({"use_dora": True}, "use_dora"),
        ({"bias": "all"}, "bias 'all'"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"r": 8}, "has shape"),
    ],
)
def test_other_adapters_are_refused(policy, tmp_path, change, reason):
    models.save_adapter(adapted(policy), tmp_path / "adapter")
    path = tmp_path / "adapter" / adapter.CONFIG
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=reason):
        adapter.read_adapter(policy.decoder, tmp_path / "adapter")


def test_broken_adapters_are_refused(policy, tmp_path):
    with pytest.raises(ModelError, match="no LoRA adapters"):
        models.save_adapter(policy, tmp_path / "none")
    models.save_adapter(adapted(policy), tmp_path / "adapter")
    path = tmp_path / "adapter" / adapter.WEIGHTS
    names = load_file(path)
    assert len(names) == 2 * 7 * ARCH.num_layers
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ModelError, match="missing or broken"):
        adapter.read_adapter(policy.decoder, tmp_path / "adapter")


@pytest.mark.parametrize("rows", [1, 70])
def test_gradients_are_those_of_the_formula(rows: int) -> None:
    """y = W x + b + scale * B (A x), for a matrix of three parts."""
    torch.manual_seed(0)
    frozen, sizes = Linear(48, 30, bias=True), [14, 8, 8]
    matrix = lora.LoraLinear(frozen, sizes, rank=4, scale=1.5)
    given = [torch.randn(rows, 48), 0.1 * torch.randn(12, 48), *(torch.randn(n, 4) for n in sizes)]
    with torch.no_grad():
        for own, value in zip([matrix.lora_a, *matrix.lora_b], given[1:], strict=True):
            own.copy_(value)
    x, a, *parts = (value.requires_grad_() for value in given)
    inner = (x @ a.T).split(4, dim=1)
    added = torch.cat([h @ b.T for h, b in zip(inner, parts, strict=True)], dim=1)
    reference = x @ frozen.weight.T + frozen.bias + 1.5 * added
    grad = torch.randn(rows, 30)
    own_x = x.detach().requires_grad_()
    ours = matrix(own_x)
    torch.testing.assert_close(ours, reference)
    torch.testing.assert_close(
        torch.autograd.grad(ours, [own_x, matrix.lora_a, *matrix.lora_b], grad),
        torch.autograd.grad(reference, [x, a, *parts], grad),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rank", [1, 16])
def test_a_product_without_a_gradient_is_the_same(dtype: torch.dtype, rank: int) -> None:
    """Our C then adds the adapter, whose rank is filled up."""
    torch.manual_seed(0)
    frozen = Linear(64, 40, bias=True).to(dtype)
    matrix = lora.LoraLinear(frozen, [24, 16], rank=rank, scale=0.7)
    with torch.no_grad():
        for own in (matrix.lora_a, *matrix.lora_b):
            own.normal_()
        x = torch.randn(70, 64).to(dtype)
        found = matrix(x)
    accuracy = {} if dtype == torch.float32 else {"rtol": 2e-2, "atol": 0.3}
    torch.testing.assert_close(found, matrix(x), **accuracy)
