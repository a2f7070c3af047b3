"""The decoder's C (native.c), compiled with GCC.

It is compiled at first use, for this processor, into ~/.cache/cogitate, in some ten seconds.
"""

import ctypes
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cogitate.measured import cache_folder, features

SOURCE = Path(__file__).with_name("native.c")
_HEADERS = sorted(SOURCE.parent.glob("[!.]*.h"))
SWITCH = "COGITATE_NATIVE"
"""Environment variable; 0 switches the kernels off."""
_FLAGS = (
    *("-O2", "-march=native", "-fopenmp", "-shared", "-fPIC", "-Wl,-Bsymbolic-functions"),
    *("-fno-trapping-math", "-fno-math-errno"),  # no more, to keep the source's order of sums
)
_TIMEOUT_S = 600
DTYPES = (torch.float32, torch.bfloat16)
"""By the number that the C functions take."""
INT, LONG, POINTER = ctypes.c_int, ctypes.c_long, ctypes.c_void_p
_ARGUMENTS = {
    "add_norm": [*[POINTER] * 4, LONG, LONG, ctypes.c_float],
    "norm_grad": [*[POINTER] * 7, LONG, LONG, ctypes.c_float],
    "multiply": [INT, INT, *[POINTER] * 3, *[LONG] * 2],
    "rotate": [*[POINTER] * 3, *[LONG] * 4],
    "gated": [*[POINTER] * 2, LONG, LONG],
    "gated_grad": [*[POINTER] * 3, LONG, LONG],
    "attend": [*[POINTER] * 8, *[LONG] * 8],
    "decode": [*[POINTER] * 6, ctypes.c_float],
    "attend_tree": [*[POINTER] * 8, LONG, LONG, POINTER],
    "sample": [*[POINTER] * 6, LONG, LONG],
    "score": [*[POINTER] * 5, LONG, LONG],
}
"""After the number of the dtype and the number of threads, which all functions take."""


def call(name: str, dtype: torch.dtype, *given: Any) -> None:
    """Call a function with numbers and the addresses of tensors."""
    pointers = (x.data_ptr() if isinstance(x, Tensor) else x for x in given)
    _function(name)(DTYPES.index(dtype), torch.get_num_threads(), *pointers)


@cache
def _function(name: str) -> Callable[..., None]:
    return getattr(operations(), name)


@cache
def operations() -> ctypes.CDLL | None:
    """Return the compiled operations, or None if they are not available."""
    loaded = _loaded()
    if isinstance(loaded, str):
        return None
    for name, arguments in _ARGUMENTS.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = [INT, INT, *arguments], None
    loaded.bytes_of_panel.argtypes, loaded.bytes_of_panel.restype = [INT, LONG], LONG
    return loaded


def version() -> str:
    """Return a name that changes with the operations' source, compiler and processor."""
    loaded = _loaded()
    return "" if isinstance(loaded, str) else Path(loaded._name).name  # noqa: SLF001


def why_not() -> str | None:
    """Return why the operations are not available; None if they are."""
    loaded = _loaded()
    return loaded if isinstance(loaded, str) else None


@cache
def _loaded() -> ctypes.CDLL | str:
    """Return the library, or the reason why there is none."""
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    if os.environ.get(SWITCH) == "0":
        return f"switched off by {SWITCH}=0"
    if shutil.which(compiler[0]) is None:
        return f"there is no '{compiler[0]}' (apt install gcc)"
    try:
        return ctypes.CDLL(str(_compiled(compiler)))
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        return f"{compiler[0]} failed: {lines[0]}"
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"it cannot be compiled: {error}"


def _compiled(compiler: list[str]) -> Path:
    """Return the library for this source, compiler and processor; compile it if missing."""
    texts = (path.read_text("utf-8") for path in (SOURCE, *_HEADERS))
    digest = hashlib.sha256("\0".join((*texts, *_FLAGS, *compiler, features())).encode())
    target = cache_folder() / f"native-{digest.hexdigest()[:16]}.so"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = Path(folder) / target.name
            command = [*compiler, *_FLAGS, "-o", str(made), str(SOURCE), "-lm"]
            subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)
            made.replace(target)  # atomic, as other processes may compile too
    return target
