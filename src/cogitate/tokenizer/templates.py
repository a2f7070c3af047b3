"""Chat templates: messages to the text that a model was taught to go on from.

Templates are Jinja programs that come with a model, so they run in an immutable sandbox, with
the few globals that Hugging Face gives them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cogitate.errors import ModelError

Message = Mapping[str, Any]
"""Example: {"role": "user", "content": "How many r's?"}"""

CHATML = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}"
    "{% endif %}"
)
"""Ours, for models that learn to think here: no system message unless one is given."""

BRIEF = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'][0] }} {{ message['content'] }}<|im_end|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>a "
    "{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}"
    "{% endif %}"
)
"""Ours, for models from nothing, in which every letter is a token: roles by their initials."""

TELL_BUDGET = (
    "{% if thinking_budget is defined %}"
    "{% set told = ' [think at most ' ~ thinking_budget ~ ']' %}"
    "{% set messages = messages[:-1] + [{'role': messages[-1]['role'],"
    " 'content': messages[-1]['content'] ~ told}] %}"
    "{% endif %}"
)
"""Put before any template, tells the thought budget, in tokens, at the end of what is asked, as
L1 does (arXiv 2503.04697)."""

OPEN_THOUGHT = (
    "{% if add_generation_prompt and (enable_thinking is not defined or enable_thinking) %}"
    "<think>{% endif %}"
)
"""Put after a foreign template, opens the thought where the template goes on to the answer."""

PLAIN = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
"""For models without a template, which were never taught to chat."""


def render(template: str, messages: Sequence[Message], variables: Mapping[str, Any]) -> str:
    r"""Return the text of a conversation.

    Example: render(PLAIN, [{"role": "user", "content": "2+2?"}], {}) -> "2+2?\n"

    Raises:
        ModelError: the template does not parse, refuses the messages, or tries to escape.
    """
    try:
        return _compiled(template).render(messages=messages, **variables)
    except (TemplateError, TypeError, ValueError) as error:
        raise ModelError(f"the model's chat template failed: {error}") from error


@lru_cache(maxsize=8)
def _compiled(source: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters.update(tojson=_tojson)  # pyright: ignore[reportUnknownMemberType]
    environment.globals.update(  # pyright: ignore[reportUnknownMemberType]
        raise_exception=_raise_exception, strftime_now=_strftime_now
    )
    return environment.from_string(source)


def _tojson(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _strftime_now(pattern: str) -> str:
    return datetime.now().astimezone().strftime(pattern)
