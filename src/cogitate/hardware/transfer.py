"""Transfers between the host and the device of a model, for which the host does not wait."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor


def send(
    values: Sequence[int] | NDArray[Any] | Tensor,
    device: torch.device,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """Return values as a tensor on the device, by default of their own dtype."""
    host = torch.as_tensor(values, dtype=dtype)
    return host if device.type == "cpu" else pinned(host).to(device, non_blocking=True)


def pinned(x: Tensor) -> Tensor:
    """Return a copy in memory that the device reads and writes by itself."""
    return x.pin_memory()


class Mirror:
    """Arrays of the host and their copies on a device; on the CPU these are the same memory.

    Example: mirror = Mirror(device, array); array[0] = 1; mirror.renew(); mirror.tensors[0]
    """

    def __init__(self, device: torch.device, *arrays: NDArray[Any]) -> None:
        """Copy the arrays, whose memory stays where it is."""
        self._host = [torch.from_numpy(array) for array in arrays]
        self.tensors = [x.to(device) for x in self._host]
        self._staging: Iterator[list[Tensor]] | None = None
        if device.type != "cpu":
            self._staging = cycle([[pinned(x) for x in self._host] for _ in range(_STAGED)])

    def renew(self) -> None:
        """Copy the arrays' present values."""
        if self._staging is None:
            return
        for host, staged, there in zip(self._host, next(self._staging), self.tensors, strict=True):
            staged.copy_(host)
            there.copy_(staged, non_blocking=True)


_STAGED = 6
"""More copies than can be under way: the engine waits for each step before it begins the next but
one, and renews its arrays three times a step."""


class Fetched:
    """Tensors of the device on their way to the host.

    Example: fetched = Fetched(tokens, logprobs); tokens, logprobs = fetched.arrays()
    """

    def __init__(self, *tensors: Tensor) -> None:
        """Begin to copy; the tensors may change afterwards."""
        self._done = None
        if tensors[0].device.type == "cpu":
            self._arrays = [x.numpy() for x in tensors]
            return
        hosts = [pinned(torch.empty(x.shape, dtype=x.dtype)) for x in tensors]
        for host, there in zip(hosts, tensors, strict=True):
            host.copy_(there, non_blocking=True)
        self._done, self._arrays = recorded(), [host.numpy() for host in hosts]

    def arrays(self) -> list[NDArray[Any]]:
        """Wait for the copies and return them."""
        if self._done is not None:
            self._done.synchronize()
        return self._arrays


def finish(device: torch.device) -> None:
    """Wait until a device has done all that it was asked; it is no wait on the CPU."""
    if device.type != "cpu":
        recorded().synchronize()


def recorded() -> torch.cuda.Event:
    """Return an event that is over once the device has done all that it was asked."""
    event = torch.cuda.Event()
    event.record()
    return event
