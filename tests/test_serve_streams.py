"""Streams put together are the whole: 3,200 outputs that no model would write, in each dialect.

Marks of a thought as tokens and as text, whole, split and nested; characters whose bytes stand in
several tokens, or are missing some; white space; stops.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from cogitate.rollout.scripted import ScriptedSampler
from cogitate.serve.api import chat, completions, responses
from cogitate.serve.api.asking import B, ParsedRequest
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Event, Request, Rollout

TOKENIZER = Tokenizer.bytes()
OPEN, CLOSE, END = (TOKENIZER.encode_markup(m)[0] for m in ("<think>", "</think>", "<|im_end|>"))
MARKERS = Markers(open=(OPEN,), close=(CLOSE,), ends=frozenset({END}))
NUM = 800
"""Outputs of each of the four ways to tell them."""
STOPS = ("\n", "STOP", "</th", " 7", "ü", "xx")
SCRAPS = ("<think>", "</think>", "<th", "ink>", "</", "think>", "<think><think>", " ", "  ", "\n\n",
          "7", "ü", "日本", "🤔", "e\u0301", "STO", "STOP", "x", "xx", "<|im_end|>", '"', "\\",
          "\x00", "\u2028")  # fmt: skip


def sampled(rng: Random) -> list[int]:
    """Return what a model wrote: scraps of text, marks as tokens, bytes that stand alone."""
    tokens: list[int] = []
    for _ in range(rng.randrange(1, 9)):
        match rng.randrange(8):
            case 0:
                tokens.append(rng.choice([OPEN, CLOSE, CLOSE, END]))
            case 1:
                tokens += rng.sample(TOKENIZER.encode(rng.choice(SCRAPS)), 1)
            case _:
                tokens += TOKENIZER.encode(rng.choice(SCRAPS))
    return tokens


def output(seed: int) -> tuple[tuple[str, ...], Rollout]:
    rng = Random(seed)
    prompt = (5, OPEN) if rng.random() < 0.8 else (5,)
    budget = Budget(think=rng.randrange(1, 30), answer=rng.randrange(1, 30))
    request = Request(prompt=prompt, budget=budget)
    (rollout,) = ScriptedSampler(lambda _: sampled(rng), MARKERS).sample([request])
    return tuple(rng.sample(STOPS, rng.randrange(3))), rollout


class Played:
    """A job that tells of rollouts that are there already, token by token, in any order."""

    def __init__(self, rollouts: Iterable[Rollout], seed: int) -> None:
        self.left = {place: list(self.events(r)) for place, r in enumerate(rollouts)}
        self.rng = Random(seed)

    @staticmethod
    def events(rollout: Rollout) -> Iterable[Event]:
        for token in rollout.tokens:
            yield Event(request_id=0, token=token)
        yield Event(request_id=0, rollout=rollout)

    async def __aiter__(self) -> AsyncIterator[tuple[int, Event]]:
        while left := [place for place, events in self.left.items() if events]:
            place = self.rng.choice(left)
            yield place, self.left[place].pop(0)

    def finish(self, place: int) -> None:
        self.left[place] = self.left[place][-1:]


def asked(body: B, stop: tuple[str, ...], rollouts: list[Rollout]) -> ParsedRequest[B]:
    served: Any = SimpleNamespace(name="m", created=0, model=SimpleNamespace(tokenizer=TOKENIZER))
    requests = tuple(rollout.request for rollout in rollouts)
    return ParsedRequest(body=body, served=served, requests=requests, stop=stop, id="id", created=0)


def read_events(stream: AsyncIterator[str]) -> list[dict[str, Any]]:
    """Return the values of a stream's events, read as a client reads them."""

    async def read() -> list[str]:
        return [line async for text in stream for line in text.split("\n")]

    lines = [line.removeprefix("data: ") for line in asyncio.run(read()) if line[:5] == "data:"]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def joined(pieces: Iterable[dict[str, Any]], place: int, field: str) -> str:
    deltas = [choice for piece in pieces for choice in piece["choices"] if choice["index"] == place]
    return "".join(choice["delta"].get(field) or "" for choice in deltas)


def meant(stop: tuple[str, ...], rollout: Rollout) -> dict[str, str]:
    """Return thought and answer, up to a stop in the answer, which may begin in white space."""
    texts = {"thought": "", "answer": ""}
    kind, run = "thought" if rollout.request.prompt[-1] == OPEN else "answer", list[int]()
    for token in (*rollout.tokens, CLOSE):
        if token not in (OPEN, CLOSE):
            run.append(token)
            continue
        text = TOKENIZER.decode(run)
        places = [text.find(s) for s in stop if s in text and kind == "answer"]
        texts[kind] += text[: min(places, default=len(text))]
        if places:
            break
        kind, run = "thought" if token == OPEN else "answer", []
    return {kind: text.strip() for kind, text in texts.items()}


@pytest.mark.parametrize("visibility", ["both", "inline"])
def test_chat(visibility: chat.Visibility) -> None:
    for seed in range(0, NUM, 2):
        stop, rollouts = output(seed)[0], [output(seed)[1], output(seed + 1)[1]]
        turn = chat.Turn(role="user", content="x")
        body = chat.ChatBody(messages=[turn], reasoning_visibility=visibility)
        wanted = asked(body, stop, rollouts)
        job: Any = Played(rollouts, seed)
        whole = asyncio.run(chat.whole(wanted, job))
        job = Played(rollouts, seed)
        pieces = read_events(chat.chunks(wanted, job))
        for place, choice in enumerate(whole["choices"]):
            for field in ("content", "reasoning_content"):
                assert joined(pieces, place, field) == (choice["message"].get(field) or "")
            reasons = [
                one["finish_reason"]
                for piece in pieces
                for one in piece["choices"]
                if one["index"] == place and one["finish_reason"]
            ]
            assert reasons == [choice["finish_reason"]]
            if visibility == "both":
                texts = meant(stop, rollouts[place])
                assert choice["message"].get("reasoning_content", "") == texts["thought"]
                assert choice["message"]["content"] == texts["answer"]
            for text in stop:  # a tag that is written inline is no text of the answer
                assert visibility == "inline" or text not in choice["message"]["content"]


def test_completions() -> None:
    for seed in range(NUM):
        stop, rollout = output(seed)
        body = completions.CompletionBody(prompt="x", max_tokens=60)
        wanted = asked(body, stop, [rollout])
        job: Any = Played([rollout], seed)
        whole = asyncio.run(completions.whole(wanted, job))
        job = Played([rollout], seed)
        pieces = read_events(completions.chunks(wanted, job))
        text = "".join(choice["text"] for piece in pieces for choice in piece["choices"])
        assert text == whole["choices"][0]["text"]


def test_responses() -> None:
    for seed in range(NUM):
        stop, rollout = output(seed)
        wanted = asked(responses.ResponsesBody(input="x"), stop, [rollout])
        job: Any = Played([rollout], seed)
        whole = asyncio.run(responses.whole(wanted, job))
        job = Played([rollout], seed)
        pieces = read_events(responses.chunks(wanted, job))
        assert [piece["sequence_number"] for piece in pieces] == list(range(len(pieces)))
        for kind, item in (("output_text", "message"), ("reasoning_text", "reasoning")):
            deltas = [p["delta"] for p in pieces if p["type"] == f"response.{kind}.delta"]
            parts = [
                part for one in whole["output"] if one["type"] == item for part in one["content"]
            ]
            assert "".join(deltas) == "".join(part["text"] for part in parts)
        assert pieces[-1]["response"]["output"] == whole["output"]
