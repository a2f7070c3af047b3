"""Tiny checkpoints that transformers makes, and how their logits are compared with ours."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from cogitate import models
from cogitate.models.decoder import Attention
from vocabularies import merging

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
TOKENS = torch.arange(20, 100)
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"
NORM = "model.norm.weight"


def random_model(config: Any) -> Any:
    """Return a model of transformers' whose every weight matters."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0.0, 0.3).add_(1.0 if weight.dim() == 1 else 0.0)
    return model


def llama(**changed: Any) -> Any:
    return random_model(LlamaConfig(**SIZES | changed))


def saved(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    merging().save(folder)
    return folder


def edit_json(path: Path, change: dict[str, Any], *, remove: tuple[str, ...] = ()) -> None:
    value = json.loads(path.read_text()) | change
    path.write_text(json.dumps({k: v for k, v in value.items() if k not in remove}))


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
