"""Verbs: modules that are called by their own name, as in `cogitate.ask(model, question)`.

`ask`, `evaluate` and `train` name a module and the function that it is for. Importing a submodule
binds it in the package (`import cogitate.ask` sets `cogitate.ask`), in place of a function of the
same name. So that the order of imports does not matter, `cogitate.ask` is always the module, and
calling it calls its function `ask`.
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
        """Call the function of the module's own name."""
        return getattr(self, self.__name__.rpartition(".")[2])(*args, **kwargs)


def need_loaded(model: object) -> None:
    """Refuse the name of a model where the model itself is needed."""
    if not hasattr(model, "tokenizer"):
        raise UsageError(f"{model} is not loaded: pass cogitate.load({str(model)!r})")
