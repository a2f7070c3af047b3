"""A policy's weights as named tensors, which the learner publishes and a sampler loads."""

from collections.abc import Mapping

import torch
from torch import Tensor

from cogitate.models.adapter import keys, pairs
from cogitate.models.decoder import Decoder
from cogitate.models.layout import unfuse
from cogitate.types import Weights


def publish(decoder: Decoder, version: int) -> Weights:
    """Return a decoder's weights as views of its memory.

    Names are Hugging Face's, with a tied head twice; for adapters PEFT's, beside frozen matrices.
    """
    return Weights(version=version, tensors=_named(decoder))


@torch.no_grad()
def load(decoder: Decoder, weights: Weights) -> None:
    """Copy weights into a decoder, in place; tensors that share its memory are skipped.

    Raises:
        KeyError: a tensor of the decoder is missing.
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
