"""Our decoder against transformers': the same logits, the same greedy tokens, both ways."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, Qwen2Config, Qwen3Config

from cogitate import models
from cogitate.errors import ModelError
from cogitate.models.decoder import Attention
from cogitate.models.policy import Policy
from cogitate.prompt import prompt_tokens
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget

SIZES = {
    "vocab_size": 261,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": None,
    "eos_token_id": 258,
    "pad_token_id": 258,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
CONFIGS = {
    "llama": LlamaConfig(**SIZES, tie_word_embeddings=True),
    "llama3-untied": LlamaConfig(
        **SIZES, rope_parameters=LLAMA3, head_dim=16, tie_word_embeddings=False
    ),
    "qwen2": Qwen2Config(**SIZES, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**SIZES, head_dim=24, tie_word_embeddings=False),
}


@pytest.fixture(params=CONFIGS, scope="module")
def theirs(request, tmp_path_factory):
    """A random model of transformers', and the folder that it was saved to."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIGS[request.param]).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0.0, 0.2).add_(1.0 if weight.dim() == 1 else 0.0)
    folder = tmp_path_factory.mktemp(request.param)
    model.save_pretrained(folder)
    Tokenizer.bytes().save(folder)
    return model, folder


def logits(policy: Policy, tokens: list[int], causal: Attention) -> torch.Tensor:
    hidden = policy.decoder(torch.tensor(tokens), torch.arange(len(tokens)), causal)
    return policy.decoder.logits(hidden)


def greedy(policy: Policy, tokens: list[int], causal: Attention, num: int) -> list[int]:
    tokens = list(tokens)
    for _ in range(num):
        tokens.append(int(logits(policy, tokens, causal)[-1].argmax()))
    return tokens


def their_greedy(model, tokens: list[int], num: int) -> list[int]:
    given = torch.tensor([tokens])
    out = model.generate(
        given,
        attention_mask=torch.ones_like(given),
        max_new_tokens=num,
        min_new_tokens=num,
        do_sample=False,
    )
    return out[0].tolist()


@torch.no_grad()
def test_logits_equal_on_random_models(theirs, causal):
    model, folder = theirs
    tokens = torch.randint(261, (300,), generator=torch.Generator().manual_seed(1)).tolist()
    ours = logits(models.load(folder), tokens, causal)
    expected = model(torch.tensor([tokens])).logits[0]
    assert (ours - expected).abs().max() < 1e-3 * expected.abs().max().clamp(max=1.0)


@torch.no_grad()
def test_what_we_save_transformers_runs(theirs, causal, tmp_path):
    _, folder = theirs
    policy = models.load(folder)
    models.save(policy, tmp_path / "saved")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "saved").eval()
    assert model.dtype == torch.float32
    assert model.generation_config.eos_token_id == sorted(policy.tokenizer.eos)
    tokens = list(prompt_tokens(policy.tokenizer, "How many?"))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "saved")
    rendered = tokenizer.apply_chat_template(
        [{"role": "user", "content": "How many?"}], add_generation_prompt=True, return_dict=False
    )
    assert rendered == tokens
    model.generation_config.suppress_tokens = sorted(policy.tokenizer.eos)
    expected = their_greedy(model, tokens, 12)
    assert tokenizer.decode(tokens) == policy.tokenizer.decode(tokens, skip_special=False)
    reloaded = models.load(tmp_path / "saved")
    assert torch.equal(logits(reloaded, tokens, causal), logits(policy, tokens, causal))
    assert ours_without_eos(policy, tokens, causal, 12) == expected


def ours_without_eos(policy: Policy, tokens: list[int], causal: Attention, num: int) -> list[int]:
    tokens = list(tokens)
    for _ in range(num):
        last = logits(policy, tokens, causal)[-1]
        last[sorted(policy.tokenizer.eos)] = -torch.inf
        tokens.append(int(last.argmax()))
    return tokens


@torch.no_grad()
def test_a_bf16_folder_keeps_its_dtype(theirs, tmp_path):
    _, folder = theirs
    models.save(models.load(folder, dtype=torch.bfloat16), tmp_path / "saved")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "saved", dtype="auto")
    assert model.dtype == torch.bfloat16
    again = models.load(tmp_path / "saved", dtype=torch.bfloat16).decoder.state_dict()
    for name, tensor in models.load(folder).decoder.state_dict().items():
        assert torch.equal(again[name], tensor.bfloat16())


@torch.no_grad()
def test_sharded_folders_load_and_are_written(theirs, tmp_path, monkeypatch):
    model, _ = theirs
    model.save_pretrained(tmp_path / "theirs", max_shard_size="100KB")
    assert len(list((tmp_path / "theirs").glob("*.safetensors"))) > 1
    Tokenizer.bytes().save(tmp_path / "theirs")
    policy = models.load(tmp_path / "theirs")
    monkeypatch.setattr("cogitate.models.folder.SHARD_BYTES", 100_000)
    models.save(policy, tmp_path / "ours")
    assert len(list((tmp_path / "ours").glob("*.safetensors"))) > 1
    reread = AutoModelForCausalLM.from_pretrained(tmp_path / "ours")
    for name, tensor in model.state_dict().items():
        assert torch.equal(reread.state_dict()[name], tensor)


@pytest.mark.weights
@pytest.mark.slow
@torch.no_grad()
def test_smollm2_equals_transformers(smollm2, causal, tmp_path):
    """The alias against transformers' own reading of the same GGUF file."""
    folder = models.pull("smollm2-135m")
    (file,) = folder.glob("*.gguf")
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=file.name, dtype=torch.float32
    ).eval()
    tokens = list(
        prompt_tokens(smollm2.tokenizer, "What is the capital of France?", Budget(think=0))
    )
    expected = model(torch.tensor([tokens])).logits[0]
    assert (logits(smollm2, tokens, causal) - expected).abs().max() < 1e-3
    assert greedy(smollm2, tokens, causal, 6) == their_greedy(model, tokens, 6)
    theirs, ours = model.state_dict(), dict(smollm2.decoder.named_parameters())
    assert torch.equal(theirs["model.embed_tokens.weight"], ours["embedding.weight"])


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    policy = models.initialise("nano", Tokenizer.bytes(), seed=0)
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(ModelError, match="already exists and is not empty"):
        models.save(policy, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_random_weights_follow_from_the_seed():
    first, same, other = (
        models.initialise("nano", Tokenizer.bytes(), seed=seed).decoder.state_dict()
        for seed in (0, 0, 1)
    )
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["embedding.weight"], other["embedding.weight"])


def test_folder_appears_only_whole(tmp_path: Path, monkeypatch):
    policy = models.initialise("nano", Tokenizer.bytes(), seed=0)

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cogitate.models.folder.save_file", full)
    with pytest.raises(ModelError, match="No space left on device"):
        models.save(policy, tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []
