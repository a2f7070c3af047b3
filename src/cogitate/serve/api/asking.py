"""The common part of all endpoints: sampling, the prompt, the stream of events."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar, cast

from cogitate.budget import with_stated
from cogitate.disk import encodable
from cogitate.errors import ModelError
from cogitate.prompt import Span, conversation_tokens
from cogitate.serve.api import dialect
from cogitate.serve.api.body import Body, Content, Conversation
from cogitate.serve.api.fields import at
from cogitate.serve.api.reply import Reply
from cogitate.serve.engines.registry import ServedModel
from cogitate.serve.engines.worker import Job
from cogitate.serve.errors import BadRequest
from cogitate.types import Budget, Request

B = TypeVar("B", bound=Body)
C = TypeVar("C", bound=Conversation)

_MAX_CHOICES = 256
_LONGEST_SCHEMA = 2**16
_CHARACTERS_PER_TOKEN = 32
"""Texts with more characters for each token of the context are refused before tokenisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRequest(Generic[B]):
    """One request of a client as requests of the engine, one for each choice.

    Example: from_messages(body, served, [{"role": "user", "content": "2+2?"}], "chatcmpl")
    """

    body: B
    served: ServedModel
    requests: tuple[Request, ...]
    stop: tuple[str, ...]
    id: str
    created: int

    def following(self, schema: str) -> Self:
        """Return the same with a JSON Schema for its answers; an empty one changes nothing.

        Raises:
            UsageError: the schema is not supported.
        """
        if schema:
            self.served.model.compile(schema)  # outside of the engine's thread
        return replace(self, requests=tuple(replace(r, schema=schema) for r in self.requests))

    def replies(self, *, raw: bool = False) -> list[Reply]:
        """Return an empty reply for each choice; see `Reply` for `raw`."""
        tokenizer = self.served.model.tokenizer
        return [Reply(tokenizer, request, self.stop, raw=raw) for request in self.requests]

    async def whole_replies(self, job: Job, *, raw: bool = False) -> list[Reply]:
        """Return the reply for each choice, once all are done."""
        replies = self.replies(raw=raw)
        async for _ in new_spans(replies, job):
            pass
        return replies


def from_messages(
    body: C,
    served: ServedModel,
    messages: Sequence[Mapping[str, Any]],
    prefix: str,
) -> ParsedRequest[C]:
    """Parse a request with messages; its id begins with `prefix`.

    Without a temperature a single choice is greedy, and several are sampled at 1.

    Raises:
        BadRequest: names the invalid or unsupported field.
    """
    tokenizer, ceiling, total = served.model.tokenizer, served.ceiling, body.total
    variables = body.variables(served)
    values = (value for fields in (*messages, variables) for value in fields.values())
    need_short(sum(len(str(value)) for value in values), served)

    def rendered(budget: Budget) -> tuple[int, ...]:
        try:
            return conversation_tokens(tokenizer, messages, budget, variables)
        except ModelError as error:
            raise BadRequest(str(error), "messages") from error

    def fitted(prompt: tuple[int, ...]) -> Budget:
        room = max(1, ceiling.context - len(prompt))
        return dialect.budget(body.sent, ceiling, min(total or room, room))

    speed = served.worker.speed
    planned = with_stated(dialect.budget(body.sent, ceiling, total), ceiling.taught, speed)
    prompt = rendered(planned)
    real = with_stated(fitted(prompt), ceiling.taught, speed)
    if tokenizer.tells_budget and real.stated and real.stated != planned.stated:  # it is long
        planned, prompt = real, rendered(real)
    budget = fitted(prompt)
    think = min(budget.think or 0, planned.think or 0)
    least = min(budget.min_think, think)
    budget = replace(budget, think=think, min_think=least, stated=planned.stated)
    return from_prompts(body, served, [prompt], budget, prefix)


def from_prompts(
    body: B,
    served: ServedModel,
    prompts: Sequence[tuple[int, ...]],
    budget: Budget,
    prefix: str,
    *,
    echo: bool = False,
) -> ParsedRequest[B]:
    """Return a parsed request of `n` choices for each prompt; its id begins with `prefix`.

    Raises:
        BadRequest: there are too many choices, or invalid stop strings.
    """
    if len(prompts) * body.n > _MAX_CHOICES:
        raise BadRequest(f"at most {_MAX_CHOICES} choices at once", "n")
    first = body.seed if body.seed is not None else uuid.uuid4().int
    requests = [
        Request(
            prompt=prompt,
            budget=budget,
            temperature=float(body.n > 1) if body.temperature is None else body.temperature,
            top_p=body.top_p,
            top_k=body.top_k,
            min_p=body.min_p,
            seed=(first + place) % 2**63,
            echo=echo,
        )
        for prompt in prompts
        for place in range(body.n)
    ]
    return ParsedRequest(
        body=body,
        served=served,
        requests=tuple(requests),
        stop=dialect.stops(body.stop),
        id=f"{prefix}-{uuid.uuid4().hex}",
        created=int(time.time()),
    )


async def new_spans(replies: Sequence[Reply], job: Job) -> AsyncIterator[tuple[int, list[Span]]]:
    """Yield (choice, its new spans) until all are done; a stop string ends its choice."""
    async for place, happened in job:
        was_stopped = replies[place].stopped
        parts = replies[place].push(happened)
        if replies[place].stopped and not was_stopped and happened.rollout is None:
            job.finish(place)
        yield place, parts


def text_of(content: Content, param: str) -> str:
    """Return the text of a message's content, whole or in parts.

    Raises:
        BadRequest: a part is not text.
    """
    if content is None or isinstance(content, str):
        return encodable(content or "")
    if any(part.type not in ("text", "input_text", "output_text") for part in content):
        raise BadRequest("only text is supported", param, "unsupported_value")
    return encodable("".join(part.text or "" for part in content))


def need_short(num_characters: int, served: ServedModel) -> None:
    """Refuse a text that cannot fit the context, before it is tokenised.

    Raises:
        BadRequest: it is too long.
    """
    max_characters = _CHARACTERS_PER_TOKEN * served.ceiling.context
    if num_characters > max_characters:
        raise BadRequest(
            f"{num_characters} characters are more than a context of {served.ceiling.context}"
            f" tokens can hold; send at most {max_characters}",
            "messages",
            "context_length_exceeded",
        )


def schema_of(value: Any, param: str) -> str:
    """Return the JSON Schema of an answer's format; empty if any text is allowed.

    Chat completions nest a schema one level deeper than responses. llama.cpp accepts a schema with
    `json_object` too.

    Raises:
        BadRequest: names the field.
    """
    if not value:
        return ""
    form = cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}
    schemas = [at(form, path) for path in ("schema", "json_schema.schema")]
    match form.get("type"), [schema for schema in schemas if schema is not None]:
        case "text", []:
            return ""
        case "json_object", found if found in ([], [{}]):
            schema = {"type": "object"}
        case "json_object" | "json_schema", [dict(schema)]:
            pass
        case _:
            known = "text, json_object, or json_schema with an object as its schema"
            raise BadRequest(f"{param} is {known}", param, "unsupported_value")
    text = encodable(json.dumps(schema, ensure_ascii=False))
    if len(text) > _LONGEST_SCHEMA:
        raise BadRequest(f"a schema has at most {_LONGEST_SCHEMA} characters", param)
    return text


def event(values: Mapping[str, Any], name: str | None = None) -> str:
    """Return one server-sent event, with a name if the endpoint uses names."""
    named = f"event: {name}\n" if name else ""
    return f"{named}data: {json.dumps(values, ensure_ascii=False)}\n\n"
