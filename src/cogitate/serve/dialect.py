"""Every client's way to ask for thinking, brought down to one `Budget`.

Thinking is asked for in a dozen ways. The first that is there decides, in this order: a number
of tokens (vLLM's, llama.cpp's, Anthropic's and OpenRouter's fields), a switch (DeepSeek's,
OpenRouter's, Ollama's, a template's), an effort (OpenAI's), the server's own. The server's is a
ceiling throughout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cogitate.budget import EFFORTS
from cogitate.serve.errors import BadRequest
from cogitate.types import Budget

Json = Mapping[str, Any]

ANSWER_SHARE = 0.25
"""Of the tokens that thought and answer may take together, those that are kept for the answer."""
_SHORTEST_ANSWER = 8
_MOST = 1e9
"""Of any number of tokens or milliseconds."""
_MOST_STOPS, _LONGEST_STOP, _SHOWN = 16, 256, 60
_GRACE_SHARE, _MOST_GRACE = 1 / 8, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What the server allows and assumes.

    Example: Ceiling(context=2048, think=1024, default=256)
    """

    context: int
    think: int
    """Thought tokens at most, whatever is asked for."""
    default: int
    """Thought tokens at most where nothing is asked for."""
    deadline_s: float | None = None
    """Seconds at most, and where nothing is asked for."""
    taught: tuple[int, ...] = ()
    """Budgets that the model was told in training."""
    answer: int | None = None
    """Answer tokens at most in training, by which answers are first reckoned."""


def think_tokens(body: Json, ceiling: Ceiling) -> int:
    """Return the thought tokens at most that a request asks for, within the ceiling."""
    return min(_asked_tokens(body, ceiling), ceiling.think)


def budget(body: Json, ceiling: Ceiling, total: int | None) -> Budget:
    """Return what a request may spend; `total` bounds thought and answer together.

    Too small a total shrinks the thought, never the answer away.
    """
    think = think_tokens(body, ceiling)
    if total is not None:
        answer = min(total, max(_SHORTEST_ANSWER, int(ANSWER_SHARE * total)))
        think = min(think, max(0, total - answer - 1))
    least = int(_number(body, "min_thinking_tokens") or 0)
    return Budget(
        think=think,
        least=min(least, think),
        total=total,
        deadline_s=_deadline_s(body, ceiling),
        grace=min(_MOST_GRACE, int(_GRACE_SHARE * think)),
        break_loops=True,
        probe_every=int(_number(body, "probe_every") or 0),
    )


def _deadline_s(body: Json, ceiling: Ceiling) -> float | None:
    asked_ms = _number(body, "deadline_ms")
    if asked_ms is None:
        return ceiling.deadline_s
    if asked_ms < 1:
        raise BadRequest("a deadline is at least 1 ms", "deadline_ms")
    return min(asked_ms / 1000, ceiling.deadline_s or asked_ms / 1000)


def _asked_tokens(body: Json, ceiling: Ceiling) -> int:
    for path in _TOKENS:
        value = _at(body, path)
        if value is not None:
            tokens = _whole(value, path)
            return ceiling.think if tokens < 0 else tokens
    for path in _SWITCHES:
        value = _at(body, path)
        if value is not None and _is_on(value, path) is False:
            return 0
    for path in _EFFORTS:
        value = _at(body, path)
        if isinstance(value, str):
            return _effort(value, path, ceiling)
    return ceiling.default


_TOKENS = (
    "thinking_token_budget",  # vLLM
    "thinking_budget_tokens",  # llama.cpp
    "thinking.budget_tokens",  # Anthropic
    "reasoning.max_tokens",  # OpenRouter
    "chat_template_kwargs.thinking_budget",
)
_SWITCHES = (
    "thinking.type",  # DeepSeek, Anthropic
    "reasoning.enabled",  # OpenRouter
    "think",  # Ollama
    "chat_template_kwargs.enable_thinking",  # Qwen's template
    "chat_template_kwargs.thinking",  # DeepSeek's
)
_EFFORTS = ("reasoning_effort", "reasoning.effort", "think")
"""OpenAI's chat, OpenAI's responses, Ollama's levels."""
KNOWN = frozenset(path.partition(".")[0] for path in (*_TOKENS, *_SWITCHES, *_EFFORTS)) | {
    "min_thinking_tokens",
    "probe_every",
    "deadline_ms",
}
"""Fields that `budget` reads."""


def _at(body: Json, path: str) -> Any:
    """Return what stands at a dotted path; None where nothing does."""
    found: Any = body
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None  # pyright: ignore
    return found


def _whole(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRequest(f"{path} is a whole number of tokens, not {shown(value)}", path)
    return value


def _is_on(value: Any, path: str) -> bool | None:
    """Return what a switch says; None where it is a level, which is an effort."""
    words = {"enabled": True, "adaptive": True, "disabled": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in words:
        return words[value]
    if path == "think" and isinstance(value, str) and value in EFFORTS:
        return None
    raise BadRequest(f"{path} does not know {shown(value)}", path)


def _effort(word: str, path: str, ceiling: Ceiling) -> int:
    if word not in EFFORTS:
        raise BadRequest(
            f"{path} is one of {', '.join(EFFORTS)}, not {shown(word)}", path, "unsupported_value"
        )
    return int(EFFORTS[word] * ceiling.context)


def _number(body: Json, name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        raise BadRequest(f"{name} is a number from 0 to {_MOST:g}, not {shown(value)}", name)
    return float(value)


def stops(value: str | Sequence[str] | None) -> tuple[str, ...]:
    r"""Return the stop strings of a request; an empty one would end every answer at once.

    Example: stops("\n") -> ("\n",)
    """
    given = [value] if isinstance(value, str) else list(value or ())
    if len(given) > _MOST_STOPS or not all(0 < len(stop) <= _LONGEST_STOP for stop in given):
        raise BadRequest(
            f"stop takes at most {_MOST_STOPS} strings of 1 to {_LONGEST_STOP} characters", "stop"
        )
    return tuple(given)


def shown(value: object) -> str:
    """Return what was sent, for an error's one line."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
