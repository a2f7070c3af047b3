"""GGUF files of few bits, sampled from their own numbers."""

import os

import gguf
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import LlamaConfig, Qwen2Config, Qwen3Config

from checkpoints import SIZES, our_logits, random_model, saved
from cogitate import models
from cogitate.engine import engine
from cogitate.errors import ModelError
from cogitate.measured import cache_folder
from cogitate.models.gguf import kept as kept_files
from cogitate.models.gguf import packed
from cogitate.models.kernels import native, products
from cogitate.models.kernels.matrix import PackedLinear
from cogitate.models.sealed import named_weights
from cogitate.rollout.local import LocalSampler, markers
from cogitate.runs.opening import load
from cogitate.types import Budget, Request, Rollout
from quantized import save_quantized

pytestmark = [
    pytest.mark.skipif(native.operations() is None, reason="no GCC here"),
    pytest.mark.filterwarnings("ignore"),
]
WIDE = SIZES | {"hidden_size": 256, "intermediate_size": 512, "num_key_value_heads": 2}
FAMILIES = {
    "llama": LlamaConfig(**WIDE, tie_word_embeddings=False),
    "llama-tied": LlamaConfig(**WIDE, tie_word_embeddings=True),
    "qwen2": Qwen2Config(**WIDE, tie_word_embeddings=False),
    "qwen3": Qwen3Config(**WIDE, head_dim=64, tie_word_embeddings=True),
}
KINDS = {
    "eights": {"": "Q8_0"},
    "mixed": {"token_embd": "Q5_0", "output.weight": "Q8_0", "ffn_down": "Q6_K", "attn_v": "Q8_0",
              "attn_k": "Q4_1", "attn": "Q4_0", "ffn": "Q5_1"},
    "some": {"ffn": "Q4_K"},  # others are in f16
    "embedding": {"token_embd": "Q6_K"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _new_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def policies(tmp_path_factory):
    """A random model of each family."""
    folder = tmp_path_factory.mktemp("models")
    return {
        name: models.load(saved(random_model(config), folder / name))
        for name, config in FAMILIES.items()
    }


@pytest.fixture
def file(policies, tmp_path, monkeypatch):
    return save_quantized(policies["qwen2"], tmp_path / "m.gguf", KINDS["eights"], monkeypatch)


def rollouts(policy: models.Policy) -> list[Rollout]:
    """Return greedy answers to prompts of several lengths, prefilled and decoded."""
    prompts = [policy.tokenizer.encode("What is 17?" * (i + 1)) for i in range(3)]
    budget = Budget(think=0, answer=24)
    requests = [Request(prompt=tuple(p), budget=budget, temperature=0.0) for p in prompts]
    return list(LocalSampler(policy.decoder, markers(policy.tokenizer)).sample(requests))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kinds", KINDS)
def test_logits_are_those_of_the_dequantised_file(
    policies, family, kinds, tmp_path, monkeypatch, causal
):
    path = save_quantized(policies[family], tmp_path / "m.gguf", KINDS[kinds], monkeypatch)
    expected = our_logits(models.load(path), causal)
    errors: dict[str, float] = {}
    for way in ("expanded", "bf16", "eight"):
        monkeypatch.setenv(products.SWITCH, f"c,{way}")
        found = our_logits(models.load(path, as_is=torch.float32), causal)
        errors[way] = float((found - expected).norm() / expected.norm())
    assert errors["expanded"] < 1e-5
    are_products = errors["eight"] > 0  # and not the embedding alone
    assert errors["bf16"] < errors["eight"] < 0.15 or not are_products
    assert errors["bf16"] > 1e-5 or not are_products


@pytest.mark.parametrize("family", FAMILIES)
def test_tokens_are_those_of_the_dequantised_file(policies, family, tmp_path, monkeypatch):
    """Every layer in one call, with biases, head norms and a head of its own."""
    monkeypatch.setenv(products.SWITCH, "c,expanded")
    monkeypatch.setattr(engine, "cache_dtype", lambda _: torch.float32)
    path = save_quantized(policies[family], tmp_path / "m.gguf", KINDS["mixed"], monkeypatch)

    def tokens(*, as_is: bool) -> list[tuple[int, ...]]:
        policy = models.load(path, as_is=torch.float32 if as_is else None)
        return [rollout.tokens for rollout in rollouts(policy)]

    assert tokens(as_is=True) == tokens(as_is=False)


def test_the_cache_beside_quantized_weights_is_in_bfloat16(policies, tmp_path, monkeypatch):
    path = save_quantized(policies["qwen2"], tmp_path / "m.gguf", KINDS["mixed"], monkeypatch)
    found: list[torch.dtype] = []
    decode = native.decode

    def seen(weights, x_ND, rotary, cached, *given, **how):
        found.extend(own.keys.dtype for own in cached)
        assert x_ND.dtype == torch.float32
        decode(weights, x_ND, rotary, cached, *given, **how)

    monkeypatch.setattr(native, "decode", seen)
    rollouts(models.load(path, as_is=torch.float32))
    assert set(found) == {torch.bfloat16}
    found.clear()
    rollouts(models.load(path))
    assert set(found) == {torch.float32}


@pytest.mark.parametrize("way", ["eight", "bf16"])
def test_a_long_prompt_in_chunks_is_as_with_a_cache_in_fp32(policies, way, tmp_path, monkeypatch):
    """Also of rows that move to a longer block, behind a prefix that is known."""
    monkeypatch.setenv(products.SWITCH, f"c,{way}")
    path = save_quantized(policies["qwen2"], tmp_path / "m.gguf", KINDS["mixed"], monkeypatch)
    policy, random = models.load(path, as_is=torch.float32), torch.Generator().manual_seed(1)
    prompt = tuple(torch.randint(0, 200, (240,), generator=random).tolist())
    budget = Budget(think=0, answer=40)
    asked = [Request(prompt=prompt[: 230 + n], budget=budget, seed=n) for n in range(8)]

    def answered() -> list[Rollout]:
        own = engine.Engine(policy.decoder, markers(policy.tokenizer), rows=4, chunk=32)
        own.submit_all(asked)
        found: dict[int, Rollout] = {}
        while not own.idle:
            found |= {event.rollout.request.seed: event.rollout for event in own.step()
                      if event.rollout}  # fmt: skip
        return [found[n] for n in range(8)]

    ours = answered()
    monkeypatch.setattr(engine, "cache_dtype", lambda _: torch.float32)
    pairs = [
        (one, other)
        for a, b in zip(ours, answered(), strict=True)
        for one, other, same in zip(a.logprobs, b.logprobs, agreeing(a, b), strict=False)
        if same
    ]
    assert len(pairs) > 50
    assert 0 < sum(abs(one - other) for one, other in pairs) / len(pairs) < 0.1


def agreeing(one: Rollout, other: Rollout) -> list[bool]:
    """Return for each token whether all up to it are the same."""
    same = [a == b for a, b in zip(one.tokens, other.tokens, strict=False)]
    return [all(same[: place + 1]) for place in range(len(same))]


@pytest.mark.parametrize("family", ["llama", "llama-tied", "qwen2"])
@pytest.mark.parametrize("kinds", ["mixed", "some"])
def test_sealing_changes_no_bit(policies, family, kinds, tmp_path, monkeypatch, causal):
    path = save_quantized(policies[family], tmp_path / "m.gguf", KINDS[kinds], monkeypatch)

    def found(policy: models.Policy):
        texts = [(rollout.tokens, rollout.logprobs) for rollout in rollouts(policy)]
        return models.fingerprint(policy.decoder), texts, our_logits(policy, causal)

    policy = models.load(path, as_is=torch.float32)
    *before, logits = found(policy)
    models.seal(policy.decoder)
    *after, sealed = found(policy)
    assert after == before
    assert torch.equal(sealed, logits)


@pytest.mark.parametrize("family", ["llama-tied", "qwen3"])
def test_a_tied_embedding_of_many_bits_is_kept_once(policies, family, tmp_path, monkeypatch):
    path = save_quantized(policies[family], tmp_path / "m.gguf", KINDS["some"], monkeypatch)
    decoder = models.load(path, as_is=torch.float32).decoder
    assert isinstance(decoder.embedding, PackedLinear)
    assert decoder.head is None


def test_the_packed_file_is_kept_and_mapped(file, monkeypatch, causal):
    first = our_logits(models.load(file, as_is=torch.float32), causal)
    (kept,) = cache_folder().glob("packed-*")
    monkeypatch.setattr(packed, "pack", lambda *_: pytest.fail("packed again"))
    assert torch.equal(our_logits(models.load(file, as_is=torch.float32), causal), first)
    assert kept.is_file()


def test_a_damaged_packed_file_is_written_again(file, monkeypatch, causal):
    first = our_logits(models.load(file, as_is=torch.float32), causal)
    (kept,) = cache_folder().glob("packed-*")
    size = kept.stat().st_size
    kept.write_bytes(kept.read_bytes()[:1000])
    assert torch.equal(our_logits(models.load(file, as_is=torch.float32), causal), first)
    assert kept.stat().st_size == size  # not the same bytes: safetensors orders metadata by chance
    monkeypatch.setattr(packed, "pack", lambda *_: pytest.fail("packed again"))
    assert torch.equal(our_logits(models.load(file, as_is=torch.float32), causal), first)


def test_a_changed_file_is_packed_anew(file, policies, monkeypatch, causal):
    before = our_logits(models.load(file, as_is=torch.float32), causal)
    file.unlink()
    save_quantized(policies["qwen2"], file, {"": "Q4_0"}, monkeypatch)
    assert not torch.equal(our_logits(models.load(file, as_is=torch.float32), causal), before)


def test_packed_files_that_are_not_valid_any_more_are_removed(
    file, policies, tmp_path, monkeypatch
):
    kinds = KINDS["eights"]
    others = [tmp_path / "gone.gguf", tmp_path / "stays.gguf"]
    for path in others:
        save_quantized(policies["qwen3"], path, kinds, monkeypatch)
    for path in (file, *others):
        models.load(path, as_is=torch.float32)
    theirs = [cache_folder() / f"packed-{name}.safetensors" for name in ("theirs", "broken")]
    save_file({"weight": torch.ones(3)}, theirs[0])
    theirs[1].write_text("mine")
    save_file({}, cache_folder() / "packed-0123456789abcdef.safetensors", {"digests": "{}"})
    others[0].unlink()
    os.utime(file, ns=(0, 0))
    models.load(file, as_is=torch.float32)
    sources = kept_files.files()
    assert sorted(sources.values()) == sorted([file.resolve(), others[1].resolve()])
    assert set(cache_folder().glob("packed-*")) == {*sources, *theirs}


def test_without_a_place_for_the_packed_file_it_still_loads(file, tmp_path, capsys, causal):
    (tmp_path / "cache").write_text("a file where the folder would be")
    assert our_logits(models.load(file, as_is=torch.float32), causal).isfinite().all()
    assert "is not kept" in capsys.readouterr().err


def test_a_model_is_loaded_as_is_unless_its_weights_are_named(file):
    assert load(file).decoder.layers[0].down.matrix.kind == "Q8_0"
    assert load(file, weights="fp32").decoder.layers[0].down.weight.dtype == torch.float32
    assert load(file, weights="bf16").machine.dtype == "bf16"


@pytest.mark.parametrize("kinds", [{"": "Q4_0"}, {"token_embd": "Q4_0", "": "Q8_0"}])
def test_fingerprints_tell_models_apart(file, kinds, policies, tmp_path, monkeypatch):
    other = save_quantized(policies["qwen2"], tmp_path / "o.gguf", kinds, monkeypatch)
    first, again = load(file).fingerprint, load(file).fingerprint
    assert first == again != load(other).fingerprint


def test_a_fingerprint_reads_digests_instead_of_weights(file):
    decoder = models.load(file, as_is=torch.float32).decoder
    assert dict(named_weights(decoder)).keys() == decoder.state_dict().keys()
    assert not any("part" in name for name in decoder.state_dict())


@pytest.mark.parametrize("name", ["token_embd", "attn_norm", "attn_q.bias", "attn_k.weight"])
def test_weights_that_are_not_quantized_must_be_finite(policies, name, tmp_path, monkeypatch):
    add = gguf.GGUFWriter.add_tensor

    def broken(writer, own, tensor, **given):
        if name in own:
            tensor = tensor.copy()
            tensor.flat[0] = float("nan")
        return add(writer, own, tensor, **given)

    with monkeypatch.context() as patched:
        patched.setattr(gguf.GGUFWriter, "add_tensor", broken)
        path = save_quantized(policies["qwen2"], tmp_path / "m.gguf", {"ffn": "Q8_0"}, monkeypatch)
    with pytest.raises(ModelError, match="NaN or infinite"):
        models.load(path, as_is=torch.float32)


def test_an_embedding_that_is_only_looked_up_is_not_packed(file, causal):
    first = our_logits(models.load(file, as_is=torch.float32), causal)
    (kept,) = cache_folder().glob("packed-*")
    with safe_open(kept, "pt") as stored:
        names = stored.keys()
    assert "lm_head.weight" in names
    assert "model.embed_tokens.weight" not in names
    assert torch.equal(our_logits(models.load(file, as_is=torch.float32), causal), first)


@pytest.mark.parametrize("family", ["llama", "llama-tied"])
@pytest.mark.parametrize("name", ["ffn_down", "token_embd"])
def test_broken_scales_are_refused_by_name(family, name, policies, tmp_path, monkeypatch):
    import quantized

    whole = quantized.raw_rows

    def broken(*given, **named):
        rows = whole(*given, **named)
        rows[0, 0:2] = 255  # NaN
        return rows

    monkeypatch.setattr(quantized, "raw_rows", broken)
    path = save_quantized(policies[family], tmp_path / "m.gguf", {name: "Q4_K"}, monkeypatch)
    for _ in range(2):  # nothing is kept that would hide it
        with pytest.raises(ModelError, match=r"(down_proj|embed_tokens).* not finite"):
            models.load(path, as_is=torch.float32)
