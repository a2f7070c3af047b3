"""Pre-training from nothing.

Texts come from the families (questions with worked solutions, answered at once, or both) and from
a user's own files, which are cut into pieces. All tokens of a user's text are learned, but none
of a question: its numbers are random, and learning to predict them only adds noise.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from cogitate.config import PretrainConfig
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.seeds import derive, first_index
from cogitate.tasks import Demonstrates
from cogitate.tasks.contamination import NUM_WORDS, shares_words
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.batch import Batch, learned
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.solutions import Solutions
from cogitate.types import Datum

NO_ROOM_SHARE = 0.1
"""Share of the questions that are answered without a thought."""
PIECE_TOKENS = 256
"""Tokens of a piece of a user's text."""


class Pretrain:
    """The source of pre-training batches."""

    def __init__(
        self,
        solutions: Solutions,
        mixture: Mixture,
        *,
        config: PretrainConfig,
        seed: int,
    ) -> None:
        """Read the user's texts.

        Raises:
            UsageError: a text cannot be read.
        """
        self._solutions, self.mixture = solutions, mixture
        self._config, self._seed = config, seed
        self._pieces = [
            piece for path in config.texts for piece in _pieces(solutions.tokenizer, Path(path))
        ]
        Random(f"texts/{seed}").shuffle(self._pieces)

    def batch(self, step: int) -> Batch:
        """Return the texts of one step."""
        num_items = self._config.items_per_step
        groups = [self._group(step * num_items + place) for place in range(num_items)]
        num_tokens = sum(len(datum.completion) for group in groups for datum in group)
        return Batch(groups=groups, metrics={"tokens": float(num_tokens)})

    def _group(self, index: int) -> list[Datum]:
        """Return a piece of a user's text, or a question with its answer or answers."""
        seed = derive(self._seed, "pretrain", index)
        kind = Random(f"text or task/{seed}").random()
        if self._pieces and kind < self._config.text_share:
            return [_whole(self._pieces[index % len(self._pieces)])]
        family, task = self.mixture.draw(first_index(self._seed, "pretrain") + index, seed)
        rng = Random(f"at once/{seed}")
        if rng.random() < NO_ROOM_SHARE or not isinstance(family, Demonstrates):
            return [learned(*self._solutions.answer_at_once(task, task.target))]
        prompt, worked = self._solutions.write(family, task, seed)
        group = [learned(prompt, worked)]
        closer = self._solutions.tokenizer.think_close
        if closer in worked and rng.random() < self._config.empty_thought_share:
            group.append(learned(prompt, worked[worked.index(closer) :]))
        return group


def _whole(tokens: Sequence[int]) -> Datum:
    """Return a datum in which every token but the first is learned."""
    weights = (0.0, *[1.0] * (len(tokens) - 1))
    return Datum(prompt=(), completion=tuple(tokens), weights=weights)


def read_text(path: Path) -> str:
    """Return a user's text.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the text {path} cannot be read: {error}") from error


def _pieces(tokenizer: Tokenizer, path: Path) -> Iterator[tuple[int, ...]]:
    tokens, num_left_out = tokenizer.encode_raw(read_text(path), markup=False), 0
    for first in range(0, len(tokens) - 1, PIECE_TOKENS):
        piece = tokens[first : first + PIECE_TOKENS]
        if shares_words(tokenizer.decode(piece)):
            num_left_out += 1
        elif len(piece) > 1:
            yield tuple(piece)
    if num_left_out:
        say(
            f"{path}: {num_left_out} pieces of {PIECE_TOKENS} tokens share {NUM_WORDS} words with"
            " HumanEval and are left out"
        )
