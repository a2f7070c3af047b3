"""Decoders that only sample keep each weight once, and answer as before."""

import gc
from types import FunctionType, ModuleType

import pytest
import torch
from transformers import LlamaConfig, Qwen2Config, Qwen3Config

import cogitate
from checkpoints import SIZES, our_logits, random_model, saved
from cogitate import models
from cogitate.models.kernels import native, pages, products
from cogitate.models.sealed import named_weights
from cogitate.models.weights import publish
from cogitate.rollout.local import LocalSampler, markers
from cogitate.runs.opening import load
from cogitate.types import Budget, Request
from quantized import save_quantized

pytestmark = pytest.mark.skipif(native.operations() is None, reason="no GCC here")
ARCHS = {
    "llama": LlamaConfig(**SIZES, tie_word_embeddings=True),
    "qwen2": Qwen2Config(**SIZES, tie_word_embeddings=False),
    "qwen3": Qwen3Config(**SIZES, head_dim=32, tie_word_embeddings=True),
    "odd": LlamaConfig(**SIZES | {"intermediate_size": 40}, tie_word_embeddings=False),
}
Text = tuple[tuple[int, ...], tuple[float, ...]]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A random model of each shape."""
    folder = tmp_path_factory.mktemp("models")
    return {name: saved(random_model(config), folder / name) for name, config in ARCHS.items()}


def sealed(folder, dtype: torch.dtype) -> models.Policy:
    policy = models.load(folder, dtype=dtype)
    models.seal(policy.decoder)
    return policy


def texts(policy: models.Policy, *, exact: bool = False) -> list[Text]:
    """Return tokens and log-probabilities of prompts of several lengths, prefilled and decoded."""
    prompts = [policy.tokenizer.encode("What is 17?" * (i + 1)) for i in range(5)]
    requests = [
        Request(prompt=tuple(prompt), budget=Budget(think=0, answer=12), seed=seed)
        for seed, prompt in enumerate(prompts)
    ]
    sampler = LocalSampler(policy.decoder, markers(policy.tokenizer), rows=4, exact=exact)
    return [(rollout.tokens, rollout.logprobs) for rollout in sampler.sample(requests)]


@pytest.mark.parametrize("way", ["c", "onednn"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("arch", ARCHS)
def test_outputs_are_the_same_to_the_bit(folders, arch, dtype, way, monkeypatch, causal):
    monkeypatch.setenv(products.SWITCH, way)
    plain = models.load(folders[arch], dtype=DTYPES[dtype])
    packed = sealed(folders[arch], DTYPES[dtype])
    assert torch.equal(our_logits(packed, causal), our_logits(plain, causal))
    assert texts(packed) == texts(plain)


def test_the_exact_mode_stays_exact(folders):
    plain, packed = models.load(folders["qwen3"]), sealed(folders["qwen3"], torch.float32)
    assert texts(packed, exact=True) == texts(plain, exact=True)


def held_bytes(decoder: models.Decoder) -> int:
    """Return the size of all tensors that a decoder refers to, views counted once."""
    seen, found, stack = set[int](), dict[int, int](), [decoder]
    while stack:
        own = stack.pop()
        if id(own) in seen or isinstance(own, (type, FunctionType, ModuleType)):
            continue
        seen.add(id(own))
        if isinstance(own, torch.Tensor):
            found[own.untyped_storage().data_ptr()] = own.untyped_storage().nbytes()
        else:
            stack += gc.get_referents(own)
    return sum(found.values())


def test_each_weight_is_kept_once_in_huge_pages(monkeypatch):
    monkeypatch.setenv(products.SWITCH, "c")
    plain, packed = models.load("mini"), models.load("mini")
    models.seal(packed.decoder)
    size = sum(weight.nbytes for weight in plain.decoder.parameters())
    assert size > 5 * pages._HUGE
    assert held_bytes(packed.decoder) < 1.1 * size + pages._HUGE


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("arch", ["llama", "qwen2", "qwen3"])
def test_each_weight_is_kept_once(folders, monkeypatch, arch, dtype):
    monkeypatch.setenv(products.SWITCH, "c")
    monkeypatch.setattr(pages, "_ENABLED", folders[arch] / "none")  # smaller than a huge page
    plain, packed = (
        models.load(folders[arch], dtype=DTYPES[dtype]),
        sealed(folders[arch], DTYPES[dtype]),
    )
    size = sum(weight.nbytes for weight in plain.decoder.parameters())
    assert texts(plain) == texts(packed)
    assert held_bytes(plain.decoder) > 1.6 * size
    assert held_bytes(packed.decoder) < 1.2 * size, "rows are padded to 32"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("arch", ARCHS)
def test_weights_are_found_again(folders, arch, dtype, tmp_path):
    plain, packed = (
        models.load(folders[arch], dtype=DTYPES[dtype]),
        sealed(folders[arch], DTYPES[dtype]),
    )
    state = plain.decoder.state_dict()
    found = dict(named_weights(packed.decoder))
    assert list(found) == list(state)
    assert all(torch.equal(found[name], weight) for name, weight in state.items())
    assert models.fingerprint(packed.decoder) == models.fingerprint(plain.decoder)
    models.save(packed, tmp_path / "again")
    again = models.load(tmp_path / "again", dtype=DTYPES[dtype])
    assert models.fingerprint(again.decoder) == models.fingerprint(plain.decoder)


def test_a_server_and_commands_open_models_sealed(folders):
    assert load(folders["llama"], "fp32", sealed=True).decoder.embedding.matrix.kind == "F32"
    assert isinstance(load(folders["llama"], "fp32").decoder.embedding, torch.nn.Embedding)


def test_what_only_samples_is_not_trained_and_not_published(folders, tmp_path, monkeypatch):
    packed = sealed(folders["llama"], torch.float32)
    with pytest.raises(cogitate.UsageError, match=r"no weight to learn: .* sampling only"):
        cogitate.LocalLearner(packed.decoder)
    with pytest.raises(cogitate.ModelError, match="sampling only: load the model again"):
        publish(packed.decoder, 1)
    file = save_quantized(
        models.load(folders["llama"]), tmp_path / "m.gguf", {"attn": "Q8_0"}, monkeypatch
    )
    with pytest.raises(cogitate.ModelError, match="with weights fp32 or bf16"):
        cogitate.save(load(file), tmp_path / "again")
