"""Recipes: functions that return a typed configuration, by name.

To add one, write a function in a file of its own and its line in `RECIPES`. Its parameters are
options of the command line, applied before any override.
"""

import difflib
import inspect
from collections.abc import Callable

from cogitate.config import TrainConfig
from cogitate.errors import UsageError
from cogitate.recipes.canary import canary
from cogitate.recipes.code import code
from cogitate.recipes.full import full
from cogitate.recipes.mini import mini
from cogitate.recipes.own import own
from cogitate.recipes.quickstart import quickstart
from cogitate.recipes.strawberry import strawberry

Recipe = Callable[..., TrainConfig]

RECIPES: dict[str, Recipe] = {
    "quickstart": quickstart,
    "strawberry": strawberry,
    "mini": mini,
    "full": full,
    "own": own,
    "canary": canary,
    "code": code,
}

__all__ = ["RECIPES", "Recipe", "find", "make"]


def find(name: str) -> Recipe:
    """Return a recipe by name.

    Raises:
        UsageError: there is no such recipe; names the nearest one.
    """
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, n=1)
    known = f"did you mean {near[0]}?" if near else f"known are {', '.join(RECIPES)}"
    raise UsageError(f"there is no recipe {name!r}; {known}")


def make(name: str) -> TrainConfig:
    """Return the configuration of a recipe without required parameters.

    Raises:
        UsageError: there is no such recipe, or it needs an argument.
    """
    recipe = find(name)
    parameters = inspect.signature(recipe).parameters.values()
    if missing := [p.name for p in parameters if p.default is p.empty]:
        raise UsageError(f"pass cogitate.recipes.{name}({missing[0]}=...) instead of {name!r}")
    return recipe()
