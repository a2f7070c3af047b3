"""A model that does not fit in memory is refused before anything of it is loaded."""

from dataclasses import dataclass

from cogitate.errors import ModelError
from cogitate.hardware import available_gb


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The memory that a use of a model takes, without activations and keys.

    Example: Need(each=24, less="optim.lora_rank 16")
    """

    each: int
    """Bytes for each weight; of weights that stay in few bits, their size in the file counts."""
    less: str = ""
    """A setting with which the same model takes less."""


def require(name: str, num_bytes: int, need: Need) -> None:
    """Raise ModelError unless so many bytes are available, within a container's limit."""
    needed, free = num_bytes / 1e9, available_gb()
    if needed > free:
        instead = f" or {need.less}" if need.less else ""
        raise ModelError(
            f"{name} needs {needed:.2f} GB of memory, but {max(free, 0.0):.2f} GB are available:"
            f" take a smaller model{instead}"
        )
