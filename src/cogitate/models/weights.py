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


def learned(decoder: Decoder, version: int) -> Weights:
    """Return the weights to send to other processes, in the memory of the host.

    Those of adapters alone, if there are any.
    """
    named = _named(decoder)
    halves = [key for name, _ in pairs(decoder) for key in keys(name)]
    own = {name: named[name] for name in halves or named}
    sent = {id(tensor): _alone(tensor.cpu()) for tensor in own.values()}  # a tied head once
    return Weights(version=version, tensors={name: sent[id(own[name])] for name in own})


@torch.no_grad()
def load(decoder: Decoder, weights: Weights) -> None:
    """Copy weights into a decoder, in place; tensors that share its memory are skipped.

    Those of adapters alone are enough for a decoder that has them.

    Raises:
        KeyError: a tensor of the decoder is missing.
    """
    halves = {key for name, _ in pairs(decoder) for key in keys(name)}
    is_whole = not halves or not weights.tensors.keys() <= halves
    for name, own in _named(decoder).items():
        if not is_whole and name not in halves:
            continue
        tensor = weights.tensors[name]
        if tensor.data_ptr() != own.data_ptr():
            own.copy_(tensor)


def _alone(tensor: Tensor) -> Tensor:
    """Return a tensor that shares no memory with others: all of it would be sent."""
    is_alone = tensor.is_contiguous() and tensor.untyped_storage().nbytes() == tensor.nbytes
    return tensor if is_alone else tensor.contiguous().clone()


def _named(decoder: Decoder) -> Mapping[str, Tensor]:
    tensors = unfuse(decoder.arch, dict(decoder.named_parameters()))
    if decoder.arch.tied:
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
    for name, pair in pairs(decoder):
        for key, half in zip(keys(name), pair, strict=True):
            tensors[key] = half.detach()
    return tensors
