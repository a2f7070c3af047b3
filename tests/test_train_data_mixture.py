"""The held-out slice of a run's tasks."""

from pathlib import Path

import pytest

from cogitate.environments import open_env
from cogitate.rollout.episodes import budget_of, history_of
from cogitate.tasks import load_family
from cogitate.tasks.capabilities import Interacts
from cogitate.train.data.mixture import HeldOut, Source
from cogitate.types import Budget

GAME = str(Path(__file__).parent.parent / "docs" / "examples" / "higher_lower.py")


@pytest.mark.parametrize("name", ["modules", "bugfix:turns=3", GAME])
def test_the_held_out_slice_is_asked_as_the_family_is(name: str) -> None:
    """In as many turns, with the same history, and to the end of the first block of code."""
    family = load_family(name)
    held_out = HeldOut(Source(family=family, weight=1.0, level=None), 2)
    assert isinstance(held_out, Interacts) == isinstance(family, Interacts)
    assert type(open_env(held_out)) is type(open_env(family))
    assert history_of(held_out) == history_of(family)
    budget = Budget(think=8, answer=8)
    assert budget_of(held_out, budget) == budget_of(family, budget)
