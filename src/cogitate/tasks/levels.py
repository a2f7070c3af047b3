"""Families whose difficulty can be chosen: integer levels, from 1 to their highest."""

from typing import Protocol, runtime_checkable

from cogitate.types import Family


@runtime_checkable
class Levelled(Protocol):
    """A family that knows how many levels of difficulty it has."""

    num_levels: int


def num_levels(family: Family) -> int | None:
    """Return the highest level; None where a family has none to choose from."""
    return family.num_levels if isinstance(family, Levelled) else None
