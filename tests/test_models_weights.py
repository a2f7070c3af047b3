"""Weights pass from learner to sampler as named tensors, in one process without a copy."""

import copy
from dataclasses import replace

import pytest
import torch

from card import DEVICE, Card
from cogitate.engine.engine import Engine
from cogitate.models import lora
from cogitate.models.weights import learned, load, publish
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Request
from tiny import make_decoder

MARKERS = Markers(ends=frozenset({1}))
REQUEST = Request(prompt=(3, 4, 5), budget=Budget(answer=12), seed=1)


def rolled_out(engine: Engine):
    while not engine.idle:
        for event in engine.step():
            if event.rollout is not None:
                return event.rollout
    raise AssertionError("no rollout")


def test_names_are_hugging_faces_with_a_tied_head_twice(tmp_path):
    from transformers import AutoModelForCausalLM

    from cogitate import models
    from cogitate.tokenizer import Tokenizer

    policy = models.initialise("nano", Tokenizer.bytes(), 0)
    models.save(policy, tmp_path / "model")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "model").state_dict()
    ours = publish(policy.decoder, 7)
    assert ours.version == 7
    assert ours.tensors.keys() == theirs.keys()
    assert all(torch.equal(ours.tensors[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("adapted", [False, True])
def test_other_weights_are_copied_and_own_ones_are_not(adapted):
    sampler, learner = make_decoder(), make_decoder()
    if adapted:
        lora.apply(sampler, rank=2, alpha=4, seed=0)
        lora.apply(learner, rank=2, alpha=4, seed=1)
    before = {name: p._version for name, p in learner.named_parameters()}
    with torch.no_grad():
        for parameter in learner.parameters():
            parameter.add_(0.1)
    load(sampler, publish(learner, 1))
    for (name, ours), theirs in zip(sampler.named_parameters(), learner.parameters(), strict=True):
        assert torch.equal(ours, theirs), name
    after = {name: p._version for name, p in learner.named_parameters()}
    load(learner, publish(learner, 2))
    assert {name: p._version for name, p in learner.named_parameters()} == after != before


def test_a_rollout_has_the_version_of_each_span_of_its_tokens():
    decoder, other = make_decoder(), make_decoder()
    with torch.no_grad():
        other.embedding.weight.mul_(-1)
    engine = Engine(copy.deepcopy(decoder), MARKERS, rows=1)
    engine.load_weights(publish(decoder, 4))
    engine.submit(replace(REQUEST, budget=Budget(answer=12)))
    for _ in range(5):
        engine.step()
    engine.load_weights(publish(other, 5))
    engine.load_weights(publish(decoder, 6))
    rollout = rolled_out(engine)
    assert rollout.versions == ((4, 5), (6, len(rollout.tokens) - 5))
    assert rollout.version == 6


def test_what_is_sent_takes_no_more_than_it_is():
    """A tensor that is a part of a fused one would be sent with all of it."""
    decoder = make_decoder()
    sent = learned(decoder, 1).tensors
    assert all(tensor.untyped_storage().nbytes() == tensor.nbytes for tensor in sent.values())
    own = publish(decoder, 1).tensors
    assert all(torch.equal(sent[name], own[name]) for name in own)


@pytest.mark.parametrize("adapted", [False, True])
def test_what_is_sent_needs_no_gpu_where_it_is_read(monkeypatch, adapted):
    decoder = make_decoder()
    if adapted:
        lora.apply(decoder, rank=2, alpha=4, seed=0)
    own = learned(decoder, 1).tensors
    with Card(monkeypatch):
        sent = learned(decoder.to(DEVICE), 1).tensors
    assert {tensor.device.type for tensor in sent.values()} == {"cpu"}
    assert all(torch.equal(sent[name], own[name]) for name in own)
    assert adapted or sent["lm_head.weight"] is sent["model.embed_tokens.weight"]
