"""The sampler and the learner of a run, and what belongs to both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cogitate.config import TrainConfig
from cogitate.hardware import Machine
from cogitate.protocols import Learner, LoadsWeights, Sampler
from cogitate.tokenizer import Tokenizer
from cogitate.types import Speed


def nothing() -> None:
    """Do nothing."""


class TrainingSampler(Sampler, LoadsWeights, Protocol):
    """A sampler that can be given new weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """The sampler and the learner of a run, and what belongs to both."""

    tokenizer: Tokenizer
    sampler: TrainingSampler
    speed: Callable[[], Speed]
    """Measures the speed by which deadlines are planned."""
    learner: Learner
    save_model: Callable[[Path], None]
    """Writes the policy into a folder: `model/` in Hugging Face format, and `adapter/` in PEFT
    format if only an adapter is trained."""
    num_params: int
    context: int
    """Context length of the model, in tokens."""
    checkpoint_bytes: int
    """Size of one checkpoint on the disk."""
    machine: Machine | None = None
    """What one of the other processes has, where they sample and learn."""
    base: str = ""
    """Fingerprint of the weights that the run starts from; empty if unknown."""
    restart: Callable[[], None] = nothing
    """Makes a learner again of which a process has died."""
    close: Callable[[], None] = nothing
    """Ends other processes."""
    forget: Callable[[], None] = nothing
    """Drops what was sampled ahead."""
    take_busy: Callable[[], Mapping[str, Sequence[float]]] = dict[str, list[float]]
    """Returns the seconds that each process of a kind, sampler or learner, has worked since the
    last call; of this process, nothing."""


Build = Callable[[TrainConfig, Machine], Workers]
