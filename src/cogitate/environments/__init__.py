"""Environments: episodes of one turn or several.

    env = open_env(load_family("countdown"))
    env.reset(task) -> [{"role": "user", "content": "..."}]
    env.step("3 * 7 - 2") -> Step(done=True, verdict=Verdict(reward=1.0))

A family is an environment of one turn. Those such as code:turns=3 have several, and so may a class
`Env` of a user's file.
"""

from cogitate.environments.one_turn import OneTurn
from cogitate.environments.remote import Remote
from cogitate.environments.steps import StepsLater, begin_later, step_later
from cogitate.protocols import Env, Family
from cogitate.tasks.capabilities import Interacts

__all__ = ["OneTurn", "Remote", "StepsLater", "begin_later", "open_env", "step_later"]


def open_env(family: Family) -> Env:
    """Return a new environment for one task of a family."""
    return Remote(family) if isinstance(family, Interacts) else OneTurn(family)
