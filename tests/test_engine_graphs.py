"""Decoding as on a GPU: a static cache, steps ahead of the host, and no wait for the device."""

from dataclasses import replace

import pytest
import torch

import test_engine_engine
from card import DEVICE, Card
from cogitate import models
from cogitate.engine import graphs, kv_cache, running
from cogitate.engine.engine import Engine
from cogitate.models.decoder import Decoder
from cogitate.models.kernels import native
from cogitate.models.weights import publish
from cogitate.thinking.grammar import Schemas
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Request, Rollout
from tiny import ARCH, MARKERS, make_decoder, make_requests

same = test_engine_engine.same
LATE = Markers(open=(9,), close=(10, 11), cue=(12, 13), ends=frozenset({2, 3, 4, 5, 6, 7}))
"""An answer's end in a thought is frequent: then the close is forced, of two tokens."""


def as_on_a_gpu(*args, **kwargs) -> Engine:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(graphs, "serves", lambda _: True)
        return Engine(*args, **kwargs)


def run(engine: Engine, requests: list[Request], *, tokens: bool = False) -> list[Rollout]:
    ids, ended, written = engine.submit_all(requests), {}, {}
    while not engine.idle:
        for event in engine.step(tokens=tokens):
            written.setdefault(event.request_id, []).append(event.token)
            if event.rollout is not None:
                ended[event.request_id] = event.rollout
    if tokens:
        assert written == {i: [*rollout.tokens] for i, rollout in ended.items()}
    return [ended[i] for i in ids]


def test_a_static_cache_gives_the_same_bits_in_exact_mode():
    decoder = make_decoder()
    for markers in (MARKERS, LATE):
        requests = make_requests(9, group=3, think=40, answer=12)
        requests += [replace(r, budget=replace(r.budget, min_think=9)) for r in requests]
        usual = run(Engine(decoder, markers, rows=18, exact=True), requests)
        ours = run(as_on_a_gpu(decoder, markers, rows=18, exact=True), requests, tokens=True)
        assert all(map(same, ours, usual))
    assert len({rollout.thought_end for rollout in usual}) > 1


@pytest.mark.parametrize("rows", [1, 3, 6])
@pytest.mark.parametrize("window", [4, 256])
def test_rows_come_and_go_and_change_their_places(rows, window, monkeypatch):
    """However few tokens may wait."""
    monkeypatch.setattr(running, "_WINDOW", window)
    decoder = make_decoder()
    requests = make_requests(20, group=2, think=70, answer=12)
    engine = as_on_a_gpu(decoder, LATE, rows=rows, exact=True)
    usual = Engine(decoder, LATE, rows=rows, exact=True)
    assert all(map(same, run(engine, requests), run(usual, requests)))


def test_new_weights_and_cancelled_requests_beside_a_step_that_is_under_way():
    decoder = make_decoder()
    engine = as_on_a_gpu(decoder, MARKERS, rows=4)
    ids = engine.submit_all(make_requests(4, think=60, answer=30))
    for _ in range(5):
        engine.step()
    cancelled = engine.cancel(ids[1])
    assert cancelled is not None
    assert len(cancelled.tokens) == 4  # the fifth is under way
    engine.load_weights(publish(decoder, 7))
    events = [event for _ in range(200) if not engine.idle for event in engine.step()]
    ended = [event.rollout for event in events if event.rollout is not None]
    assert len(ended) == 3
    for rollout in ended:
        assert rollout.versions[0] == (0, 5)
        assert sum(num for _, num in rollout.versions) == len(rollout.tokens)


SCHEMA = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'
TOLD = {
    "loops": {"budget": Budget(think=90, answer=60, break_loops=True), "temperature": 0.3},
    "soft stop": {"budget": Budget(think=50, answer=9, soft_stop=20)},
    "top-k": {"top_k": 5, "top_p": 0.9, "min_p": 0.02},
    "greedy": {"temperature": 0.0},
    "no answer": {"budget": Budget(think=30, answer=1)},
    "no thought": {"budget": Budget(think=0, answer=30)},
}


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("chunk", [None, 8])
def test_being_ahead_changes_no_token_whatever_is_asked(told, chunk):
    decoder = make_decoder()
    markers = replace(LATE, stops=frozenset(range(100, 200)), text=lambda token: f" {token}")
    requests = make_requests(16, group=2, think=40, answer=12)
    requests = [replace(r, **(TOLD[told] if i % 3 else {})) for i, r in enumerate(requests)]
    engines = [make(decoder, markers, rows=5, chunk=chunk, exact=True)
               for make in (as_on_a_gpu, Engine)]  # fmt: skip
    assert all(map(same, *(run(engine, requests) for engine in engines)))


def test_schemas_and_deadlines_wait_for_each_token():
    tokenizer = models.load("mini").tokenizer
    decoder = make_decoder(replace(ARCH, vocab_size=tokenizer.size))
    own = replace(MARKERS, ends=tokenizer.eos, schemas=Schemas(tokenizer))
    asked = make_requests(6, think=8, answer=40)
    asked = [replace(r, schema=SCHEMA) if i % 2 else r for i, r in enumerate(asked)]
    timed = [replace(r, budget=replace(r.budget, deadline_s=60.0)) for r in asked]
    for requests in (asked, timed):
        engines = [make(decoder, own, rows=6, exact=True) for make in (as_on_a_gpu, Engine)]
        assert all(map(same, *(run(engine, requests) for engine in engines)))


