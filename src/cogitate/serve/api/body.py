"""The fields of a request: those that are read, refused, or without effect."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from cogitate.disk import encodable
from cogitate.errors import ModelError
from cogitate.serve.api import dialect
from cogitate.serve.api.fields import at, unread
from cogitate.serve.engines.registry import ServedModel
from cogitate.serve.errors import BadRequest
from cogitate.tokenizer import Reads

MAX_TOKENS = 10**9
_PENALTIES = ("frequency_penalty", "presence_penalty")
_WITHOUT_EFFECT = ("user", "safety_identifier", "prompt_cache_key", "parallel_tool_calls")
"""Fields that do not affect the answer; they are not reported."""
_NEUTRAL: Mapping[str, Sequence[object]] = {
    "store": (False,),
    "service_tier": ("auto", "default"),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "truncation": ("disabled",),
    "include": ([],),
    "best_of": (1,),
    "modalities": (["text"],),
    "repetition_penalty": (1,),
    "metadata": ({},),
    "ignore_eos": (False,),
}
"""Fields that are not read, with the values that match what the server does."""
_OURS = frozenset({"messages", "add_generation_prompt", "enable_thinking", "thinking_budget"})
"""Variables of a template that the server sets."""


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number is needed, not true or false")  # noqa: TRY004 - pydantic's way
    return value


Count = Annotated[int, Field(ge=1, le=MAX_TOKENS), BeforeValidator(_no_truth)]


class Part(BaseModel):
    """A part of a message's content."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str | None = None


Content = str | list[Part] | None


class StreamOptions(BaseModel):
    """Options of a stream."""

    model_config = ConfigDict(extra="allow")
    include_usage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A request as it was sent."""

    given: Mapping[str, Any]
    """Its fields, with those in `extra_body`."""
    nested: Collection[str]
    """The names of those in `extra_body`."""
    doubled: Sequence[str]
    """The names of those in `extra_body` that contradict the same field outside."""


class Body(BaseModel):
    """The fields of all endpoints; thinking options of all known servers are accepted."""

    model_config = ConfigDict(extra="allow")
    reads: ClassVar[frozenset[str]] = frozenset()
    """Paths of nested fields that are read."""
    refuses: ClassVar[tuple[str, ...]] = ()
    """Unsupported fields that must not be ignored, since they change the question."""
    unset: ClassVar[Mapping[str, object]] = {"seed": -1, "top_k": -1, "stop": ""}
    """Values that other servers treat as unset."""
    model: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0, le=MAX_TOKENS)
    min_p: float = Field(default=0.0, ge=0, le=1)
    seed: int | None = None
    n: int = Field(default=1, ge=1)
    stop: str | list[str] | None = None
    stream: bool = False
    _sent: _Sent = PrivateAttr()

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, sent: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Treat null as unset, and the contents of `extra_body` as fields."""
        if not isinstance(sent, Mapping):
            return handler(sent)
        outer = {n: v for n, v in cast(Mapping[str, Any], sent).items() if v is not None}
        nested: Mapping[str, Any] = {}
        if isinstance(outer.get("extra_body"), Mapping):
            nested = outer.pop("extra_body")
        merged = {**nested, **outer}
        given = {name: value for name, value in merged.items() if not cls._is_unset(name, value)}
        body = handler(given)
        body._sent = _Sent(  # noqa: SLF001
            given=given,
            nested=nested.keys() - outer.keys(),
            doubled=[n for n, v in nested.items() if outer.get(n, v) != v and v is not None],
        )
        return body

    @classmethod
    def _is_unset(cls, name: str, value: object) -> bool:
        unset = cls.unset.get(name)
        is_same = value == unset and isinstance(value, bool) == isinstance(unset, bool)
        return value is None or is_same

    def ignored(self, served: ServedModel) -> list[str]:
        """Return the dotted paths of all fields without effect."""
        given = {n: v for n, v in self.sent.items() if v not in _NEUTRAL.get(n, ())}
        found = {*unread(given, self.known(served)), *self.overruled(served)}
        named = [f"extra_body.{p}" if p.split(".")[0] in self._sent.nested else p for p in found]
        return sorted([*named, *(f"extra_body.{name}" for name in self._sent.doubled)])

    def known(self, served: ServedModel) -> set[str]:
        """Return the paths of all fields that are read or refused."""
        del served  # its template matters only for messages
        own = {*type(self).model_fields, *self.reads, *self.refuses, *_PENALTIES, *_WITHOUT_EFFECT}
        return own | dialect.KNOWN

    def overruled(self, served: ServedModel) -> list[str]:
        """Return the paths of fields that others overrule, or that the model cannot follow."""
        can_think = served.model.tokenizer.think_open is not None
        return dialect.overruled(self.sent, served.ceiling, can_think=can_think, total=self.total)

    @property
    def total(self) -> int | None:
        """Most tokens of thought and answer together; None if the request sets no limit."""
        return None

    def refuse(self) -> None:
        """Refuse unsupported fields.

        Raises:
            BadRequest: names the first one.
        """
        for name in (*self.refuses, *_PENALTIES):
            if self.sent.get(name):
                raise BadRequest(f"{name} is not supported here", name, "unsupported_parameter")

    @property
    def sent(self) -> Mapping[str, Any]:
        """All fields of the request; `dialect` reads the thinking options."""
        return self._sent.given


class Conversation(Body):
    """A request whose prompt is made by the chat template."""

    def known(self, served: ServedModel) -> set[str]:
        """Return the paths of all fields that are read, with the template's variables."""
        variables = template_of(served).variables - _OURS
        return super().known(served) | {f"chat_template_kwargs.{name}" for name in variables}

    def variables(self, served: ServedModel) -> dict[str, Any]:
        """Return the variables of the template that a request sets."""
        given: Any = at(self.sent, "chat_template_kwargs")
        if not isinstance(given, Mapping):
            return {}
        overruled = self.overruled(served)
        return {
            name: cleaned(value)
            for name, value in cast(Mapping[str, Any], given).items()
            if name in template_of(served).variables - _OURS
            and f"chat_template_kwargs.{name}" not in overruled
        }


def template_of(served: ServedModel) -> Reads:
    """Return the names that a model's chat template reads.

    Raises:
        BadRequest: the template does not parse.
    """
    try:
        return served.model.tokenizer.reads
    except ModelError as error:
        raise BadRequest(str(error), "messages") from error


def cleaned(value: Any) -> Any:
    """Return a JSON value with all its texts cleaned."""
    return json.loads(encodable(json.dumps(value, ensure_ascii=False)))
