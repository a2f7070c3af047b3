"""The tokenizer of a new model."""

from collections.abc import Iterator
from pathlib import Path

from cogitate.config import TrainConfig
from cogitate.seeds import derive, first_index
from cogitate.tasks import Demonstrates
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.pretrain import read_text

_NUM_TASKS = 10_000
"""Questions, with their worked solutions, from which merges are learned."""


def new_tokenizer(config: TrainConfig) -> Tokenizer:
    """Return a byte tokenizer, or one learned from the run's pre-training texts.

    Raises:
        UsageError: a user's text cannot be read.
    """
    if not config.pretrain.vocabulary:
        return Tokenizer.bytes()
    return Tokenizer.learn(_texts(config), config.pretrain.vocabulary)


def _texts(config: TrainConfig) -> Iterator[str]:
    yield from (read_text(Path(path)) for path in config.pretrain.texts)
    mixture = Mixture(config.pretrain.tasks or config.tasks, config.sandbox.level)
    first = first_index(config.seed, "vocabulary")
    for index in range(_NUM_TASKS):
        family, task = mixture.draw(first + index, derive(config.seed, "vocabulary", index))
        yield task.question
        yield from family.demonstrate(task) if isinstance(family, Demonstrates) else (task.target,)
