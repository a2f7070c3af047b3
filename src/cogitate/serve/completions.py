"""`/v1/completions`: raw text or token ids gone on with, and scored where `echo` asks for it."""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field

from cogitate.serve import dialect
from cogitate.serve.asking import Asked, event, from_prompts, need_short, told
from cogitate.serve.body import MOST_TOKENS, Body, clean
from cogitate.serve.errors import BadRequest
from cogitate.serve.reply import Reply, finite
from cogitate.serve.served import Served
from cogitate.serve.worker import Job

Score = tuple[float, int, float]
"""Log-probability, likeliest token, its log-probability."""


class CompletionBody(Body):
    """What a client may send; other fields are named in a response header, or refused."""

    reads = frozenset({"stream_options.include_usage"})
    refuses = ("suffix", "logit_bias", "response_format")
    unset: ClassVar[Mapping[str, object]] = {**Body.unset, "logprobs": False}
    prompt: str | list[int] | list[str] | list[list[int]]
    max_tokens: int = Field(default=16, ge=0, le=MOST_TOKENS)
    stream_options: dict[str, Any] | None = None
    echo: bool = False
    logprobs: int | None = Field(default=None, ge=0, le=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completing:
    """One request, understood: the choices of all its prompts, in order.

    Example: read(body, served)
    """

    asked: Asked
    body: CompletionBody


def read(body: CompletionBody, served: Served) -> Completing:
    """Understand a request.

    Raises:
        BadRequest: names the field that cannot be done.
    """
    body.refuse()
    if body.stream and (body.echo or body.logprobs is not None):
        raise BadRequest("echo and logprobs are not streamed", "echo", "unsupported_parameter")
    return Completing(
        asked=from_prompts(
            body,
            served,
            _prompts(body, served),
            dialect.budget(body.sent, served.ceiling, max(1, body.max_tokens)),
            "cmpl",
            echo=body.echo and body.logprobs is not None,
        ),
        body=body,
    )


async def whole(completing: Completing, job: Job) -> dict[str, Any]:
    """Return the completion once all choices are done."""
    replies = completing.asked.replies(trim=False)
    async for _ in told(replies, job):
        pass
    choices = [_choice(completing.body, place, reply) for place, reply in enumerate(replies)]
    return {**_head(completing), "choices": choices, "usage": _usage(completing, replies)}


async def chunks(completing: Completing, job: Job) -> AsyncIterator[str]:
    """Yield the completion as server-sent events."""
    replies, head = completing.asked.replies(trim=False), _head(completing)
    async for place, parts in told(replies, job):
        for _, text in parts:
            yield event({**head, "choices": [{"index": place, "text": text, "logprobs": None,
                                              "finish_reason": None}]})  # fmt: skip
        if replies[place].rollout is not None:
            last = {"index": place, "text": "", "logprobs": None}
            reason = replies[place].finish_reason
            yield event({**head, "choices": [{**last, "finish_reason": reason}]})
    if (completing.body.stream_options or {}).get("include_usage"):
        yield event({**head, "choices": [], "usage": _usage(completing, replies)})
    yield "data: [DONE]\n\n"


def _prompts(body: CompletionBody, served: Served) -> list[tuple[int, ...]]:
    """Return the token ids of each prompt; markup in a text means itself, as in a template."""
    tokenizer = served.policy.tokenizer
    texts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
    need_short(sum(len(text) for text in texts if isinstance(text, str)), served)
    given: list[Any] = [body.prompt] if isinstance(body.prompt, str) else [*body.prompt]
    if given and isinstance(given[0], int):
        given = [given]
    prompts = [tuple(tokenizer.encode_markup(clean(p)) if isinstance(p, str) else p) for p in given]
    if not prompts or not all(prompts):
        raise BadRequest("a prompt has at least one token", "prompt")
    if any(not 0 <= token < tokenizer.size for prompt in prompts for token in prompt):
        raise BadRequest(f"token ids are 0 to {tokenizer.size - 1}", "prompt")
    return prompts


def _head(completing: Completing) -> dict[str, Any]:
    return {
        "id": completing.asked.id,
        "object": "text_completion",
        "created": completing.asked.created,
        "model": completing.asked.served.name,
    }


def _choice(body: CompletionBody, place: int, reply: Reply) -> dict[str, Any]:
    """Return a choice; thought and answer are one text here."""
    decode = reply.tokenizer.decode
    before = decode(reply.request.prompt, skip_special=False) if body.echo else ""
    text = reply.thought + reply.answer if body.max_tokens else ""
    return {
        "index": place,
        "text": before + text,
        "finish_reason": reply.finish_reason,
        "logprobs": None if body.logprobs is None else _logprobs(body, reply),
    }


def _logprobs(body: CompletionBody, reply: Reply) -> dict[str, Any]:
    """Return each token with its log-probability, and the likeliest in its place where known."""
    rollout = reply.rollout
    assert rollout is not None
    num = min(reply.num_tokens, body.max_tokens)
    tokens, scores = list(rollout.tokens[:num]), list[Score | None]()
    scores += [(v, t, v) for t, v in zip(tokens, rollout.logprobs[:num], strict=True)]
    if body.echo:
        tokens = [*reply.request.prompt, *tokens]
        scores = [None, *rollout.prompt_scores, *scores]
    names = [reply.tokenizer.decode([token], skip_special=False) for token in tokens]
    told = list(zip(names, scores, strict=True))
    return {
        "tokens": names,
        "token_logprobs": [score and finite(score[0]) for score in scores],
        "top_logprobs": [score and _top(reply, name, score) for name, score in told],
        "text_offset": [0, *itertools.accumulate(map(len, names[:-1]))] if names else [],
    }


def _top(reply: Reply, name: str, score: Score) -> dict[str, float]:
    """Return the likeliest token and the one that stands there; two may have the same text."""
    value, best, best_value = score
    named = reply.tokenizer.decode([best], skip_special=False)
    return {name: finite(value), named: finite(best_value)}


def _usage(completing: Completing, replies: Sequence[Reply]) -> dict[str, int]:
    prompt = sum(len(reply.request.prompt) for reply in replies[:: completing.body.n])
    written = sum(reply.num_tokens for reply in replies)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
    }
