"""The engine: same tokens as a plain loop, whatever else is in the batch."""

import random
from dataclasses import replace

import pytest
import torch

from cogitate.engine.engine import Engine
from cogitate.engine.probing import Probing
from cogitate.errors import OverloadedError, UsageError
from cogitate.models.decoder import Decoder
from cogitate.models.weights import publish
from cogitate.rollout.local import LocalSampler
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, End, Request, Rollout, ThoughtEnd
from tiny import MARKERS, Clock, make_decoder, make_requests, sizes_of_passes, whole_prefix_logits

NEVER = Markers(open=(9,), close=(10,))
"""Answers never end by themselves, and thoughts next to never: one token in 300 closes them."""


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return make_decoder()


def same(ours: Rollout, theirs: Rollout) -> bool:
    return replace(ours, seconds=0.0) == replace(theirs, seconds=0.0)


def test_greedy_tokens_are_those_of_a_plain_loop(decoder):
    requests = [replace(r, temperature=0.0) for r in make_requests(6, think=12, answer=6)]
    rollouts = LocalSampler(decoder, Markers(ends=frozenset({2})), rows=4).sample(requests)
    for request, rollout in zip(requests, rollouts, strict=True):
        tokens = list(request.prompt)
        for token, logprob in zip(rollout.tokens, rollout.logprobs, strict=True):
            logits = whole_prefix_logits(decoder, tokens)
            assert token == int(logits.argmax())
            assert logprob == pytest.approx(float(logits.log_softmax(-1)[token]), abs=1e-4)
            tokens.append(token)


def test_a_request_that_comes_while_others_run_starts_within_one_step(decoder):
    engine = Engine(decoder, MARKERS, rows=4)
    first, second = make_requests(2, think=20, answer=10)
    engine.submit(first)
    trace = [[event.request_id for event in engine.step()] for _ in range(3)]
    engine.submit(second)
    trace += [[event.request_id for event in engine.step()] for _ in range(2)]
    assert trace == [[0], [0], [0], [0, 1], [0, 1]]


def test_more_requests_than_rows_take_the_places_of_finished_ones(decoder):
    requests = make_requests(25, group=5)
    engine = Engine(decoder, MARKERS, rows=4)
    for request in requests:
        engine.submit(request)
    widths, done = [], 0
    while not engine.idle:
        events = engine.step()
        widths.append(len(events))
        done += sum(event.rollout is not None for event in events)
    assert done == 25
    assert max(widths) == 4
    assert sum(widths) < 4 * len(widths)


def test_a_prompt_is_prefilled_once_per_group(decoder, monkeypatch):
    sizes = sizes_of_passes(monkeypatch)
    requests = make_requests(8, group=8, think=3, answer=2)
    LocalSampler(decoder, MARKERS, rows=8).sample(requests)
    assert sizes[0] == len(requests[0].prompt)


def test_cancelling_frees_the_row_and_gives_back_what_was_written(decoder):
    engine = Engine(decoder, MARKERS, rows=1)
    ids = [engine.submit(request) for request in make_requests(3, think=30, answer=9)]
    for _ in range(4):
        engine.step()
    running, waiting = engine.cancel(ids[0]), engine.cancel(ids[1])
    assert running is not None
    assert waiting is not None
    assert (running.end, len(running.tokens), waiting.tokens) == (End.CANCELLED, 4, ())
    assert engine.cancel(ids[0]) is None
    assert [event.request_id for event in engine.step()] == [ids[2]]


def test_seeds_decide_and_versions_are_recorded(decoder):
    (request,) = make_requests(1, think=30, answer=9)
    sampler = LocalSampler(decoder, MARKERS, rows=2)
    one, two, other = sampler.sample([request, request, replace(request, seed=1)])
    assert one.tokens == two.tokens != other.tokens
    sampler.load_weights(publish(decoder, 5))
    assert sampler.sample([request])[0].version == 5


def test_a_prompt_longer_than_the_context_is_refused_in_one_line(decoder):
    with pytest.raises(UsageError, match="shorten the prompt"):
        Engine(decoder, MARKERS).submit(Request(prompt=(5,) * 255 + (9,)))
    with pytest.raises(UsageError, match="at least one token"):
        Engine(decoder, MARKERS).submit(Request(prompt=()))


