"""The cache: rows of any lengths beside each other, without harm and without cost to each other."""

import random
from dataclasses import replace

import pytest
import torch

from cogitate.engine.engine import Engine
from cogitate.engine.kv_cache import SHORT, TILE, Cache
from cogitate.rollout.local import LocalSampler
from cogitate.types import Budget, Request
from tiny import ARCH, MARKERS, make_decoder, sizes_of_passes

LONG = replace(ARCH, context=2048)


def of_length(length: int, seed: int = 0) -> Request:
    rng = random.Random(f"{length}/{seed}")
    prompt = (*(rng.randrange(11, 300) for _ in range(length - 1)), 9)
    return Request(prompt=prompt, budget=Budget(think=30, answer=10), seed=seed)


@pytest.mark.parametrize("piece", [None, 100])
def test_rows_of_all_lengths_get_the_tokens_that_they_get_alone(piece):
    decoder = make_decoder(LONG)
    lengths = (5, 20, SHORT - 10, SHORT, 300, 2 * SHORT - 5, 700, 1500, 1030, 30)
    requests = [of_length(length, seed) for length in lengths for seed in (0, 1)]
    alone = [LocalSampler(decoder, MARKERS, rows=1).sample([r])[0] for r in requests]
    engine = Engine(decoder, MARKERS, rows=7, chunk=piece)
    ids = [engine.submit(request) for request in requests]
    found = {}
    while not engine.idle:
        found |= {event.request_id: event.rollout for event in engine.step() if event.rollout}
    for request_id, wanted in zip(ids, alone, strict=True):
        assert found[request_id].tokens == wanted.tokens
        assert found[request_id].logprobs == pytest.approx(wanted.logprobs, abs=1e-4)


def test_a_long_row_moves_no_short_one():
    cache = Cache(LONG, 8, torch.float32, torch.device("cpu"))
    short = [cache.slot(20) for _ in range(4)]
    cache.fit()
    keys = short[0].block.keys
    long = cache.slot(1200)
    cache.fit()
    assert short[0].block.keys is keys
    assert keys.shape[3] == TILE
    assert long.block.keys.shape[1] == 1
    assert 1200 <= long.block.keys.shape[3] < 1500
    long.leave()
    assert long.block.keys.numel() == 0


def test_a_row_that_outgrows_its_block_takes_its_keys_along():
    cache = Cache(LONG, 8, torch.float32, torch.device("cpu"))
    first, second = cache.slot(SHORT), cache.slot(SHORT)
    cache.fit()
    torch.nn.init.normal_(second.block.keys)
    kept = second.block.keys[:, second.place].clone()
    other = first.block.keys[:, first.place].clone()
    second.open(SHORT)
    longer = cache.lengthened(second, SHORT + 1)
    assert longer.block is not first.block
    assert torch.equal(longer.block.keys[:, longer.place, :, :SHORT], kept)
    assert longer.block.bias[longer.place, :SHORT].eq(0).all()
    assert longer.block.bias[longer.place, SHORT:].eq(-torch.inf).all()
    assert torch.equal(first.block.keys[:, first.place], other)


def test_rows_are_given_back_and_never_more_than_there_may_be():
    cache = Cache(LONG, 5, torch.float32, torch.device("cpu"))
    slots = [cache.slot(10) for _ in range(5)]
    cache.fit()
    assert slots[0].block.keys.shape[1] == 5
    for slot in slots[1:]:
        slot.leave()
    cache.fit()
    assert slots[0].block.keys.shape[1] == 1


def test_who_leaves_is_replaced_by_the_last():
    cache = Cache(LONG, 8, torch.float32, torch.device("cpu"))
    slots = [cache.slot(10) for _ in range(3)]
    cache.fit()
    torch.nn.init.normal_(slots[2].block.keys)
    kept = slots[2].block.keys[:, 2].clone()
    slots[0].leave()
    assert [slots[1].place, slots[2].place] == [1, 0]
    assert torch.equal(slots[2].block.keys[:, 0], kept)


def test_prompts_that_join_are_computed_in_the_pass_of_the_others(monkeypatch):
    sizes = sizes_of_passes(monkeypatch)
    engine = Engine(make_decoder(), MARKERS, rows=8, chunk=40)
    for seed in range(3):
        engine.submit(of_length(10, seed))
    engine.step()
    engine.submit(of_length(12))
    engine.submit(of_length(100))
    engine.step()
    assert sizes[-1] == 3 + 12 + 40
    engine.step()
    assert sizes[-1] == 4 + 40
    assert len(sizes) == 3
