"""A device that computes on the CPU, and notes each time that the host would wait for a GPU.

Its tensors say that they are on the device "meta". Those of the CPU cannot be mixed with them.
"""

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

from cogitate.hardware import transfer

DEVICE = torch.device("meta")
aten = torch.ops.aten
WAITING = {aten._local_scalar_dense, aten.nonzero, aten.masked_select, aten.equal, aten._unique2}
"""Operations whose result the host needs, or whose size depends on numbers of the device."""
MIXING = {aten.copy_, aten._to_copy}


class There(Tensor):
    """A tensor on the device; `inner` has its numbers."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> "There":
        made = Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(),
            dtype=inner.dtype, device=DEVICE,
        )  # fmt: skip
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{func} outside of the device's mode")

    def __repr__(self) -> str:
        return f"There({self.inner})"


class Card(TorchDispatchMode):
    """The device; `waits` are the operations for which the host waited, `reads` the intended ones.

    Example: with Card() as card: (torch.ones(3, device=DEVICE) > 0).any().item(); card.waits
    """

    def __init__(self, monkeypatch: Any) -> None:
        super().__init__()
        self.waits: list[str] = []
        self.reads = 0
        monkeypatch.setattr(transfer, "pinned", lambda x: x.clone())
        monkeypatch.setattr(transfer, "recorded", lambda: self)

    def synchronize(self) -> None:
        """As that of an event: a wait that is meant."""
        self.reads += 1

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        with self:  # in inference mode whole operations come here, such as item
            parts = func.decompose(*args, **kwargs)
        if parts is not NotImplemented:
            return parts
        tensors = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, Tensor)]
        is_there = [isinstance(x, There) for x in tensors]
        device = kwargs.get("device")
        if any(is_there) or device == DEVICE:
            self._note(func, args, kwargs, tensors, is_there)
        goes = any(is_there) if device is None else torch.device(device) == DEVICE
        if device == DEVICE:
            kwargs["device"] = torch.device("cpu")
        kwargs.pop("pin_memory", None)
        own_args, own_kwargs = tree_map_only(There, lambda x: x.inner, (args, kwargs))
        found = func(*own_args, **own_kwargs)
        if func._schema.is_mutable:
            return kwargs.get("out", args[0]) if func._schema.returns else None
        return tree_map_only(Tensor, There, found) if goes else found

    def _note(
        self, func: Any, args: Any, kwargs: Any, tensors: list[Tensor], is_there: list[bool]
    ) -> None:
        packet = func.overloadpacket
        crosses = len(set(is_there)) > 1
        if packet is aten._to_copy and kwargs.get("device") is not None:
            crosses = is_there != [torch.device(kwargs["device"]) == DEVICE]
        is_masked = packet in (aten.index, aten.index_put, aten.index_put_) and any(
            x is not None and x.dtype == torch.bool for x in args[1]
        )
        blocks = kwargs.get("non_blocking") is not True and not (
            packet is aten.copy_ and len(args) > 2 and args[2]
        )
        if packet in WAITING or is_masked or (packet in MIXING and crosses and blocks):
            self.waits.append(str(func))
        plain = [x for x, there in zip(tensors, is_there, strict=True) if not there and x.dim()]
        assert packet in MIXING or not (plain and any(is_there)), f"{func} mixes devices"