def test_a_step_is_under_way_where_nothing_is_awaited():
    engine = as_on_a_gpu(make_decoder(), MARKERS, rows=4)
    budgets = {"loops": Budget(think=60, answer=30, break_loops=True),
               "deadline": Budget(think=60, answer=30, deadline_s=60.0)}  # fmt: skip
    for told, num in (("loops", 1), ("deadline", 0)):
        engine.submit(replace(make_requests(1)[0], budget=budgets[told]))
        for _ in range(4):
            engine.step()
        assert len(engine._batch._launches) == num
        while not engine.idle:
            engine.step()


@pytest.mark.parametrize("chunk", [None, 2])
@pytest.mark.parametrize("limits", [{}, {"top_k": 5, "top_p": 0.9, "min_p": 0.02}])
def test_the_host_never_waits_but_for_the_tokens_of_the_step_before(monkeypatch, chunk, limits):
    monkeypatch.setattr(native, "operations", lambda: None)  # so that both sample by torch
    requests = make_requests(12, group=4, think=30, answer=10)
    requests = [replace(request, **limits) for request in requests]
    usual = run(as_on_a_gpu(make_decoder(), MARKERS, rows=6, chunk=chunk), requests)
    decoder = make_decoder()
    with Card(monkeypatch) as card, torch.no_grad():
        engine = Engine(on_card(decoder), MARKERS, rows=6, chunk=chunk)
        engine.submit_all(requests)
        card.waits.clear()  # the weights have moved
        ended, num_steps = {}, 0
        while not engine.idle:
            num_steps += 1
            events = Engine.step.__wrapped__(engine, tokens=False)  # not in inference mode
            ended |= {event.request_id: event.rollout for event in events}
    assert card.waits == []
    assert card.reads <= 2 * num_steps
    found = [ended[i] for i in range(len(requests))]
    assert [rollout.tokens for rollout in found] == [rollout.tokens for rollout in usual]


def test_the_device_of_tests_notes_each_wait(monkeypatch):
    with Card(monkeypatch) as card:
        x = torch.arange(3, device=DEVICE)
        waits = [lambda: x[1].item(), x.cpu, lambda: int(x.sum()), lambda: bool(x[0] == 0),
                 lambda: x[x > 0], lambda: torch.tensor([1]).to(DEVICE)]  # fmt: skip
        for wait in waits:
            card.waits.clear()
            wait()
            assert card.waits
        card.waits.clear()
        (x + 1).cumsum(0).to(torch.float32).clamp_(max=2)[x.clone()].to("cpu", non_blocking=True)
        assert not card.waits
        with pytest.raises(AssertionError, match="mixes devices"):
            _ = x + torch.arange(3)


class Again:
    """Stands in for a graph: runs again what was captured, into the same memory."""

    def __init__(self, run, hidden):
        self._run, self._hidden = run, hidden

    def replay(self):
        self._hidden.copy_(self._run())


def test_graphs_are_captured_for_each_bucket_and_anew_where_the_block_has_moved(monkeypatch):
    captured = []

    def capture(_, run):
        hidden = run()
        captured.append(len(hidden))
        return Again(run, hidden), hidden

    monkeypatch.setattr(graphs, "replays", lambda _: True)
    monkeypatch.setattr(graphs.Graphs, "_capture", capture)
    decoder, requests = make_decoder(), make_requests(20, group=2, think=200, answer=12)
    rollouts = run(as_on_a_gpu(decoder, MARKERS, rows=6), requests)
    assert set(captured) <= {1, 2, 3, 4, 6}
    num = len(captured)
    timed = [replace(r, budget=replace(r.budget, deadline_s=60.0)) for r in requests]
    run(as_on_a_gpu(decoder, MARKERS, rows=6), timed[:6])
    assert len(captured) == num  # a capture takes too long beside deadlines
    usual = run(as_on_a_gpu(decoder, MARKERS, rows=6), requests)
    assert [r.tokens for r in rollouts] == [r.tokens for r in usual]


def test_a_block_that_one_long_sequence_has_grown_is_freed(monkeypatch):
    monkeypatch.setattr(kv_cache, "_KEPT", 512)
    engine = as_on_a_gpu(make_decoder(replace(ARCH, context=2048)), MARKERS, rows=6)
    sizes = []
    for prompt in (3, 900, 3):
        request = Request(prompt=(5,) * prompt, budget=Budget(answer=4))
        run(engine, [request])
        sizes.append(engine._cache.static.keys.shape[3])
    assert sizes == [128, 1024, 0]
    run(engine, [request])
    assert engine._cache.static.keys.shape[1] < 6


def on_card(decoder: Decoder) -> Decoder:
    with torch.no_grad():
        return decoder.to(DEVICE)


def test_a_request_that_new_weights_have_ended_is_cancelled_with_its_rollout():
    decoder = make_decoder()
    engine = as_on_a_gpu(decoder, MARKERS, rows=2)
    (number,) = engine.submit_all([Request(prompt=(5, 6), budget=Budget(think=0, answer=2))])
    engine.step()
    engine.step()
    engine.load_weights(publish(decoder, 1))
    assert not engine.idle
    rollout = engine.cancel(number)
    assert rollout is not None
    assert len(rollout.tokens) == 2
    assert engine.idle