def within(seconds: float, requests: list[Request], answer: int = 8) -> list[Request]:
    budget = Budget(deadline_s=seconds, answer=answer)
    return [replace(request, budget=budget) for request in requests]


def timed_engine(monkeypatch: pytest.MonkeyPatch, rows: int = 8) -> Engine:
    """Return an engine that has seen what its steps take."""
    engine = Engine(make_decoder(), NEVER, rows=rows, clock=Clock(monkeypatch))
    for request in make_requests(rows, think=4, answer=8):
        engine.submit(request)
    drained(engine)
    return engine


def drained(engine: Engine) -> list[Rollout]:
    events = []
    while not engine.idle:
        events += engine.step()
    return [event.rollout for event in events if event.rollout is not None]


@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.2])
def test_a_deadline_is_met_with_an_answer(seconds, monkeypatch):
    engine = timed_engine(monkeypatch)
    for request in within(seconds, make_requests(6)):
        engine.submit(request)
    rollouts = drained(engine)
    assert all(len(rollout.answer) == 8 for rollout in rollouts)
    assert all(rollout.seconds <= seconds for rollout in rollouts)
    late = [r for r in rollouts if r.thought_end is ThoughtEnd.DEADLINE]
    assert len(late) > 2
    assert all(rollout.seconds > 0.6 * seconds for rollout in late)


def test_no_prompt_begins_where_a_deadline_cannot_spare_it(monkeypatch):
    engine = Engine(make_decoder(), NEVER, rows=16, chunk=200, clock=Clock(monkeypatch))
    for request in make_requests(8, think=4, answer=8):
        engine.submit(request)
    drained(engine)
    (ours,) = within(0.4, make_requests(1))
    engine.submit(ours)
    events = engine.step()
    while events[-1].token != 10:  # it closes its thought: what is left is for the answer
        events += engine.step()
    for request in make_requests(12, seed=1):
        prompt = (*(request.prompt[:-1] * 150)[:150], 9)
        engine.submit(Request(prompt=prompt, budget=Budget(think=5, answer=5)))
    while not engine.idle:
        events += engine.step()
    (rollout,) = [e.rollout for e in events if e.rollout and e.rollout.request is ours]
    assert len(rollout.answer) == 8
    assert rollout.seconds <= 0.4


def test_rows_that_join_make_the_others_conclude_sooner(monkeypatch):
    lengths = []
    for others in (0, 7):
        engine = timed_engine(monkeypatch)
        engine.submit(within(1.0, make_requests(1))[0])
        for _ in range(5):
            engine.step()
        for request in make_requests(others, seed=3, think=200, answer=9):
            engine.submit(request)
        rollouts = drained(engine)
        (ours,) = [rollout for rollout in rollouts if rollout.request.budget.deadline_s]
        assert ours.seconds <= 1.0
        lengths.append(len(ours.thought))
    assert lengths[1] < lengths[0]


def test_a_deadline_that_cannot_be_met_is_refused(monkeypatch):
    engine = timed_engine(monkeypatch, rows=2)
    first, second, third = make_requests(3)
    engine.submit(within(2.0, [first])[0])
    engine.step()
    with pytest.raises(OverloadedError, match=r"within 0\.05 s: beside 1 others"):
        engine.submit(within(0.05, [second])[0])
    engine.submit(second)
    with pytest.raises(OverloadedError, match="ask again"):
        engine.submit(within(2.0, [third])[0])
    engine.submit(third)


def test_what_waits_until_its_deadline_has_passed_is_let_go(monkeypatch):
    clock = Clock(monkeypatch)
    engine = Engine(make_decoder(), NEVER, rows=8, clock=clock)
    (request,) = within(2.0, make_requests(1))
    engine.submit(request)
    clock.now += 2.0
    (event,) = engine.step()
    assert event.rollout is not None
    assert (event.token, event.rollout.tokens, event.rollout.end) == (None, (), End.TRUNCATED)
    assert engine.idle


