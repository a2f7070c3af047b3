"""Values measured once on a machine and kept, so that every command of it decides alike.

A speed measured anew differs with what else runs at that moment; a choice by it (a dtype, a kernel)
would differ between two commands whose answers are compared.
"""

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")


def cache_folder() -> Path:
    """Return the folder for what can be made again, within $XDG_CACHE_HOME or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cogitate"


def features() -> str:
    """Return the processor's features, as Linux lists them."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    flags = (line for line in lines if line.startswith(("flags", "Features")))
    return next(flags, platform.processor() + platform.machine())


def once(key: tuple[object, ...], measure: Callable[[], Value], *, anew: bool = False) -> Value:
    """Return what `measure` returned on this machine when it was first asked for `key`.

    Args:
        key: what the value depends on besides the processor; each part is written by `str`.
        measure: returns a value that JSON can hold. Where the cache's folder cannot be written,
            it is called each time.
        anew: measure even so, and keep the new value.
    """
    digest = hashlib.sha256("\0".join(map(str, (features(), *key))).encode()).hexdigest()
    path = cache_folder() / f"{key[0]}-{digest[:16]}.json"
    if not anew:
        try:
            return json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):  # not measured yet
            pass
    value = measure()
    _keep(path, json.dumps(value))
    return value


def _keep(path: Path, text: str) -> None:
    """Write `text` in one step, as other processes may measure too; leave it where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            made.write_text(text, "utf-8")
            made.replace(path)
    except OSError:
        return
