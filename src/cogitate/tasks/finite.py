"""Families whose questions are counted: files have an end, generators have none."""

from typing import Protocol, runtime_checkable

from cogitate.types import Family


@runtime_checkable
class Finite(Protocol):
    """A family that knows how many questions it has."""

    def size(self, split: str, level: int | None = None) -> int:
        """Return how many different questions a split has at a level, or in all."""
        ...


def size(family: Family, split: str, level: int | None = None) -> int | None:
    """Return how many questions a split has; None where they have no end."""
    return family.size(split, level) if isinstance(family, Finite) else None