def test_a_long_prompt_taken_in_pieces_gives_the_same_tokens(decoder):
    requests = make_requests(12, group=3, think=10, answer=5)
    requests += [replace(r, prompt=(*r.prompt[:-1] * 5, 9)) for r in requests]
    random.Random(0).shuffle(requests)
    whole = LocalSampler(decoder, MARKERS, rows=8).sample(requests)
    engine = Engine(decoder, MARKERS, rows=8, chunk=16)
    places = {engine.submit(request): i for i, request in enumerate(requests)}
    found: dict[int, Rollout] = {}
    while not engine.idle:
        found |= {places[e.request_id]: e.rollout for e in engine.step() if e.rollout}
    for i, rollout in enumerate(whole):
        assert found[i].tokens == rollout.tokens
        assert found[i].logprobs == pytest.approx(rollout.logprobs, abs=1e-4)


def test_a_conversation_goes_on_from_what_was_computed(decoder, monkeypatch):
    sizes: list[int] = []
    forward = Decoder.forward

    def counting(self, tokens, positions, attention):
        sizes.append(len(tokens))
        return forward(self, tokens, positions, attention)

    engine = Engine(decoder, MARKERS, rows=4, chunk=64)
    (first,) = make_requests(1, think=20, answer=9)
    first = replace(first, prompt=(*range(20, 80), 9))
    engine.submit(first)
    (before,) = drained(engine)
    for common in (60, 64):
        prompt = (*(first.prompt + before.tokens)[:common], 150, 151, 9)
        second = replace(first, prompt=prompt, seed=5)
        (fresh,) = LocalSampler(decoder, MARKERS, rows=1).sample([second])
        sizes.clear()
        with monkeypatch.context() as patched:
            patched.setattr(Decoder, "forward", counting)
            engine.submit(second)
            (after,) = drained(engine)
        assert sizes[0] == 3
        assert after.tokens == fresh.tokens
        assert after.logprobs == pytest.approx(fresh.logprobs, abs=1e-4)
    engine.load_weights(publish(decoder, 1))
    sizes.clear()
    monkeypatch.setattr(Decoder, "forward", counting)
    engine.submit(second)
    engine.step()
    engine.step()
    assert sizes == [64, 3], "other weights, other keys"


def test_a_long_prompt_stalls_nobody(decoder):
    engine = Engine(decoder, MARKERS, rows=4, chunk=32)
    running, short = make_requests(2, think=60, answer=9)
    long = replace(running, prompt=(*range(20, 120), 9))
    engine.submit(running)
    engine.step()
    engine.submit(long)
    engine.submit(short)
    trace = [sorted(event.request_id for event in engine.step()) for _ in range(6)]
    assert trace == [[0, 2]] * 3 + [[0, 1, 2]] * 3


def test_a_long_prompt_can_be_cancelled_half_way(decoder):
    engine = Engine(decoder, MARKERS, rows=4, chunk=16)
    (request,) = make_requests(1, think=60, answer=9)
    long = engine.submit(replace(request, prompt=(*range(20, 120), 9)))
    engine.step()
    rollout = engine.cancel(long)
    assert rollout is not None
    assert rollout.end is End.CANCELLED
    assert engine.idle


def test_a_rollout_fills_the_context_and_no_more(decoder):
    request = Request(prompt=(5,) * 200 + (9,), budget=Budget(answer=5))
    (rollout,) = LocalSampler(decoder, MARKERS, rows=1).sample([request])
    assert len(request.prompt) + len(rollout.tokens) <= 256


def test_exact_mode_needs_fp32(decoder):
    with pytest.raises(UsageError, match="fp32"):
        Engine(make_decoder().bfloat16(), MARKERS, exact=True)


def test_in_exact_mode_25_000_tokens_do_not_depend_on_the_batch(decoder):
    requests = make_requests(1100, group=4)
    ours = LocalSampler(decoder, MARKERS, rows=64, exact=True).sample(requests)
    assert sum(len(rollout.tokens) for rollout in ours) > 25_000

    mixed = requests + make_requests(100, seed=1)
    order = list(range(len(mixed)))
    random.Random(2).shuffle(order)
    theirs = LocalSampler(decoder, MARKERS, rows=64, exact=True).sample([mixed[i] for i in order])
    place = {index: k for k, index in enumerate(order)}
    assert all(same(rollout, theirs[place[i]]) for i, rollout in enumerate(ours))


