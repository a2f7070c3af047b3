"""The model that a command takes where the user names none: the best that is pulled."""

from cogitate.errors import UsageError
from cogitate.models.hub import base_of, is_pulled
from cogitate.models.sources.aliases import ALIASES, Published
from cogitate.notices import say

ASKED = ("mini",)
"""Of `ask` and `serve`, best first; the last is part of the package."""
CODERS = ("qwen2.5-coder-1.5b", "coder")
"""Of `tdd` and `debug`, best first, by docs/results/code.md; `coder` is pulled with its base."""


def model_to_ask() -> str:
    """Return the model that answers questions; say in a line what another would need."""
    model = next(name for name in ASKED if is_pulled(name))
    if model != ASKED[0]:
        say(
            f"mini knows countdown, arithmetic and calendar questions only; {ASKED[0]} knows more:"
            f" {_pulling(ASKED[0])}",
            dim=True,
        )
    return model


def model_to_code() -> str:
    """Return the model that writes code, and say which it is.

    Raises:
        UsageError: none is pulled; it names the command that pulls one, and its size.
    """
    model = next((name for name in CODERS if is_pulled(name)), None)
    if model is None:
        raise UsageError(
            f"no model is pulled: {_pulling(CODERS[0])}; or name one by --model, or a server by"
            " --url"
        )
    say(f"asking {model}, the best that is pulled; --model names another")
    return model


def _pulling(name: str) -> str:
    weights = ALIASES[base_of(name) or name]
    size = f" ({weights.num_bytes / 1e9:.1f} GB)" if isinstance(weights, Published) else ""
    return f"cogitate models pull {weights.alias}{size}"
