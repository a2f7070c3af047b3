"""`/v1/chat/completions`: a conversation in, one or more answers out, at once or as a stream."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from cogitate.prompt import Kind
from cogitate.serve.api.asking import (
    ParsedRequest,
    event,
    from_messages,
    new_spans,
    schema_of,
    text_of,
)
from cogitate.serve.api.body import (
    Content,
    Conversation,
    Count,
    StreamOptions,
    cleaned,
    template_of,
)
from cogitate.serve.api.fields import at
from cogitate.serve.api.reply import Reply, finite
from cogitate.serve.engines.registry import ServedModel
from cogitate.serve.engines.worker import Job
from cogitate.serve.errors import BadRequest

Visibility = Literal["both", "inline", "hidden", "summary"]
SUMMARY_CHARACTERS = 200
"""Length of a thought's summary, which is its end."""


class Turn(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content = None


class ChatBody(Conversation):
    """The fields of a request; others are named in a response header, or refused."""

    reads = frozenset(
        {
            "messages.*.role",
            "messages.*.content",
            "messages.*.content.*.type",
            "messages.*.content.*.text",
            "messages.*.reasoning",
            "messages.*.reasoning_content",
            "stream_options.include_usage",
            "response_format.type",
            "response_format.schema",
            "response_format.json_schema.schema",
            "response_format.json_schema.name",
            "response_format.json_schema.description",
            "response_format.json_schema.strict",
            "reasoning.exclude",
        }
    )
    refuses = ("tools", "functions", "logit_bias", "audio")
    unset: ClassVar[Mapping[str, object]] = {
        **Conversation.unset,
        "max_tokens": -1,
        "max_completion_tokens": -1,
    }
    messages: list[Turn] = Field(min_length=1)
    max_completion_tokens: Count | None = None
    max_tokens: Count | None = None
    stream_options: StreamOptions = StreamOptions()
    logprobs: bool = False
    top_logprobs: int | None = Field(default=None, ge=0, le=0)
    response_format: dict[str, Any] | None = None
    include_reasoning: bool = True
    reasoning_visibility: Visibility | None = None

    def known(self, served: ServedModel) -> set[str]:
        """Return the paths of all fields that are read, with those that the template reads."""
        names = template_of(served).names
        return super().known(served) | {f"messages.*.{name}" for name in names}

    def overruled(self, served: ServedModel) -> list[str]:
        """Return the paths of fields that others overrule, or that the model cannot follow."""
        both = (self.max_tokens, self.max_completion_tokens)
        found = ["max_tokens"] if None not in both and len(set(both)) > 1 else []
        if self.reasoning_visibility not in (None, self.visibility):
            found.append("reasoning_visibility")
        return [*found, *super().overruled(served)]

    @property
    def total(self) -> int | None:
        """By either of its names."""
        return self.max_completion_tokens or self.max_tokens

    def refuse(self) -> None:
        """Refuse unsupported fields, and combinations of them.

        Raises:
            BadRequest: names the first one.
        """
        super().refuse()
        if not isinstance(at(self.sent, "reasoning.exclude"), bool | None):
            raise BadRequest("reasoning.exclude is true or false", "reasoning.exclude")
        if self.stream and self.logprobs:
            raise BadRequest("logprobs are not streamed", "logprobs", "unsupported_parameter")

    @property
    def visibility(self) -> Visibility:
        """How the thought is shown; fields of vLLM's and OpenRouter's clients hide it."""
        if at(self.sent, "reasoning.exclude") or not self.include_reasoning:
            return "hidden"
        return self.reasoning_visibility or "both"


Parsed = ParsedRequest[ChatBody]


def read(body: ChatBody, served: ServedModel) -> Parsed:
    """Parse a request.

    Raises:
        BadRequest: names the invalid or unsupported field.
    """
    body.refuse()
    schema = schema_of(body.response_format, "response_format")
    names = template_of(served).names
    messages = [_message(turn, names) for turn in body.messages]
    parsed = from_messages(body, served, messages, "chatcmpl")
    return parsed.following(schema)


async def whole(parsed: Parsed, job: Job) -> dict[str, Any]:
    """Return the completion once all choices are done."""
    replies = await parsed.whole_replies(job)
    choices = [
        {
            "index": place,
            "message": {"role": "assistant", **_visible(parsed.body.visibility, reply)},
            "finish_reason": reply.finish_reason,
            "logprobs": _logprobs(reply) if parsed.body.logprobs else None,
        }
        for place, reply in enumerate(replies)
    ]
    return {**_head(parsed, "chat.completion"), "choices": choices, **_tail(parsed, replies)}


async def chunks(parsed: Parsed, job: Job) -> AsyncIterator[str]:
    """Yield the completion as server-sent events."""
    replies, visibility = parsed.replies(), parsed.body.visibility
    head = _head(parsed, "chat.completion.chunk")
    for place in range(len(replies)):
        yield event({**head, "choices": [_choice(place, {"role": "assistant", "content": ""})]})
    inline = [False] * len(replies)
    async for place, parts in new_spans(replies, job):
        for kind, text in parts:
            for delta in _deltas(visibility, kind, text, inline, place):
                yield event({**head, "choices": [_choice(place, delta)]})
        if replies[place].rollout is not None:
            for delta in _last_deltas(visibility, replies[place], tag_is_open=inline[place]):
                yield event({**head, "choices": [_choice(place, delta)]})
            end = _choice(place, {}, replies[place].finish_reason)
            yield event({**head, "choices": [end], "cogitate": _details([replies[place]])})
    if parsed.body.stream_options.include_usage:
        yield event({**head, "choices": [], **_tail(parsed, replies)})
    yield "data: [DONE]\n\n"


def _message(turn: Turn, names: Collection[str]) -> dict[str, Any]:
    """Return a message for the template.

    Args:
        turn: one message.
        names: further fields that the template reads.
    """
    role = "system" if turn.role == "developer" else turn.role
    if role == "tool":
        raise BadRequest("tools are not supported", "messages", "unsupported_value")
    extra = {n: v for n, v in (turn.model_extra or {}).items() if n in names}
    return {"role": role, "content": text_of(turn.content, "messages"), **cleaned(extra)}


def _visible(visibility: Visibility, reply: Reply) -> dict[str, str]:
    """Return the fields of a message; those of an empty thought are omitted."""
    if visibility == "inline":
        texts = (f"<think>{t}</think>" if kind == "thought" else t for kind, t in reply.parts)
        return {"content": "".join(texts)}
    thought = _summary(reply.thought) if visibility == "summary" else reply.thought
    if visibility == "hidden" or not thought:
        return {"content": reply.answer}
    return {"content": reply.answer, "reasoning_content": thought, "reasoning": thought}


def _deltas(
    visibility: Visibility, kind: Kind, text: str, inline: list[bool], place: int
) -> Iterator[dict[str, str]]:
    """Yield the deltas of a span; `inline` holds which choices have an open tag."""
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
    visibility: Visibility, reply: Reply, *, tag_is_open: bool
) -> Iterator[dict[str, str]]:
    """Yield the deltas after the last span."""
    if tag_is_open:
        yield {"content": "</think>"}
    if visibility == "summary" and (thought := _summary(reply.thought)):
        yield {"reasoning_content": thought, "reasoning": thought}