class Certain:
    """A model that answers 7 from its fifth thought token on, and before that always another."""

    def __init__(self, prompt: int) -> None:
        self.prompt = prompt

    def __call__(self, sequence: list[int]) -> int:
        if MARKERS.close[0] not in sequence:
            return 50
        thought, answer = " ".join(map(str, sequence)).split(f" {MARKERS.close[0]}", 1)
        if answer:
            return next(iter(MARKERS.ends))
        num_thought = len(thought.split()) - self.prompt
        return 7 if num_thought >= 5 else 100 + num_thought


@pytest.mark.parametrize("rows", [1, 2, 8])
@pytest.mark.parametrize("piece", [None, 64])
def test_a_thought_ends_once_three_probes_agree(monkeypatch, rows, piece):
    decoder, prompt = make_decoder(), (*range(20, 60), *MARKERS.open)
    engine = Engine(decoder, MARKERS, rows=rows, chunk=piece)
    says = Certain(len(prompt))

    def choose(_):
        for row in engine._rows:
            engine._batch.settle(row)
        written = [[*row.machine.thought, *row.machine.answer] for row in engine._rows]
        chosen = [
            row.machine.forced or says([*row.request.prompt, *own])
            for row, own in zip(engine._rows, written, strict=True)
        ]
        return torch.tensor(chosen), torch.zeros(len(chosen))

    monkeypatch.setattr(engine, "_choose", choose)
    asked = Request(prompt=prompt, budget=Budget(think=40, answer=4, probe_every=2))
    own = engine.submit(asked)
    events = []
    while not engine.idle:
        events += engine.step()
    assert {event.request_id for event in events} == {own}
    (rollout,) = [event.rollout for event in events if event.rollout is not None]
    assert rollout.answer == (7, 2)
    assert rollout.thought[-1:] == MARKERS.close
    if rows == 1:  # no row is free for a probe
        assert (len(rollout.thought), rollout.thought_end) == (41, ThoughtEnd.BUDGET)
    else:  # probes after 6, 8 and 10 tokens agree; each takes a few steps
        assert 10 < len(rollout.thought) <= 18
        assert rollout.thought_end is ThoughtEnd.EARLY_EXIT


def test_probes_change_nothing_but_where_a_thought_ends(monkeypatch):
    monkeypatch.setattr("cogitate.engine.probing._ANSWER", 4)
    monkeypatch.setattr(Probing, "_end", lambda _self, row, _probe: row.machine.exit())
    decoder, budget = make_decoder(), {"think": 30, "answer": 8}
    plain = LocalSampler(decoder, MARKERS, rows=4).sample(make_requests(6, **budget))
    requests = make_requests(6, **budget, probe_every=5)
    probed = LocalSampler(decoder, MARKERS, rows=4).sample(requests)
    ends = [rollout.thought_end for rollout in probed]
    for one, other in zip(plain, probed, strict=True):
        kept = len(other.thought) - (other.thought_end is not ThoughtEnd.NONE)
        assert other.thought[:kept] == one.thought[:kept]
    assert ThoughtEnd.EARLY_EXIT in ends


def test_probes_make_way_for_what_clients_ask():
    decoder = make_decoder()
    engine = Engine(decoder, MARKERS, rows=4, chunk=64)
    asked = [replace(r, budget=Budget(think=60, answer=8, probe_every=1, deadline_s=60.0))
             for r in make_requests(4)]  # fmt: skip
    engine.submit_all(asked[:2])
    for _ in range(4):
        engine.step()
    assert len(engine._rows) + len(engine._scheduler) == 4  # two of them are probes
    (cancelled, _) = engine.submit_all(asked[2:])  # and these do not count against them
    assert len(engine._rows) + len(engine._scheduler) == 4
    engine.cancel(cancelled)
    seen = set()
    while not engine.idle:
        seen |= {event.request_id for event in engine.step()}
    assert seen <= set(range(4)) | {cancelled, cancelled + 1}
    assert not engine._probing.of()


def test_exact_mode_probes_nothing():
    engine = Engine(make_decoder(), MARKERS, rows=2, exact=True)
    with pytest.raises(UsageError, match="exact mode does not probe thoughts"):
        engine.submit(Request(prompt=(5, 9), budget=Budget(probe_every=4)))
