"""A policy's weights as named tensors: what the learner publishes and a sampler loads."""

from collections.abc import Mapping

import torch
from torch import Tensor

from cogitate.models.adapter import keys, pairs
from cogitate.models.decoder import Decoder
from cogitate.models.layout import unfuse
from cogitate.types import Weights


def publish(decoder: Decoder, version: int) -> Weights:
    """Return a decoder's weights without a copy: its own memory under the names of others.

    Hugging Face's, a tied head twice; PEFT's for adapters, beside the frozen matrices.
    """
    return Weights(version=version, tensors=_named(decoder))


@torch.no_grad()
def load(decoder: Decoder, weights: Weights) -> None:
    """Give a decoder other weights, in place; its own memory is left as it is.

    Raises:
        KeyError: a tensor of the decoder is not among them.
    """
    for name, own in _named(decoder).items():
        tensor = weights.tensors[name]
        if tensor.data_ptr() != own.data_ptr():
            own.copy_(tensor)


def _named(decoder: Decoder) -> Mapping[str, Tensor]:
    tensors = unfuse(decoder.arch, dict(decoder.named_parameters()))
    if decoder.arch.tied:
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
    for name, pair in pairs(decoder):
        for key, half in zip(keys(name), pair, strict=True):
            tensors[key] = half.detach()
    return tensors
