"""`/v1/responses`: OpenAI's newer endpoint, with the thought as an item of its own."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from cogitate.disk import encodable
from cogitate.prompt import Kind
from cogitate.serve.api import dialect
from cogitate.serve.api.asking import (
    ParsedRequest,
    event,
    from_messages,
    new_spans,
    schema_of,
    text_of,
)
from cogitate.serve.api.body import Content, Conversation, Count, cleaned
from cogitate.serve.api.reply import Reply
from cogitate.serve.engines.registry import ServedModel
from cogitate.serve.engines.worker import Job
from cogitate.serve.errors import BadRequest


class Item(BaseModel):
    """One item of a conversation: a message, or another item of an earlier answer."""

    model_config = ConfigDict(extra="allow")
    type: str = "message"
    role: str | None = None
    content: Content = None


class ResponsesBody(Conversation):
    """The fields of a request; others are named in a response header, or refused."""

    reads = frozenset(
        {
            *(f"input.*.{name}" for name in ("id", "type", "status", "role", "content")),
            *(f"input.*.content.*.{name}" for name in ("type", "text", "annotations")),
            *(
                f"text.format.{name}"
                for name in ("type", "schema", "name", "description", "strict")
            ),
            "text.format.json_schema.schema",
            "input.*.summary",
            "input.*.encrypted_content",
        }
    )
    refuses = ("previous_response_id", "conversation", "background", "tools", "prompt")
    unset: ClassVar[Mapping[str, object]] = {**Conversation.unset, "max_output_tokens": -1}
    input: str | list[Item]
    instructions: str | None = None
    max_output_tokens: Count | None = None
    n: int = Field(default=1, ge=1, le=1)
    text: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def total(self) -> int | None:
        """By its name here."""
        return self.max_output_tokens


Parsed = ParsedRequest[ResponsesBody]


def read(body: ResponsesBody, served: ServedModel) -> Parsed:
    """Parse a request.

    Raises:
        BadRequest: names the invalid or unsupported field.
    """
    body.refuse()
    schema = schema_of((body.text or {}).get("format"), "text.format")
    parsed = from_messages(body, served, list(_messages(body)), "resp")
    return parsed.following(schema)


async def whole(parsed: Parsed, job: Job) -> dict[str, Any]:
    """Return the response once it is done."""
    (reply,) = await parsed.whole_replies(job)
    return _response(parsed, reply)


async def chunks(parsed: Parsed, job: Job) -> AsyncIterator[str]:
    """Yield the response as named server-sent events, numbered in order."""
    (reply,) = replies = parsed.replies()
    number = itertools.count()

    def tell(name: str, **values: Any) -> str:
        named = f"response.{name}"
        return event({"type": named, "sequence_number": next(number), **values}, named)

    yield tell("created", response=_response(parsed, reply))
    yield tell("in_progress", response=_response(parsed, reply))
    items = _Items(parsed.id, tell)
    async for _, parts in new_spans(replies, job):
        for kind, text in parts:
            for line in items.add(kind, text):
                yield line
    for line in items.close():
        yield line
    response = _response(parsed, reply)
    yield tell(response["status"], response=response)


class _Items:
    """The output items of one stream; each is closed by the first text of the next."""

    def __init__(self, name: str, tell: Callable[..., str]) -> None:
        self._name, self._tell = name, tell
        self._place, self._text = -1, ""
        self._kind: Kind | None = None

    def add(self, kind: Kind, text: str) -> Iterator[str]:
        """Yield the events of a span."""
        if kind != self._kind:
            yield from self.close()
            self._place, self._kind, self._text = self._place + 1, kind, ""
            yield self._tell("output_item.added", output_index=self._place, item=self._item(None))
            if kind == "answer":
                part = {"type": "output_text", "text": "", "annotations": []}
                yield self._tell("content_part.added", part=part, **self._where())
        self._text += text
        name = "reasoning_text.delta" if kind == "thought" else "output_text.delta"
        yield self._tell(name, delta=text, **self._where())

    def close(self) -> Iterator[str]:
        """Yield the events that end the current item, if there is one."""
        if self._kind is None:
            return
        item = self._item(self._text)
        name = "reasoning_text.done" if self._kind == "thought" else "output_text.done"
        yield self._tell(name, text=self._text, **self._where())
        if self._kind == "answer":
            yield self._tell("content_part.done", part=item["content"][0], **self._where())
        yield self._tell("output_item.done", output_index=self._place, item=item)
        self._kind = None

    def _where(self) -> dict[str, Any]:
        item = self._item(None)["id"]
        return {"item_id": item, "output_index": self._place, "content_index": 0}

    def _item(self, text: str | None) -> dict[str, Any]:
        assert self._kind is not None
        return _item(self._name, self._place, self._kind, text)


def _messages(body: ResponsesBody) -> Iterator[dict[str, str]]:
    """Yield the messages of a conversation, without items of earlier reasoning."""
    if body.instructions:
        yield {"role": "system", "content": encodable(body.instructions)}
    if isinstance(body.input, str):
        yield {"role": "user", "content": encodable(body.input)}
        return
    for item in body.input:
        if item.type == "reasoning":
            continue
        role = "system" if item.role == "developer" else item.role
        if item.type != "message" or role not in ("user", "assistant", "system"):
            raise BadRequest(
                f"input items {dialect.shown(item.type)} of {dialect.shown(item.role)} are not"
                " supported",
                "input",
            )
        yield {"role": role, "content": text_of(item.content, "input")}


def _item(name: str, place: int, kind: Kind, text: str | None) -> dict[str, Any]:
    """Return the output item at a place; a text of None is an item in progress."""
    status = "in_progress" if text is None else "completed"
    if kind == "thought":
        content = [] if text is None else [{"type": "reasoning_text", "text": text}]
        item = {"type": "reasoning", "summary": [], "content": content, "status": status}
        return {"id": f"rs_{name}_{place}", **item}
    part = {"type": "output_text", "text": text, "annotations": []}
    content = [] if text is None else [part]
    item = {"type": "message", "role": "assistant", "content": content, "status": status}
    return {"id": f"msg_{name}_{place}", **item}


def _response(parsed: Parsed, reply: Reply) -> dict[str, Any]:
    """Return the response object for the reply so far."""
    body = parsed.body
    done = reply.rollout is not None
    parts = reply.parts if done else []
    output = [_item(parsed.id, place, kind, text) for place, (kind, text) in enumerate(parts)]
    cut = done and reply.finish_reason == "length"
    prompt = len(reply.request.prompt)
    usage: Mapping[str, Any] | None = (
        done
        and {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": reply.num_tokens,
            "output_tokens_details": {"reasoning_tokens": reply.num_thought},
            "total_tokens": prompt + reply.num_tokens,
        }
    ) or None
    return {
        "id": parsed.id,
        "object": "response",
        "created_at": parsed.created,
        "status": ("incomplete" if cut else "completed") if done else "in_progress",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "error": None,
        "instructions": None if body.instructions is None else encodable(body.instructions),
        "max_output_tokens": body.max_output_tokens,
        "model": parsed.served.name,
        "output": output,
        "parallel_tool_calls": False,
        "temperature": reply.request.temperature,
        "top_p": reply.request.top_p,
        "tool_choice": "none",
        "tools": [],
        "metadata": cleaned(body.metadata or {}),
        "usage": usage,
    }
