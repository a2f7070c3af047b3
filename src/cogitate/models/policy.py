"""A policy: a decoder with its tokenizer."""

import hashlib
from dataclasses import dataclass, replace

import torch
from torch import nn

from cogitate.errors import ModelError, UsageError
from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Decoder
from cogitate.models.kernels.matrix import Linear
from cogitate.models.sealed import named_weights
from cogitate.tokenizer import Tokenizer, classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A language model: weights, and the tokenizer that they were trained with.

    Example: load("smollm2-135m").name -> "smollm2-135m"
    """

    decoder: Decoder
    tokenizer: Tokenizer
    name: str
    """As the user gave it; with unmerged adapters, the name of their base, which is saved with
    them."""

    def __post_init__(self) -> None:
        """Raise ModelError if a token has no embedding; rows without a token are allowed."""
        num_rows = self.decoder.arch.vocab_size
        last = max(self.tokenizer.size - 1, *self.tokenizer.eos)
        if last >= num_rows:
            text = self.tokenizer.decode([last], skip_special=False)
            raise ModelError(
                f"the tokenizer for {self.name} has token {last} ('{text}'), but the embedding has"
                f" {num_rows} rows: remove the token (set it to null in tokenizer_config.json if"
                " its tokenizer_class adds it), or give it a row (resize_token_embeddings)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The shape of a new model; other sizes follow from it.

    Example: Size(width=128, num_layers=4, num_heads=4, num_kv_heads=2)
    """

    width: int
    num_layers: int
    num_heads: int
    num_kv_heads: int


NEW = "new-"
"""Prefix of a size, for a model with random weights: new-nano."""

SIZES = {
    "nano": Size(width=128, num_layers=4, num_heads=4, num_kv_heads=2),
    "mini": Size(width=192, num_layers=6, num_heads=6, num_kv_heads=2),
    "small": Size(width=576, num_layers=12, num_heads=9, num_kv_heads=3),
}
"""Presets of new models: 0.8 M, 2.6 M and 46 M parameters with the byte tokenizer."""


def initialise(size: str, tokenizer: Tokenizer, seed: int, *, context: int = 2048) -> Policy:
    """Return a policy with random weights.

    Args:
        size: a name in `SIZES`.
        tokenizer: `Tokenizer.bytes()` or any other; the embedding gets a row for each id.
        seed: of the weights.
        context: maximum number of positions, in tokens.

    Raises:
        UsageError: there is no such size.
    """
    if size not in SIZES:
        raise UsageError(f"there is no size '{size}'; sizes are {', '.join(SIZES)}")
    shape = SIZES[size]
    arch = Architecture(
        family="llama",
        vocab_size=tokenizer.size,
        width=shape.width,
        num_layers=shape.num_layers,
        num_heads=shape.num_heads,
        num_kv_heads=shape.num_kv_heads,
        head_width=shape.width // shape.num_heads,
        mlp_width=3 * shape.width,
        context=context,
    )
    decoder = Decoder(arch)
    decoder.init(torch.Generator().manual_seed(seed))
    return Policy(decoder=decoder, tokenizer=tokenizer, name=NEW + size)


def check_saving(policy: Policy) -> None:
    """Raise ModelError if a folder of this model would be read with another tokenizer."""
    if policy.decoder.arch.family == "qwen2":
        classes.check_qwen2(policy.tokenizer.to_json())


@torch.no_grad()
def fingerprint(decoder: Decoder) -> str:
    """Return a hash of the weights, in twelve hex digits.

    Example: fingerprint(policy.decoder) -> "3f0c9a51d2e8"
    """
    found = hashlib.blake2b(digest_size=6)
    for name, weight in named_weights(decoder):
        found.update(name.encode())
        found.update(weight.cpu().contiguous().view(torch.uint8).numpy().data)
    return found.hexdigest()


@torch.no_grad()
def with_thinking(policy: Policy) -> Policy:
    """Return the policy with single ids for `<think>` and `</think>`, in place.

    New and reserved ids get random embeddings with mean and standard deviation of all rows:
    reserved rows are close to those of all untrained tokens, from which the marker at the end of
    each thought must differ.
    """
    tokenizer = policy.tokenizer.with_thinking()
    grow(policy.decoder, tokenizer.size)
    if policy.tokenizer.think_close is None:
        for weight in {policy.decoder.embedding.weight, policy.decoder.head_weight}:
            for token in (tokenizer.think_open, tokenizer.think_close):
                assert token is not None
                weight[token] = _random_row(weight, token)
    return replace(policy, tokenizer=tokenizer)


@torch.no_grad()
def grow(decoder: Decoder, num_rows: int) -> None:
    """Grow the vocabulary to at least `num_rows`, in place."""
    missing = num_rows - decoder.arch.vocab_size
    if missing <= 0:
        return
    decoder.arch = replace(decoder.arch, vocab_size=num_rows)
    embedding = decoder.embedding.weight
    decoder.embedding = nn.Embedding.from_pretrained(
        _grown(embedding, missing), freeze=not embedding.requires_grad
    )
    if isinstance(decoder.head, Linear):
        head = decoder.head.weight
        decoder.head.weight = nn.Parameter(_grown(head, missing), head.requires_grad)
        decoder.head.out_features = num_rows


def _grown(weight_VD: torch.Tensor, missing: int) -> torch.Tensor:
    rows = weight_VD.float()
    noise = torch.empty(missing, rows.shape[1]).normal_(
        0.0, 0.1 * float(rows.std()), generator=torch.Generator().manual_seed(0)
    )
    return torch.cat([weight_VD, (rows.mean(dim=0) + noise).to(weight_VD.dtype)])


def _random_row(weight_VD: torch.Tensor, seed: int) -> torch.Tensor:
    """Return a row [D] from normal distributions with mean and deviation of each column."""
    rows = weight_VD.float()
    generator = torch.Generator().manual_seed(seed)
    return torch.normal(rows.mean(dim=0), rows.std(dim=0), generator=generator).to(weight_VD.dtype)
