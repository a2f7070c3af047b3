"""The scheduler: short prompts are prefilled whole, a long one chunk by chunk."""

import sys
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from cogitate.engine.kv_cache import Slot
from cogitate.engine.prefix_cache import Prefix, Prefixes
from cogitate.engine.sequence import SequenceState


@dataclass(slots=True, kw_only=True)
class Group:
    """Sequences with the same prompt, which is computed once.

    Example: Group(prompt=(1, 5, 9), sequences=[sequence, sequence])
    """

    prompt: tuple[int, ...]
    sequences: list[SequenceState]
    num_done: int = 0
    """Tokens of the prompt whose keys and values are computed."""
    prefix: Prefix | None = None
    """Cached keys and values of its beginning, if any."""
    aside: Slot | None = None
    """The slot of a prompt that is prefilled in chunks."""
    scores: list[tuple[float, int, float]] = field(default_factory=list[tuple[float, int, float]])
    """Scores of the prompt's own tokens; see `Rollout.prompt_scores`."""


class Scheduler:
    """A queue in order of arrival, except that short prompts pass long ones."""

    def __init__(self, chunk: int | None, prefixes: Prefixes) -> None:
        """Prefill more than `chunk` tokens of a prompt in chunks; with None, all prompts whole.

        Those of its tokens that are in `prefixes` do not count.
        """
        self._chunk, self._prefixes = chunk or sys.maxsize, prefixes
        self._waiting: deque[SequenceState] = deque()
        self._long: deque[Group] = deque()

    def __len__(self) -> int:
        """Return the number of waiting sequences, those of long prompts included."""
        return len(self._waiting) + self._num_reserved()

    def add(self, sequence: SequenceState) -> None:
        """Queue a sequence."""
        self._waiting.append(sequence)

    def num_tokens(self, prompts: Collection[tuple[int, ...]]) -> int:
        """Return the tokens to compute until these prompts are done; short ones pass long ones."""
        waiting = {sequence.request.prompt for sequence in self._waiting} | set(prompts)
        if all(len(prompt) <= self._chunk for prompt in prompts):
            return sum(len(prompt) for prompt in waiting if len(prompt) <= self._chunk)
        long = sum(len(group.prompt) - group.num_done for group in self._long)
        return long + sum(map(self._num_new, waiting))

    def remove(self, leaves: Callable[[SequenceState], bool]) -> list[SequenceState]:
        """Remove and return the waiting sequences for which `leaves` is true."""
        left = [sequence for sequence in self._waiting if leaves(sequence)]
        self._waiting = deque(sequence for sequence in self._waiting if not leaves(sequence))
        for group in self._long:
            left += [sequence for sequence in group.sequences if leaves(sequence)]
            group.sequences = [sequence for sequence in group.sequences if not leaves(sequence)]
        self._long = deque(group for group in self._long if group.sequences)
        return left

    def is_urgent(self, since: float) -> bool:
        """Return whether a waiting sequence has a deadline or arrived before `since`.

        Those whose long prompt is being prefilled do not count.
        """
        return any(
            sequence.deadline is not None or sequence.started < since for sequence in self._waiting
        )

    def next_size(self) -> int:
        """Return the tokens of the next prompt that one step computes."""
        return min(self._chunk, len(self._waiting[0].request.prompt)) if self._waiting else 0

    def take(self, free: int, room: int) -> list[Group]:
        """Return the groups to prefill whole now; long prompts are left to `chunk`.

        Args:
            free: the number of free rows.
            room: the most prompt tokens, which the first prompt may exceed; 0 takes none.
        """
        if not room:
            return []
        free -= self._num_reserved()
        groups: dict[tuple[object, ...], Group] = {}
        long = {_key(group.sequences[0]): group for group in self._long}
        while self._waiting and free > 0:
            sequence, key = self._waiting[0], _key(self._waiting[0])
            known = groups.get(key) or long.get(key)
            group = known or self._group(sequence)
            num_new = len(group.prompt) - group.num_done
            if known is None and groups and self._chunk >= num_new > room:
                break
            self._waiting.popleft()
            free -= 1
            if known is not None:
                known.sequences.append(sequence)
            elif num_new > self._chunk:
                long[key] = group
                self._long.append(group)
            else:
                groups[key] = group
                room -= num_new
        return list(groups.values())

    def chunk(self, room: int) -> tuple[Group, int] | None:
        """Return the next long prompt, and the end of its next chunk.

        The first with a deadline takes precedence, else the first.

        Args:
            room: the most tokens.
        """
        if not self._long or not room:
            return None
        urgent = [
            g for g in self._long if any(sequence.deadline is not None for sequence in g.sequences)
        ]
        group = urgent[0] if urgent else self._long[0]
        return group, min(len(group.prompt), group.num_done + min(room, self._chunk))

    def finish(self, group: Group) -> None:
        """Remove a long prompt whose prefill is complete."""
        self._long.remove(group)

    def _group(self, sequence: SequenceState) -> Group:
        """Return a new group with the cached prefix of its prompt; scoring needs all of it."""
        prompt = sequence.request.prompt
        prefix = None if sequence.request.echo else self._prefixes.find(prompt)
        num_done = 0 if prefix is None else len(prefix.tokens)
        return Group(prompt=prompt, sequences=[sequence], prefix=prefix, num_done=num_done)

    def _num_new(self, prompt: tuple[int, ...]) -> int:
        """Return the number of tokens of a prompt that are not cached."""
        prefix = self._prefixes.find(prompt)
        return len(prompt) - (0 if prefix is None else len(prefix.tokens))

    def _num_reserved(self) -> int:
        return sum(len(group.sequences) for group in self._long)


def _key(sequence: SequenceState) -> tuple[object, ...]:
    """Return the key that is equal for sequences that start together."""
    return sequence.request.prompt, sequence.request.echo
