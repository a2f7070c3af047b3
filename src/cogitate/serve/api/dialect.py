"""Converts the thinking options of all known clients to one `Budget`.

There are two dozen such options. "Off" takes precedence in any of them, then a number of tokens,
then an effort, then "on", then the server's default. Overruled fields are reported to the client.
The server's ceiling always applies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cogitate.budget import EFFORTS
from cogitate.serve.api.fields import at
from cogitate.serve.errors import BadRequest
from cogitate.types import Budget

Json = Mapping[str, Any]
Meaning = int | str
"""The meaning of a thinking option: a number of tokens (0 is off), an effort, or `ON`."""
ON = "on"

ANSWER_SHARE = 0.25
"""Share of a total limit that is reserved for the answer."""
_SHORTEST_ANSWER = 8
_MAX_NUMBER = 1e9
"""Largest number of tokens or milliseconds."""
_MAX_STOPS, _LONGEST_STOP, _SHOWN = 16, 256, 60
_SOFT_STOP_SHARE, _MAX_SOFT_STOP = 1 / 8, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The server's limits and defaults.

    Example: Ceiling(context=2048, think=1024, default=256)
    """

    context: int
    think: int
    """Most thought tokens of any request."""
    default: int
    """Most thought tokens of requests without a budget."""
    deadline_s: float | None = None
    """Latest deadline in seconds, and the default."""
    taught: tuple[int, ...] = ()
    """Thought budgets that were stated to the model in training."""
    answer: int | None = None
    """Most answer tokens in training, the first estimate of answers' lengths."""


def think_tokens(body: Json, ceiling: Ceiling) -> int:
    """Return the most thought tokens of a request, within the ceiling."""
    return min(_requested_tokens(body, ceiling), ceiling.think)


def budget(body: Json, ceiling: Ceiling, total: int | None) -> Budget:
    """Return the budget of a request; `total` limits thought and answer together.

    A small total shortens the thought before the answer.
    """
    think = think_tokens(body, ceiling)
    if total is not None:
        answer = min(total, max(_SHORTEST_ANSWER, int(ANSWER_SHARE * total)))
        think = min(think, max(0, total - answer - 1))
    min_think = int(_number(body, "min_thinking_tokens") or 0)
    return Budget(
        think=think,
        min_think=min(min_think, think),
        total=total,
        deadline_s=_deadline_s(body, ceiling),
        soft_stop=min(_MAX_SOFT_STOP, int(_SOFT_STOP_SHARE * think)),
        break_loops=True,
        probe_every=int(_number(body, "probe_every") or 0),
    )


def _deadline_s(body: Json, ceiling: Ceiling) -> float | None:
    deadline_ms = _number(body, "deadline_ms")
    if deadline_ms is None:
        return ceiling.deadline_s
    if deadline_ms < 1:
        raise BadRequest("a deadline is at least 1 ms", "deadline_ms")
    return min(deadline_ms / 1000, ceiling.deadline_s or deadline_ms / 1000)


def _requested_tokens(body: Json, ceiling: Ceiling) -> int:
    decided = _decided(_said(body))
    if decided is None:
        return ceiling.default
    if decided == ON:
        return ceiling.default or ceiling.think
    if isinstance(decided, str):
        return int(EFFORTS[decided] * ceiling.context)
    return ceiling.think if decided < 0 else decided


def overruled(
    body: Json, ceiling: Ceiling, *, can_think: bool, total: int | None = None
) -> list[str]:
    """Return the paths of the fields that are overruled; `total` as in `budget`."""
    said = _said(body)
    decided = _decided(said) if can_think else 0
    found = [path for path, meaning in said.items() if not _agrees(meaning, decided)]
    think = (budget(body, ceiling, total).think or 0) if can_think else 0
    if (_number(body, "min_thinking_tokens") or 0) > think:
        found.append("min_thinking_tokens")
    if (_number(body, "probe_every") or 0) and not think:
        found.append("probe_every")
    return found


def _decided(said: Mapping[str, Meaning]) -> Meaning | None:
    """Return the meaning with precedence: off, number, effort, on; the first of its kind."""
    return min(said.values(), key=_rank, default=None)


def _rank(meaning: Meaning) -> int:
    if isinstance(meaning, str):
        return 3 if meaning == ON else 2
    return int(meaning != 0)


def _agrees(meaning: Meaning, decided: Meaning | None) -> bool:
    return decided != 0 if meaning == ON else meaning == decided


def _said(body: Json) -> dict[str, Meaning]:
    """Return the meaning of each thinking option of a request, by its path."""
    found = {path: at(body, path) for path in _TOKENS + _LEVELS}
    return {
        path: _meaning(value, path)
        for path, value in found.items()
        if value is not None and not (path in _PARENTS and isinstance(value, Mapping))
    }


_TOKENS = (
    "thinking_token_budget",  # vLLM
    "thinking_budget_tokens",  # llama.cpp
    "thinking_budget",  # Qwen
    "reasoning_budget",  # Nemotron
    "thinking.budget_tokens",  # Anthropic
    "reasoning.max_tokens",  # OpenRouter
    "chat_template_kwargs.thinking_budget",
    "chat_template_kwargs.reasoning_budget",
)
_PARENTS = ("thinking", "reasoning")
"""Options themselves, unless they are objects."""
_LEVELS = (
    *_PARENTS,
    "thinking.type",  # DeepSeek, Anthropic
    "reasoning.enabled",  # OpenRouter
    "think",  # Ollama
    "enable_thinking",  # Qwen
    "chat_template_kwargs.enable_thinking",  # Qwen's template
    "chat_template_kwargs.thinking",  # DeepSeek's
    "reasoning_effort",  # OpenAI's chat
    "reasoning.effort",  # OpenAI's responses
    "chat_template_kwargs.reasoning_effort",
)
"""Each may be a switch or an effort."""
KNOWN = frozenset((*_TOKENS, *_LEVELS, "min_thinking_tokens", "probe_every", "deadline_ms"))
"""Paths of the fields that `budget` reads."""
_WORDS: dict[str, Meaning] = {"enabled": ON, "adaptive": ON, "auto": ON, "disabled": 0, "none": 0}


def _meaning(value: Any, path: str) -> Meaning:
    if path in _TOKENS:
        return _whole(value, path)
    if isinstance(value, bool):
        return ON if value else 0
    if isinstance(value, str) and value in _WORDS | EFFORTS:
        return _WORDS.get(value, value)
    words = ", ".join(_WORDS | EFFORTS)
    raise BadRequest(
        f"{path} is true, false or one of {words}, not {shown(value)}", path, "unsupported_value"
    )


def _whole(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRequest(f"{path} is a whole number of tokens, not {shown(value)}", path)
    return value


def _number(body: Json, name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= _MAX_NUMBER
    ):
        raise BadRequest(f"{name} is a number from 0 to {_MAX_NUMBER:g}, not {shown(value)}", name)
    return float(value)


def stops(value: str | Sequence[str] | None) -> tuple[str, ...]:
    r"""Return the stop strings of a request; an empty one would end every answer at once.

    Example: stops("\n") -> ("\n",)
    """
    given = [value] if isinstance(value, str) else list(value or ())
    if len(given) > _MAX_STOPS or not all(0 < len(stop) <= _LONGEST_STOP for stop in given):
        raise BadRequest(
            f"stop takes at most {_MAX_STOPS} strings of 1 to {_LONGEST_STOP} characters", "stop"
        )
    return tuple(given)


def shown(value: object) -> str:
    """Return a value as text for an error, shortened."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
