"""Decoders that only sample: each weight is kept once, in the layout in which it is multiplied."""

from collections.abc import Iterator
from itertools import chain
from typing import cast

import torch
from torch import Tensor, nn

from cogitate.models.decoder import Decoder
from cogitate.models.kernels import native, pages
from cogitate.models.kernels.matrix import Linear, PackedLinear
from cogitate.models.kernels.quantized import QuantizedLinear


@torch.no_grad()
def seal(decoder: Decoder) -> None:
    """Pack a decoder's matrices for sampling, in place; each plain one is freed at once.

    Outputs stay the same to the bit. Packed matrices move into huge pages, also those of a file of
    4 to 8 bits, which were mapped. A tied embedding is looked up in the packed head. Without the
    kernels in C, or for a width that they do not support, matrices stay as they are.
    """
    decoder.requires_grad_(requires_grad=False)
    for owner in (*decoder.layers, decoder):
        for name in [n for n, child in owner.named_children() if isinstance(child, Linear)]:
            linear = getattr(owner, name)
            if native.serves(linear.weight):
                setattr(owner, name, PackedLinear(linear.weight, linear.bias))
    is_packed = isinstance(decoder.embedding, PackedLinear)
    if decoder.head is None and not is_packed and native.serves(decoder.embedding.weight):
        decoder.embedding = cast("nn.Embedding", PackedLinear(decoder.embedding.weight))
    _settle(decoder)


def _settle(decoder: Decoder) -> None:
    """Move packed matrices into huge pages, where the system has them; each is freed at once."""
    sealed = [m for m in decoder.modules() if isinstance(m, (PackedLinear, QuantizedLinear))]
    copy = pages.copier(part.packed for module in sealed for part in module.matrix.parts)
    if copy is None:
        return
    for module in sealed:
        module.move(copy)


def named_weights(decoder: Decoder) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of `state_dict` as they were before `seal`, unpacked one at a time."""
    stored = decoder.state_dict().keys()
    for owner, module in decoder.named_modules():
        own = chain(module.named_parameters(recurse=False), module.named_buffers(recurse=False))
        if isinstance(module, PackedLinear):
            biases = [] if module.bias is None else [("bias", module.bias)]
            own = chain([("weight", module.weight)], biases)
        for name, tensor in own:
            whole = f"{owner}.{name}" if owner else name
            if whole in stored or isinstance(module, PackedLinear):
                yield whole, tensor.detach()
