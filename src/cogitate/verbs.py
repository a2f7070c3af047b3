"""Verbs: callable modules, as in `cogitate.ask(model, question)`.

`ask`, `evaluate` and `train` are each a module and its main function. Importing a submodule binds
it in the package (`import cogitate.ask` sets `cogitate.ask`) in place of a function of that name.
So `cogitate.ask` is always the module, and calling it calls its function `ask`: the order of
imports does not matter.
"""

from types import ModuleType
from typing import Any

from cogitate.errors import UsageError


class Verb(ModuleType):
    """A module that can be called.

    Example: sys.modules["cogitate.ask"].__class__ = Verb; then cogitate.ask(...) is
    cogitate.ask.ask(...)
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function of the module's name."""
        return getattr(self, self.__name__.rpartition(".")[2])(*args, **kwargs)


def need_loaded(model: object) -> None:
    """Raise `UsageError` for the name of a model in place of a loaded model."""
    if not hasattr(model, "tokenizer"):
        raise UsageError(f"{model} is not loaded: pass cogitate.load({str(model)!r})")
