"""The fields of a request: which are read, which are refused, and which have no effect."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from cogitate.errors import ModelError
from cogitate.serve.api import dialect
from cogitate.serve.api.fields import at, unread
from cogitate.serve.engines.registry import ServedModel
from cogitate.serve.errors import BadRequest
from cogitate.tokenizer import Reads

MOST_TOKENS = 10**9
_PENALTIES = ("frequency_penalty", "presence_penalty")
_WITHOUT_EFFECT = ("user", "safety_identifier", "prompt_cache_key", "parallel_tool_calls")
"""Fields that say nothing of the answer; clients send them unasked."""
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
"""Fields that nobody reads, with the values that ask for nothing else than what is done."""
_OURS = frozenset({"messages", "add_generation_prompt", "enable_thinking", "thinking_budget"})
"""Variables of a template that are set here."""

Count = Annotated[int, Field(ge=1, le=MOST_TOKENS)]


class Part(BaseModel):
    """A stretch of a message's content."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str | None = None


Content = str | list[Part] | None


class StreamOptions(BaseModel):
    """What a stream tells besides the answer."""

    model_config = ConfigDict(extra="allow")
    include_usage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A request as it was sent."""

    given: Mapping[str, Any]
    """Its fields, those in `extra_body` among them."""
    nested: Collection[str]
    """Those that stood in `extra_body`."""
    doubled: Sequence[str]
    """Those in `extra_body` that say otherwise than the same ones outside."""


class Body(BaseModel):
    """The fields that each way of asking has; how to think may be said in any dialect."""

    model_config = ConfigDict(extra="allow")
    reads: ClassVar[frozenset[str]] = frozenset()
    """Paths of what is read inside fields."""
    refuses: ClassVar[tuple[str, ...]] = ()
    """Fields that change what is asked, so that without them another question is answered."""
    unset: ClassVar[Mapping[str, object]] = {"seed": -1, "top_k": -1, "stop": ""}
    """Values that other servers take for a field that is not there."""
    model: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0, le=MOST_TOKENS)
    min_p: float = Field(default=0.0, ge=0, le=1)
    seed: int | None = None
    n: int = Field(default=1, ge=1, le=64)
    stop: str | list[str] | None = None
    stream: bool = False
    _sent: _Sent = PrivateAttr()

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, sent: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Take a null for a field that is not there, and what is in `extra_body` for fields."""
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
        """Return the dotted paths of all that was sent and has no effect."""
        given = {n: v for n, v in self.sent.items() if v not in _NEUTRAL.get(n, ())}
        found = {*unread(given, self.known(served)), *self.overruled(served)}
        named = [f"extra_body.{p}" if p.split(".")[0] in self._sent.nested else p for p in found]
        return sorted([*named, *(f"extra_body.{name}" for name in self._sent.doubled)])

    def known(self, served: ServedModel) -> set[str]:
        """Return the paths of all that is read or refused."""
        del served  # its template has a say only where there are messages
        own = {*type(self).model_fields, *self.reads, *self.refuses, *_PENALTIES, *_WITHOUT_EFFECT}
        return own | dialect.KNOWN

    def overruled(self, served: ServedModel) -> list[str]:
        """Return the paths of fields that others contradict, or that the model cannot obey."""
        can_think = served.model.tokenizer.think_open is not None
        return dialect.overruled(self.sent, served.ceiling, can_think=can_think)

    def refuse(self) -> None:
        """Refuse what cannot be done.

        Raises:
            BadRequest: names the first that is there.
        """
        for name in (*self.refuses, *_PENALTIES):
            if self.sent.get(name):
                raise BadRequest(f"{name} is not supported here", name, "unsupported_parameter")

    @property
    def sent(self) -> Mapping[str, Any]:
        """All that was sent; `dialect` finds in it how to think."""
        return self._sent.given


class Conversation(Body):
    """A request whose prompt a chat template makes."""

    def known(self, served: ServedModel) -> set[str]:
        """Return the paths of all that is read; variables of the template are."""
        variables = template_of(served).variables - _OURS
        return super().known(served) | {f"chat_template_kwargs.{name}" for name in variables}

    def variables(self, served: ServedModel) -> dict[str, Any]:
        """Return the variables that a request sets for the template, and that it reads."""
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
    """Return what a model's chat template looks at.

    Raises:
        BadRequest: the template does not parse.
    """
    try:
        return served.model.tokenizer.reads
    except ModelError as error:
        raise BadRequest(str(error), "messages") from error


def clean(text: str) -> str:
    """Return text in which half characters, which JSON can carry, are "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cleaned(value: Any) -> Any:
    """Return a value of JSON with all its texts clean."""
    return json.loads(clean(json.dumps(value, ensure_ascii=False)))
