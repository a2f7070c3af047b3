"""The model that is asked where the user names none: the best that is pulled."""

from cogitate.errors import UsageError
from cogitate.models import known
from cogitate.models.hub import base_of
from cogitate.models.sources.aliases import ALIASES, Published

PREFERRED = ("qwen2.5-coder-1.5b", "coder", "qwen2.5-coder-0.5b")
"""Best first, by docs/results/code.md."""


def default_model() -> str:
    """Return the first preferred model that is pulled.

    Raises:
        UsageError: none is; it names the command that pulls one, and its size.
    """
    pulled = {model.name for model in known() if model.pulled}
    if found := next((name for name in PREFERRED if name in pulled), None):
        return found
    first = PREFERRED[0]
    weights = ALIASES[base_of(first) or first]
    size = f" ({weights.num_bytes / 1e9:.1f} GB)" if isinstance(weights, Published) else ""
    raise UsageError(
        f"no model is pulled: cogitate models pull {first} fetches one{size}; or name one by"
        " --model, or a server by --url"
    )
