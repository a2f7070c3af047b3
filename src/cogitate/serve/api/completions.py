"""`/v1/completions`: continues raw text or token ids, and scores them with `echo`."""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from cogitate.disk import encodable
from cogitate.prompt import opens_thought
from cogitate.serve.api import dialect
from cogitate.serve.api.asking import ParsedRequest, event, from_prompts, need_short, new_spans
from cogitate.serve.api.body import MAX_TOKENS, Body, StreamOptions
from cogitate.serve.api.reply import Reply, finite
from cogitate.serve.engines.registry import ServedModel
from cogitate.serve.engines.worker import Job
from cogitate.serve.errors import BadRequest
from cogitate.tokenizer import Tokenizer

Score = tuple[float, int | None, float]
"""Log-probability; the likeliest token, where it is known, and its log-probability."""


class CompletionBody(Body):
    """The fields of a request; others are named in a response header, or refused."""

    reads = frozenset({"stream_options.include_usage"})
    refuses = ("suffix", "logit_bias", "response_format")
    unset: ClassVar[Mapping[str, object]] = {
        **Body.unset,
        "max_tokens": -1,
        "logprobs": False,
        "response_format": {"type": "text"},
    }
    prompt: str | list[int] | list[str] | list[list[int]]
    max_tokens: int = Field(default=16, ge=0, le=MAX_TOKENS)
    stream_options: StreamOptions = StreamOptions()
    echo: bool = False
    logprobs: int | None = Field(default=None, ge=0, le=1)

    @property
    def total(self) -> int:
        """Most tokens; one more than asked for where none is."""
        return max(1, self.max_tokens)

    def overruled(self, served: ServedModel) -> list[str]:
        """Return the fields without effect: only a prompt that opens a thought has thinking."""
        found = dialect.overruled(self.sent, served.ceiling, can_think=False)
        tokenizer = served.model.tokenizer
        if found and any(opens_thought(tokenizer, prompt) for prompt in _prompts(self, served)):
            return super().overruled(served)
        return found


Parsed = ParsedRequest[CompletionBody]


def read(body: CompletionBody, served: ServedModel) -> Parsed:
    """Parse a request: the choices of all its prompts, in order.

    Raises:
        BadRequest: names the invalid or unsupported field.
    """
    body.refuse()
    if body.stream and (body.echo or body.logprobs is not None):
        raise BadRequest("echo and logprobs are not streamed", "echo", "unsupported_parameter")
    return from_prompts(
        body,
        served,
        _prompts(body, served),
        dialect.budget(body.sent, served.ceiling, body.total),
        "cmpl",
        echo=body.echo and body.logprobs is not None,
    )


async def whole(parsed: Parsed, job: Job) -> dict[str, Any]:
    """Return the completion once all choices are done."""
    replies = await parsed.whole_replies(job, raw=True)
    choices = [_choice(parsed.body, place, reply) for place, reply in enumerate(replies)]
    return {**_head(parsed), "choices": choices, "usage": _usage(parsed, replies)}


async def chunks(parsed: Parsed, job: Job) -> AsyncIterator[str]:
    """Yield the completion as server-sent events."""
    replies, head = parsed.replies(raw=True), _head(parsed)
    async for place, parts in new_spans(replies, job):
        for _, text in parts if parsed.body.max_tokens else ():
            yield event({**head, "choices": [{"index": place, "text": text, "logprobs": None,
                                              "finish_reason": None}]})  # fmt: skip
        if replies[place].rollout is not None:
            last = {"index": place, "text": "", "logprobs": None}
            reason = replies[place].finish_reason
            yield event({**head, "choices": [{**last, "finish_reason": reason}]})
    if parsed.body.stream_options.include_usage:
        yield event({**head, "choices": [], "usage": _usage(parsed, replies)})
    yield "data: [DONE]\n\n"


def _prompts(body: CompletionBody, served: ServedModel) -> list[tuple[int, ...]]:
    """Return the token ids of each prompt; special tokens in a text are parsed.

    A text begins with the BOS token, if the tokenizer adds one to raw text.
    """
    tokenizer = served.model.tokenizer
    texts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
    need_short(sum(len(text) for text in texts if isinstance(text, str)), served)
    given: list[Any] = [body.prompt] if isinstance(body.prompt, str) else [*body.prompt]
    if given and isinstance(given[0], int):
        given = [given]
    prompts = [
        tuple(tokenizer.encode_raw(encodable(p)) if isinstance(p, str) else p) for p in given
    ]
    if not prompts or not all(prompts):
        raise BadRequest("a prompt has at least one token", "prompt")
    if any(not 0 <= token < tokenizer.size for prompt in prompts for token in prompt):
        raise BadRequest(f"token ids are 0 to {tokenizer.size - 1}", "prompt")
    return prompts


