"""Chat templates: from messages to the prompt text that a model was trained on.

Templates are Jinja programs that come with a model, so they run in an immutable sandbox. They get
the same variables as in `apply_chat_template` of transformers, and nothing else.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import Template, TemplateError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from cogitate.errors import ModelError
from cogitate.types import Message

CHATML = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}"
    "{% endif %}"
)
"""For models trained to think by cogitate: no system message unless one is given."""

BRIEF = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'][0] }} {{ message['content'] }}<|im_end|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>a "
    "{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}"
    "{% endif %}"
)
"""For models from random weights, where every letter is a token: roles by their initials."""

TELL_BUDGET = (
    "{% if thinking_budget is defined %}"
    "{% set told = ' [think at most ' ~ thinking_budget ~ ']' %}"
    "{% set messages = messages[:-1] + [{'role': messages[-1]['role'],"
    " 'content': messages[-1]['content'] ~ told}] %}"
    "{% endif %}"
)
"""Prefix of any template that states the thought budget, in tokens, at the end of the question, as
in L1 (arXiv 2503.04697)."""

OPEN_THOUGHT = (
    "{% if add_generation_prompt and (enable_thinking is not defined or enable_thinking) %}"
    "<think>{% endif %}"
)
"""Suffix of a foreign template that opens the thought after the generation prompt."""

PLAIN = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
"""For models without a template, which were not trained on chats."""


_REASONING = ("reasoning_content", "thinking", "reasoning")
"""Fields of a message that may hold its thought; templates read the first, some the second."""


def render(template: str, messages: Sequence[Message], variables: Mapping[str, Any]) -> str:
    r"""Return the text of a conversation.

    Example: render(PLAIN, [{"role": "user", "content": "2+2?"}], {}) -> "2+2?\n"

    Raises:
        ModelError: the template does not parse, refuses the messages, or tries to escape.
    """
    shown = [_shown(message) for message in messages]
    given = {"tools": None, "documents": None, **variables, "messages": shown}
    try:
        return _compiled(template).render(given)
    except Exception as error:  # a template is a program: it fails in any way that programs do
        raise _failed(error) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Names that a template reads.

    Example: reads("{{ messages[0].name }}{{ date }}").variables -> {"messages", "date"}
    """

    variables: frozenset[str]
    names: frozenset[str]
    """Attributes and keys, including the fields of messages."""


@lru_cache(maxsize=8)
def reads(template: str) -> Reads:
    """Return the names that a template reads.

    Raises:
        ModelError: the template does not parse.
    """
    try:
        syntax = _environment().parse(template)
    except TemplateError as error:
        raise _failed(error) from error
    names = {node.attr for node in syntax.find_all(nodes.Getattr)}
    texts = (str(node.value) for node in syntax.find_all(nodes.Const))
    names |= {text for text in texts if text.isidentifier()}
    return Reads(
        variables=frozenset(meta.find_undeclared_variables(syntax)),
        names=frozenset(names if names.isdisjoint(_REASONING) else names.union(_REASONING)),
    )


def opening_thought(template: str) -> str:
    """Return a foreign template that opens the thought after the generation prompt."""
    if template[-1:].isspace():  # Jinja drops a last line break, and spaces before a tag
        template = template.removesuffix("\n") + "{{ '' }}"
    return template + OPEN_THOUGHT


def of_several(named: Mapping[str, str]) -> str:
    """Join several named templates to one that selects as transformers does.

    "tool_use" is for conversations with tools, "default" for all others.
    """
    missing = "this model has several chat templates, none of which is named default"
    default = named.get("default", f"{{{{ raise_exception('{missing}') }}}}")
    if "tool_use" not in named:
        return default
    # The line breaks belong to the tags. The empty strings keep white space at a template's end.
    with_tools, without = (text.removesuffix("\n") for text in (named["tool_use"], default))
    return (
        f"{{% if tools is not none %}}\n{with_tools}{{{{ '' }}}}"
        f"{{% else %}}\n{without}{{{{ '' }}}}{{% endif %}}"
    )


def _shown(message: Message) -> dict[str, Any]:
    """Return a message as in transformers: without nulls, the thought under each of its names."""
    shown = {name: value for name, value in message.items() if value is not None}
    thought = next((shown[name] for name in _REASONING if name in shown), None)
    if thought is None:
        return shown
    return {"thinking": thought, **shown, "reasoning_content": thought}


def _failed(error: Exception) -> ModelError:
    return ModelError(f"the model's chat template failed: {' '.join(str(error).split())}")


@lru_cache(maxsize=8)
def _compiled(source: str) -> Template:
    return _environment().from_string(source)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
    )
    environment.filters.update(tojson=_tojson)  # pyright: ignore[reportUnknownMemberType]
    environment.globals.update(  # pyright: ignore[reportUnknownMemberType]
        raise_exception=_raise_exception,
        strftime_now=_strftime_now,
        dict=_Dict(),
        namespace=_Namespace,
    )
    return environment


class _Generation(Extension):
    """`{% generation %}` marks the assistant's text, for training; it does not change the text."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


class _Dict:
    """`dict` of templates: makes dictionaries without giving access to the class."""

    def __call__(self, *args: Any, **fields: Any) -> dict[Any, Any]:
        return dict(*args, **fields)

    def fromkeys(self, *args: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args)


class _Namespace(Namespace):
    """`namespace` of templates: refuses leading underscores, which would expose internals."""

    def __init__(*args: Any, **fields: Any) -> None:  # so that a field may be called `self`
        for name in dict(*args[1:], **fields):
            _check_name(name)
        Namespace.__init__(*args, **fields)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        Namespace.__setitem__(self, name, value)


def _check_name(name: Any) -> None:
    if str(name).startswith("_"):
        raise SecurityError(f"a namespace takes no name that begins with an underscore: {name!r}")


def _tojson(  # templates pass the arguments in this order
    value: Any,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _strftime_now(pattern: str) -> str:
    return now().strftime(pattern)


def now() -> datetime:
    """Return the local time without its zone."""
    return datetime.now().astimezone().replace(tzinfo=None)
