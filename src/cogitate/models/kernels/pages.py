"""Weights side by side in huge pages (Linux's madvise).

A token reads all weights, and each page of them costs a look-up of its address, on a virtual
machine a long one. In pages of 2 MiB instead of 4 KiB the engine alone decoded one row of SmolLM2
up to 1.4 times as fast, one of Qwen2.5-Coder-1.5B in 4 bits 1.2 times (docs/log/2026-11-speed.md).
"""

import ctypes
import mmap
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor

from cogitate.models.kernels import native

_ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_HUGE = 2 << 20
_LINE = 64
"""Bytes of a cache line, at which each tensor begins."""
_POPULATE_READ = 22
"""Advice to madvise(2): bring all pages in at once."""
Copy = Callable[[Tensor], Tensor]


def copier(tensors: Iterable[Tensor]) -> Copy | None:
    """Return a function that copies these tensors, each once; None without huge pages.

    Memory is taken as copies are made. It is None too where addresses for all are refused, as by
    `ulimit -v` or with vm.overcommit_memory=2.
    """
    total = _HUGE + sum(-(-tensor.nbytes // _LINE) * _LINE for tensor in tensors)
    if not hasattr(mmap, "MADV_HUGEPAGE") or not _ENABLED.is_file():
        return None
    if "[never]" in _ENABLED.read_text():
        return None
    try:
        memory = mmap.mmap(-1, total, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory.madvise(mmap.MADV_HUGEPAGE)
    except OSError:
        return None
    room = torch.frombuffer(memory, dtype=torch.uint8)  # which keeps the memory
    place = -room.data_ptr() % _HUGE

    def copy(tensor: Tensor) -> Tensor:
        nonlocal place
        _bring_in(tensor)
        own = room[place : place + tensor.nbytes].view(tensor.dtype).view(tensor.shape)
        place += -(-tensor.nbytes // _LINE) * _LINE
        return own.copy_(tensor)

    return copy


def _bring_in(tensor: Tensor) -> None:
    """Map a file's pages at once: one by one they take most of the time of a copy."""
    begin = tensor.data_ptr() // mmap.PAGESIZE * mmap.PAGESIZE
    size = ctypes.c_size_t(tensor.data_ptr() + tensor.nbytes - begin)
    ctypes.CDLL(None).madvise(ctypes.c_void_p(begin), size, _POPULATE_READ)  # old systems refuse


def moved(matrix: native.Matrix, copy: Copy) -> native.Matrix:
    """Return a matrix whose parts are copies."""
    parts = [part._replace(packed=copy(part.packed)) for part in matrix.parts]
    return native.Matrix(parts, matrix.bias, matrix.adapter)
