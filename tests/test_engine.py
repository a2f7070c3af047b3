"""The engine: same tokens as a plain loop, whatever else is in the batch."""

import random
from dataclasses import replace

import pytest

from cogitate.errors import UsageError
from cogitate.models.decoder import Decoder
from cogitate.rollout.engine import Engine
from cogitate.rollout.local import LocalSampler
from cogitate.rollout.thinking import Markers
from cogitate.types import Budget, End, Request, Rollout
from tiny import MARKERS, make_decoder, make_requests, whole_prefix_logits


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
    sizes: list[int] = []
    forward = Decoder.forward

    def counting(self, tokens, positions, attention):
        sizes.append(len(tokens))
        return forward(self, tokens, positions, attention)

    monkeypatch.setattr(Decoder, "forward", counting)
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
    sampler.load_weights(decoder, 5)
    assert sampler.sample([request])[0].version == 5


def test_a_prompt_longer_than_the_context_is_refused_in_one_line(decoder):
    with pytest.raises(UsageError, match="shorten the prompt"):
        Engine(decoder, MARKERS).submit(Request(prompt=(5,) * 255 + (9,)))
    with pytest.raises(UsageError, match="at least one token"):
        Engine(decoder, MARKERS).submit(Request(prompt=()))


def test_a_deadline_is_refused_until_it_can_be_kept(decoder):
    with pytest.raises(UsageError, match="no deadlines yet"):
        Engine(decoder, MARKERS).submit(Request(prompt=(5,), budget=Budget(deadline_s=1.0)))


def test_a_rollout_fills_the_context_and_no_more(decoder):
    request = Request(prompt=(5,) * 200 + (9,), budget=Budget(answer=5))
    (rollout,) = LocalSampler(decoder, MARKERS, rows=1).sample([request])
    assert len(request.prompt) + len(rollout.tokens) <= 256


def test_exact_mode_needs_fp32(decoder):
    with pytest.raises(UsageError, match="fp32"):
        Engine(make_decoder().bfloat16(), MARKERS, exact=True)


def test_in_exact_mode_100_000_tokens_do_not_depend_on_the_batch(decoder):
    requests = make_requests(4400, group=4)
    ours = LocalSampler(decoder, MARKERS, rows=64, exact=True).sample(requests)
    assert sum(len(rollout.tokens) for rollout in ours) > 100_000

    mixed = requests + make_requests(400, seed=1)
    order = list(range(len(mixed)))
    random.Random(2).shuffle(order)
    theirs = LocalSampler(decoder, MARKERS, rows=64, exact=True).sample([mixed[i] for i in order])
    place = {index: k for k, index in enumerate(order)}
    assert all(same(rollout, theirs[place[i]]) for i, rollout in enumerate(ours))