def _head(parsed: Parsed) -> dict[str, Any]:
    return {
        "id": parsed.id,
        "object": "text_completion",
        "created": parsed.created,
        "model": parsed.served.name,
    }


def _choice(body: CompletionBody, place: int, reply: Reply) -> dict[str, Any]:
    """Return a choice, in which thought and answer are one text."""
    text = "".join(text for _, text in reply.parts) if body.max_tokens else ""
    if body.echo:
        text = "".join(_echoed(body, reply)) + text
    return {
        "index": place,
        "text": text,
        "finish_reason": reply.finish_reason,
        "logprobs": None if body.logprobs is None else _logprobs(body, reply, text),
    }


def _num_written(body: CompletionBody, reply: Reply) -> int:
    """Return the number of tokens of a reply; with `max_tokens` 0 one is sampled, and dropped."""
    return min(reply.num_tokens, body.max_tokens)


def _written(body: CompletionBody, reply: Reply) -> tuple[int, ...]:
    assert reply.rollout is not None
    return reply.rollout.tokens[: _num_written(body, reply)]


def _echoed(body: CompletionBody, reply: Reply) -> list[str]:
    """Return the text of each token of the prompt, special ones included."""
    prompt = reply.request.prompt
    tokens = (*prompt, *_written(body, reply))
    return reply.tokenizer.pieces(tokens, skip_special=False)[: len(prompt)]


def _logprobs(body: CompletionBody, reply: Reply, text: str) -> dict[str, Any]:
    """Return each token of a text with its log-probability, and the likeliest in its place.

    Those of the prompt are the model's own, at temperature 1; those of other tokens are of the
    distribution that they were drawn from. The likeliest of a written token is known if it was
    taken for that: at temperature 0, and not forced.
    """
    assert reply.rollout is not None
    prompt, written = reply.request.prompt, _written(body, reply)
    greedy = reply.request.temperature == 0
    shown, names = _shown(reply.tokenizer, prompt, written)
    scores: list[Score | None] = [
        (value, token if greedy and sampled else None, value)
        for value, token, sampled in zip(
            reply.rollout.logprobs, written, reply.rollout.sampled, strict=False
        )
    ]
    first = len(prompt)
    if body.echo:
        echoed, first = _echoed(body, reply), 0
        shown, names = echoed + shown, echoed + names
        scores = [None, *reply.rollout.prompt_scores, *scores]
    offsets = [0, *itertools.accumulate(map(len, shown))][: len(shown)]
    if reply.stopped:  # what follows the stop is not in the text
        offsets = [offset for offset in offsets if offset < len(text)]
    entries = list(zip(names, scores, range(len(offsets)), strict=False))
    tokens = (*prompt, *written)
    return {
        "tokens": [name for name, _, _ in entries],
        "token_logprobs": [score and finite(score[0]) for _, score, _ in entries],
        "top_logprobs": [
            score and _top(reply.tokenizer, tokens[: first + place + 1], name, score)
            for name, score, place in entries
        ],
        "text_offset": offsets,
    }


def _shown(
    tokenizer: Tokenizer, prompt: Sequence[int], written: Sequence[int]
) -> tuple[list[str], list[str]]:
    """Return what each token adds to the text, and its name.

    They differ for special tokens, which have a name but add no text.
    """
    texts = iter(tokenizer.pieces([token for token in written if tokenizer.spell(token)], prompt))
    shown = [next(texts) if tokenizer.spell(token) else "" for token in written]
    names = [
        text if tokenizer.spell(token) else tokenizer.decode([token], skip_special=False)
        for token, text in zip(written, shown, strict=True)
    ]
    return shown, names


def _top(
    tokenizer: Tokenizer, tokens: Sequence[int], name: str, score: Score
) -> dict[str, float] | None:
    """Return the last of the tokens and the likeliest in its place; two may have the same text."""
    value, best, best_value = score
    if best is None:
        return None
    top = {name: finite(value)}
    if best != tokens[-1]:
        (likeliest,) = tokenizer.pieces([best], tokens[:-1], skip_special=False)
        top[likeliest] = finite(best_value)
    return top


def _usage(parsed: Parsed, replies: Sequence[Reply]) -> dict[str, int]:
    prompt = sum(len(reply.request.prompt) for reply in replies[:: parsed.body.n])
    written = sum(_num_written(parsed.body, reply) for reply in replies)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
    }
