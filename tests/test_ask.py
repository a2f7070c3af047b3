"""Streaming byte by byte equals not streaming."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.ask import Chunk, Dialogue, Trim, converse, stream, votes
from cogitate.prompt import answer_text, conversation, thought_text
from cogitate.rollout.episodes import Terms
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Event, Request

BYTES = Tokenizer.bytes()


class ReplayEngine:
    """An engine that gives the tokens of a scripted rollout one by one."""

    def __init__(self, tokenizer, sampled):
        self._sampler = ScriptedSampler(lambda _: sampled, markers(tokenizer))
        self._events = iter(())
        self.cancelled = []
        self.request = None

    def submit(self, request):
        self.request = request
        rollout = self._sampler.sample([request])[0]
        events = [Event(request_id=3, token=token) for token in rollout.tokens]
        last = events.pop().token if events else None
        self._events = iter([*events, Event(request_id=3, token=last, rollout=rollout)])
        return 3

    def step(self):
        other = Event(request_id=99, token=0)
        return [other, *itertools.islice(self._events, 1)]

    def cancel(self, request_id):
        self.cancelled.append(request_id)


def streamed(tokenizer, tokens):
    text, trim = tokenizer.stream(), Trim()
    pieces = [trim.push(text.push(token)) for token in tokens]
    return [*pieces, trim.push(text.close())]


@given(st.lists(st.integers(0, BYTES.size - 1), max_size=60))
def test_bytes_streamed_equal_bytes_at_once(tokens):
    assert "".join(streamed(BYTES, tokens)) == BYTES.decode(tokens).strip()


@given(st.text(max_size=40))
def test_no_piece_is_cut_inside_a_character(text):
    pieces = streamed(BYTES, BYTES.encode(text))
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)
    assert "".join(pieces) == BYTES.decode(BYTES.encode(text)).strip()


def test_pieces_come_as_soon_as_they_are_characters():
    assert streamed(BYTES, BYTES.encode("a b é")) == ["a", "", " b", "", "", " é", ""]


@pytest.mark.weights
def test_smollm2_streamed_equals_at_once(smollm2):
    tokenizer = smollm2.tokenizer.with_thinking()

    @given(st.lists(st.integers(0, tokenizer.size - 1), max_size=40))
    def check(tokens):
        assert "".join(streamed(tokenizer, tokens)) == tokenizer.decode(tokens).strip()

    check()


@pytest.mark.weights
@pytest.mark.parametrize(
    "text", ["naïve 漢字 🧑‍🚀 done", "  spaced\n\nout  ", "<think>literal</think>"]
)
def test_smollm2_text_survives(smollm2, text):
    tokenizer = smollm2.tokenizer.with_thinking()
    assert "".join(streamed(tokenizer, tokenizer.encode(text))) == text.strip()


@given(
    sampled=st.lists(st.integers(0, BYTES.size - 1), max_size=60),
    think=st.sampled_from([0, 1, 3, 20, None]),
    answer=st.sampled_from([1, 5, 30]),
)
def test_stream_tells_the_rollout(sampled, think, answer):
    """Also with tags inside the answer, unclosed and twice-closed thoughts."""
    pieces = list(
        converse(
            ReplayEngine(BYTES, sampled),
            BYTES,
            conversation("How many r's?"),
            Budget(think=think, answer=answer),
        )
    )
    rollout = pieces[-1].rollout
    assert rollout is not None
    texts = {"thought": "", "answer": "", "end": ""}
    for piece in pieces:
        texts[piece.kind] += piece.text
    assert texts["thought"] == thought_text(BYTES, rollout)
    assert texts["answer"] == answer_text(BYTES, rollout)
    assert [piece.kind for piece in pieces].count("end") == 1
    if BYTES.think_open not in rollout.answer:
        kinds = [kind for kind, _ in itertools.groupby(piece.kind for piece in pieces)]
        assert kinds == [k for k in ("thought", "answer", "end") if k in kinds]


def test_no_thinking_asks_for_an_answer_at_once():
    engine = ReplayEngine(BYTES, [*BYTES.encode("3"), BYTES.end])
    pieces = list(converse(engine, BYTES, conversation("2 + 1?"), Budget(think=0, answer=8)))
    assert [(piece.kind, piece.text) for piece in pieces] == [("answer", "3"), ("end", "")]
    assert engine.request.prompt[-1] != BYTES.think_open


def test_walking_away_cancels():
    engine = ReplayEngine(BYTES, [*BYTES.encode("a long answer"), BYTES.end])
    pieces = converse(engine, BYTES, conversation("well?"), Budget(think=0))
    assert next(pieces) == Chunk(kind="answer", text="a")
    pieces.close()
    assert engine.cancelled == [3]


def test_a_finished_stream_cancels_nothing():
    engine = ReplayEngine(BYTES, [BYTES.end])
    list(stream(engine, BYTES, Request(prompt=(1,))))
    assert engine.cancelled == []


def test_votes_put_whole_answers_first_and_ties_in_order():
    texts = ["b", "A", "a ", "B", "", "c"]
    sampler = ScriptedSampler(
        lambda request: [*BYTES.encode(texts[request.seed]), BYTES.end], markers(BYTES)
    )
    requests = [Request(prompt=(1,), seed=seed) for seed in range(6)]
    cut = replace(requests[5], budget=Budget(answer=1))
    rollouts = sampler.sample([*requests[:5], cut])
    assert votes(BYTES, rollouts) == [("b", 2), ("A", 2), (None, 2)]


@pytest.mark.parametrize("history", ["last", "all"])
def test_a_dialogue_goes_on_with_its_own_turns(history) -> None:
    engine = ReplayEngine(
        BYTES, [*BYTES.encode("so"), BYTES.think_close, *BYTES.encode("4"), BYTES.end]
    )
    terms = Terms(tokenizer=BYTES, budget=Budget(think=8, answer=8), history=history)
    dialogue = Dialogue(engine, terms)
    for text in ("2 + 2?", "And 1 + 3?"):
        chunks = list(dialogue.say(text))
        assert [(chunk.kind, chunk.text) for chunk in chunks[:-1]] == [
            *[("thought", "s"), ("thought", "o")], ("answer", "4"),
        ]  # fmt: skip
    first, second = dialogue.turns
    whole = (*first.request.prompt, *first.tokens)
    text = BYTES.decode(second.request.prompt, skip_special=False)
    assert (second.request.prompt[: len(whole)] == whole) == (history == "all")
    assert ("so</think>" in text) == (history == "all")
    assert text.count("4<|im_end|>") == 1
