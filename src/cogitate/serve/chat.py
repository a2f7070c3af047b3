"""`/v1/chat/completions`: a conversation in, one or more answers out, at once or as a stream."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cogitate.errors import ModelError
from cogitate.prompt import conversation_tokens
from cogitate.serve import dialect
from cogitate.serve.errors import BadRequest
from cogitate.serve.reply import Kind, Reply
from cogitate.serve.served import Served
from cogitate.serve.worker import Job
from cogitate.types import Budget, Request

Visibility = Literal["both", "inline", "hidden", "summary"]
SUMMARY_CHARACTERS = 200
"""Of a thought's end, told in its place where a summary is asked for."""
_ACCEPTED = frozenset({"user", "store", "metadata", "parallel_tool_calls", "service_tier",
                       "frequency_penalty", "presence_penalty", "extra_body"})  # fmt: skip
"""Without effect here; clients send them unasked."""


class Turn(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None

    def text(self) -> str:
        """Return the text of the content, whatever parts it comes in."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        if any(
            part.get("type") not in ("text", "input_text", "output_text") for part in self.content
        ):
            raise BadRequest("only text can be read here", "messages", "unsupported_value")
        return "".join(str(part.get("text", "")) for part in self.content)


class ChatBody(BaseModel):
    """What a client may send; other fields are named in a response header, or refused."""

    model_config = ConfigDict(extra="allow")
    model: str | None = None
    messages: list[Turn] = Field(min_length=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0)
    min_p: float = Field(default=0.0, ge=0, le=1)
    seed: int | None = None
    n: int = Field(default=1, ge=1, le=64)
    stop: str | list[str] | None = None
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    logprobs: bool = False
    top_logprobs: int | None = Field(default=None, ge=0, le=0)
    include_reasoning: bool = True
    reasoning_visibility: Visibility | None = None

    def ignored(self) -> list[str]:
        """Return the names of fields that nobody here understands."""
        extra = self.model_extra or {}
        return sorted(name for name in extra if name not in dialect.KNOWN | _ACCEPTED)

    def thinking(self) -> dict[str, Any]:
        """Return the fields that say how to think, those nested for the client's sake included."""
        extra = self.model_extra or {}
        nested = extra.get("extra_body")
        return {**(nested if isinstance(nested, Mapping) else {}), **extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One request, understood.

    Example: read(body, served)
    """

    served: Served
    body: ChatBody
    requests: tuple[Request, ...]
    stop: tuple[str, ...]
    visibility: Visibility
    id: str
    created: int

    def replies(self) -> list[Reply]:
        """Return what is to be filled, one for each choice."""
        tokenizer = self.served.policy.tokenizer
        return [Reply(tokenizer, request, self.stop) for request in self.requests]


def read(body: ChatBody, served: Served) -> Chat:
    """Understand a request.

    Raises:
        BadRequest: names the field that cannot be done.
    """
    tokenizer = served.policy.tokenizer
    total = body.max_completion_tokens or body.max_tokens
    budget = dialect.budget(body.thinking(), served.ceiling, total)
    if tokenizer.think_open is None:
        budget = Budget(think=0, total=total, deadline_s=budget.deadline_s)
    messages = [_message(turn) for turn in body.messages]
    try:
        prompt = conversation_tokens(tokenizer, messages, budget)
    except ModelError as error:
        raise BadRequest(str(error), "messages") from error
    temperature = body.temperature if body.temperature is not None else float(body.n > 1)
    first = body.seed if body.seed is not None else uuid.uuid4().int
    requests = tuple(
        Request(
            prompt=prompt,
            budget=budget,
            temperature=temperature,
            top_p=body.top_p,
            top_k=body.top_k,
            min_p=body.min_p,
            seed=(first + place) % 2**63,
        )
        for place in range(body.n)
    )
    return Chat(
        served=served,
        body=body,
        requests=requests,
        stop=dialect.stops(body.stop),
        visibility=body.reasoning_visibility or ("both" if body.include_reasoning else "hidden"),
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
    )


async def whole(chat: Chat, job: Job) -> dict[str, Any]:
    """Return the completion once all choices are done."""
    replies = chat.replies()
    async for place, _ in told(replies, job):
        del place
    choices = [
        {
            "index": place,
            "message": {"role": "assistant", **_visible(chat.visibility, reply)},
            "finish_reason": reply.finish_reason,
            "logprobs": _logprobs(reply) if chat.body.logprobs else None,
        }
        for place, reply in enumerate(replies)
    ]
    return {**_head(chat, "chat.completion"), "choices": choices, **_tail(chat, replies)}


async def chunks(chat: Chat, job: Job) -> AsyncIterator[str]:
    """Yield the completion as server-sent events."""
    replies = chat.replies()
    head = _head(chat, "chat.completion.chunk")
    for place in range(len(replies)):
        yield event({**head, "choices": [_choice(place, {"role": "assistant", "content": ""})]})
    inline = [False] * len(replies)
    async for place, parts in told(replies, job):
        for kind, text in parts:
            for delta in _deltas(chat.visibility, kind, text, inline, place):
                yield event({**head, "choices": [_choice(place, delta)]})
        if replies[place].rollout is not None:
            for delta in _last_deltas(chat.visibility, replies[place], inline[place]):
                yield event({**head, "choices": [_choice(place, delta)]})
            end = _choice(place, {}, replies[place].finish_reason)
            yield event({**head, "choices": [end], "cogitate": _details([replies[place]])})
    if (chat.body.stream_options or {}).get("include_usage"):
        yield event({**head, "choices": [], **_tail(chat, replies)})
    yield "data: [DONE]\n\n"


async def told(replies: list[Reply], job: Job) -> AsyncIterator[tuple[int, list[tuple[Kind, str]]]]:
    """Yield (choice, what is new of it) until all are done; a stop string ends its choice."""
    async for place, happened in job:
        was_stopped = replies[place].stopped
        parts = replies[place].push(happened)
        if replies[place].stopped and not was_stopped and happened.rollout is None:
            job.cancel(place)
        yield place, parts


def _message(turn: Turn) -> dict[str, str]:
    """Return a turn as templates take it; earlier reasoning is not shown to the model again."""
    role = "system" if turn.role == "developer" else turn.role
    if role == "tool":
        raise BadRequest("tools are not supported", "messages", "unsupported_value")
    return {"role": role, "content": turn.text()}


def _visible(visibility: Visibility, reply: Reply) -> dict[str, str]:
    """Return the fields of a message; a thought is never told as null."""
    if visibility == "inline":
        thought = f"<think>{reply.thought}</think>" if reply.thought else ""
        return {"content": thought + reply.answer}
    thought = _summary(reply.thought) if visibility == "summary" else reply.thought
    if visibility == "hidden" or not thought:
        return {"content": reply.answer}
    return {"content": reply.answer, "reasoning_content": thought, "reasoning": thought}


def _deltas(
    visibility: Visibility, kind: Kind, text: str, inline: list[bool], place: int
) -> Iterator[dict[str, str]]:
    """Yield the deltas that tell a stretch of text; `inline` knows which tags are open."""
    if kind == "answer":
        if inline[place]:
            inline[place] = False
            yield {"content": "</think>"}
        yield {"content": text}
    elif visibility == "both":
        yield {"reasoning_content": text, "reasoning": text}
    elif visibility == "inline":
        if not inline[place]:
            inline[place] = True
            yield {"content": "<think>"}
        yield {"content": text}


def _last_deltas(
    visibility: Visibility,
    reply: Reply,
    tag_is_open: bool,  # noqa: FBT001
) -> Iterator[dict[str, str]]:
    if tag_is_open:
        yield {"content": "</think>"}
    if visibility == "summary" and (thought := _summary(reply.thought)):
        yield {"reasoning_content": thought, "reasoning": thought}


def _summary(thought: str) -> str:
    """Return the end of a thought, from a word's beginning on."""
    if len(thought) <= SUMMARY_CHARACTERS:
        return thought
    return "..." + thought[-SUMMARY_CHARACTERS:].partition(" ")[2]


def _choice(place: int, delta: Mapping[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": place, "delta": dict(delta), "finish_reason": finish, "logprobs": None}


def _head(chat: Chat, kind: str) -> dict[str, Any]:
    return {
        "id": chat.id,
        "object": kind,
        "created": chat.created,
        "model": chat.served.name,
        "system_fingerprint": f"cogitate-{chat.served.created}",
    }


def _tail(chat: Chat, replies: list[Reply]) -> dict[str, Any]:
    """Return what was used, and how each choice's thinking ended."""
    prompt = len(chat.requests[0].prompt)
    completion = sum(reply.num_tokens for reply in replies)
    return {
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "completion_tokens_details": {
                "reasoning_tokens": sum(reply.num_thought for reply in replies)
            },
        },
        "cogitate": _details(replies),
    }


def _details(replies: list[Reply]) -> list[dict[str, Any]]:
    rollouts = [reply.rollout for reply in replies if reply.rollout is not None]
    return [
        {
            "thinking_stop": str(rollout.thought_end),
            "thinking_budget": rollout.request.budget.think,
            "thinking_tokens": len(rollout.thought),
            "tokens": len(rollout.tokens),
            "deadline_s": rollout.request.budget.deadline_s,
            "seconds": round(rollout.seconds, 4),
        }
        for rollout in rollouts
    ]


def _logprobs(reply: Reply) -> dict[str, Any]:
    """Return the log-probability of each answer token."""
    assert reply.rollout is not None
    start = len(reply.rollout.thought)
    tokens = zip(reply.rollout.answer, reply.rollout.logprobs[start:], strict=True)
    content = [
        {"token": text, "logprob": value, "bytes": list(text.encode()), "top_logprobs": []}
        for token, value in tokens
        if (text := reply.tokenizer.decode([token]))
    ]
    return {"content": content, "refusal": None}


def event(values: Mapping[str, Any]) -> str:
    """Return one server-sent event."""
    return f"data: {json.dumps(values, ensure_ascii=False)}\n\n"
