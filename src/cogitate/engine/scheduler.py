"""What waits to start: short prompts go in whole, a long one chunk by chunk."""

import sys
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from cogitate.engine.kv_cache import Slot
from cogitate.engine.prefix_cache import Prefix, Prefixes
from cogitate.engine.sequence import SequenceState


@dataclass(slots=True, kw_only=True)
class Group:
    """Rows that start with the same prompt, which is computed once.

    Example: Group(prompt=(1, 5, 9), rows=[row, row])
    """

    prompt: tuple[int, ...]
    rows: list[SequenceState]
    num_done: int = 0
    """Tokens of the prompt whose keys and values are there already."""
    prefix: Prefix | None = None
    """Keys and values of its beginning, where they are known."""
    aside: Slot | None = None
    """Where it grows, if in chunks."""
    scores: list[tuple[float, int, float]] = field(default_factory=list[tuple[float, int, float]])
    """Of the prompt's own tokens; see `Rollout.prompt_scores`."""


class Scheduler:
    """The queue, in order of arrival but for long prompts, which let short ones pass."""

    def __init__(self, chunk: int | None, prefixes: Prefixes) -> None:
        """Take a prompt of more than `chunk` tokens in chunks; None: take all of them whole.

        A prompt of which `prefixes` know the beginning is taken like a long one.
        """
        self._chunk, self._prefixes = chunk or sys.maxsize, prefixes
        self._waiting: deque[SequenceState] = deque()
        self._long: deque[Group] = deque()

    def __len__(self) -> int:
        """Return the number of rows that wait, those of long prompts included."""
        return len(self._waiting) + self._num_reserved()

    def add(self, row: SequenceState) -> None:
        """Queue a row."""
        self._waiting.append(row)

    def num_tokens(self, prompts: Collection[tuple[int, ...]]) -> int:
        """Return the tokens to be computed until these prompts are; short ones pass long ones."""
        waiting = {row.request.prompt for row in self._waiting} | set(prompts)
        if all(len(prompt) <= self._chunk for prompt in prompts):
            return sum(len(prompt) for prompt in waiting if len(prompt) <= self._chunk)
        long = sum(len(group.prompt) - group.num_done for group in self._long)
        return long + sum(map(self._num_new, waiting))

    def remove(self, leaves: Callable[[SequenceState], bool]) -> list[SequenceState]:
        """Take out and return the rows that leave before they have begun."""
        left = [row for row in self._waiting if leaves(row)]
        self._waiting = deque(row for row in self._waiting if not leaves(row))
        for group in self._long:
            left += [row for row in group.rows if leaves(row)]
            group.rows = [row for row in group.rows if not leaves(row)]
        self._long = deque(group for group in self._long if group.rows)
        return left

    def hurries(self, since: float) -> bool:
        """Say whether a row that waits for a short prompt has a deadline or came before `since`."""
        return any(row.deadline is not None or row.started < since for row in self._waiting)

    def next_size(self) -> int:
        """Return the tokens that the next prompt is computed with at once."""
        return min(self._chunk, len(self._waiting[0].request.prompt)) if self._waiting else 0

    def take(self, free: int, room: int) -> list[Group]:
        """Return the groups that start now, whole; long prompts are put aside for `chunk`.

        Args:
            free: rows that nobody has.
            room: tokens of prompts at most, but for a first prompt; 0 takes none.
        """
        if not room:
            return []
        free -= self._num_reserved()
        groups: dict[tuple[object, ...], Group] = {}
        long = {_key(group.rows[0]): group for group in self._long}
        while self._waiting and free > 0:
            prompt, key = self._waiting[0].request.prompt, _key(self._waiting[0])
            known = groups.get(key) or long.get(key)
            if known is None and groups and self._chunk >= len(prompt) > room:
                break
            row = self._waiting.popleft()
            free -= 1
            if known is not None:
                known.rows.append(row)
                continue
            group = self._group(row)
            if len(prompt) > self._chunk or group.prefix is not None:
                long[key] = group
                self._long.append(group)
            else:
                groups[key] = group
                room -= len(prompt)
        return list(groups.values())

    def chunk(self, room: int) -> tuple[Group, int] | None:
        """Return the long prompt whose turn it is, and up to where it is to be computed now.

        The first that has a deadline, or else the first.

        Args:
            room: tokens at most.
        """
        if not self._long or not room:
            return None
        urgent = [g for g in self._long if any(row.deadline is not None for row in g.rows)]
        group = urgent[0] if urgent else self._long[0]
        return group, min(len(group.prompt), group.num_done + min(room, self._chunk))

    def finish(self, group: Group) -> None:
        """Let a long prompt go, which is in the cache now."""
        self._long.remove(group)

    def _group(self, row: SequenceState) -> Group:
        """Begin a group, behind what is known of its prompt; to score one takes all of it."""
        prompt = row.request.prompt
        prefix = None if row.request.echo else self._prefixes.find(prompt)
        num_done = 0 if prefix is None else len(prefix.tokens)
        return Group(prompt=prompt, rows=[row], prefix=prefix, num_done=num_done)

    def _num_new(self, prompt: tuple[int, ...]) -> int:
        """Return the tokens of a prompt that are not known from before."""
        prefix = self._prefixes.find(prompt)
        return len(prompt) - (0 if prefix is None else len(prefix.tokens))

    def _num_reserved(self) -> int:
        return sum(len(group.rows) for group in self._long)


def _key(row: SequenceState) -> tuple[object, ...]:
    """Return what rows have in common that start together."""
    return row.request.prompt, row.request.echo