def _summary(thought: str) -> str:
    """Return the end of a thought, from the beginning of a word."""
    if len(thought) <= SUMMARY_CHARACTERS:
        return thought
    return "..." + thought[-SUMMARY_CHARACTERS:].partition(" ")[2]


def _choice(place: int, delta: Mapping[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": place, "delta": dict(delta), "finish_reason": finish, "logprobs": None}


def _head(parsed: Parsed, kind: str) -> dict[str, Any]:
    return {
        "id": parsed.id,
        "object": kind,
        "created": parsed.created,
        "model": parsed.served.name,
        "system_fingerprint": f"cogitate-{parsed.served.created}",
    }


def _tail(parsed: Parsed, replies: list[Reply]) -> dict[str, Any]:
    """Return the usage, and details of each choice's thinking."""
    prompt = len(parsed.requests[0].prompt)
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
    ended = [(reply, reply.rollout) for reply in replies if reply.rollout is not None]
    return [
        {
            "thinking_stop": str(rollout.thought_end),
            "thinking_budget": rollout.request.budget.think,
            "thinking_tokens": reply.num_thought,
            "tokens": len(rollout.tokens),
            "deadline_s": rollout.request.budget.deadline_s,
            "seconds": round(rollout.seconds, 4),
        }
        for reply, rollout in ended
    ]


def _logprobs(reply: Reply) -> dict[str, Any]:
    """Return the log-probability of each token of the answer, up to a stop.

    It is of the distribution that the token was drawn from, or at temperature 1 if it is greedy.
    A character of several tokens is the text of the last one; `bytes` are each token's own.
    """
    assert reply.rollout is not None
    tokens, logprobs = reply.rollout.tokens, reply.rollout.logprobs
    content: list[dict[str, Any]] = []
    num_characters = 0
    for run in filter(None, reply.answer_runs):
        before = (*reply.request.prompt, *tokens[: run[0]])
        written = [tokens[place] for place in run]
        texts = reply.tokenizer.pieces(written, before, skip_special=False)
        for place, text in zip(run, texts, strict=True):
            if reply.stopped and num_characters >= reply.num_written:
                break
            num_characters += len(text)
            entry = {"token": text, "logprob": finite(logprobs[place])}
            spelled = list(reply.tokenizer.spell(tokens[place]))
            content.append({**entry, "bytes": spelled, "top_logprobs": []})
    return {"content": content, "refusal": None}
