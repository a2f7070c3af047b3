"""What a server counts of its answers' form, by the version of the weights that wrote them."""

import dataclasses

import httpx2 as httpx
import openai
import pytest
import torch

from cogitate import models
from cogitate.serve.meter import FAULTS, Meter, faults
from cogitate.types import Budget, End, Request, Rollout, ThoughtEnd
from serving import serving


@pytest.mark.parametrize(
    ("thought", "answer", "end", "wrong"),
    [
        (" 1+1=2", "2", ThoughtEnd.NATURAL, []),
        (" 1+1=2", "2", ThoughtEnd.LOOP, ["looping"]),
        (" 1+1", "", ThoughtEnd.NONE, ["unclosed"]),
        (" 1+1=2", " ", ThoughtEnd.NATURAL, ["malformed"]),
        (" 1+1=2", "<think>2", ThoughtEnd.NATURAL, ["malformed"]),
        (" 答案是三", "三", ThoughtEnd.NATURAL, ["foreign"]),
        ("", "2", ThoughtEnd.NONE, []),
    ],
)
def test_each_fault_of_an_answer_is_named(thought, answer, end, wrong) -> None:
    tokenizer = models.load("mini").tokenizer
    rollout = Rollout(
        request=Request(prompt=tuple(tokenizer.encode("What is 1 + 1?"))),
        thought=tuple(tokenizer.encode(thought)), answer=tuple(tokenizer.encode(answer)),
        logprobs=(), sampled=(), thought_end=end, end=End.DONE, versions=(), seconds=0.1,
    )  # fmt: skip
    assert list(faults(tokenizer, rollout)) == wrong
    looped = dataclasses.replace(rollout, looped=True)
    others = [name for name in wrong if name != "looping"]
    assert list(faults(tokenizer, looped)) == ["looping", *others]


def test_deadlines_are_kept_by_answers_that_their_clients_bounded_and_missed_in_the_queue() -> None:
    meter, budget = Meter(), Budget(total=3, deadline_s=5.0)
    cut = Rollout(
        request=Request(prompt=(5,), budget=budget), thought=(), answer=(6, 7, 8), logprobs=(),
        sampled=(True,) * 3, thought_end=ThoughtEnd.NONE, end=End.TRUNCATED, versions=(),
        seconds=0.1,
    )  # fmt: skip
    meter.ended("mini", cut)
    meter.ended("mini", dataclasses.replace(cut, answer=(6, 7)))
    meter.expired("mini")
    text = meter.text().decode()
    assert 'cogitate_deadlines_total{kept="yes",model="mini"} 1.0' in text
    assert 'cogitate_deadlines_total{kept="no",model="mini"} 2.0' in text
    assert 'cogitate_requests_refused_total{model="mini"} 1.0' in text


def test_a_server_counts_answers_and_faults_by_version() -> None:
    with (
        serving() as address,
        openai.OpenAI(base_url=address, api_key="none", max_retries=0) as client,
    ):
        messages = [{"role": "user", "content": "What is 478 + 356?"}]
        client.chat.completions.create(model="mini", messages=messages)  # pyright: ignore
        text = httpx.get(address.removesuffix("/v1") + "/metrics").text
    counts = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    versions = {  # the server takes the dtype that is faster here
        models.fingerprint(models.load("mini", dtype=dtype).decoder)
        for dtype in (torch.float32, torch.bfloat16)
    }
    assert len(versions) == 2
    labels = [f'model="mini",version="{version}"' for version in versions]
    (known,) = [label for label in labels if f"cogitate_answers_total{{{label}}}" in counts]
    assert float(counts[f"cogitate_answers_total{{{known}}}"]) == 1
    for fault in FAULTS:
        name = f'cogitate_faulty_answers_total{{fault="{fault}",{known}}}'
        assert float(counts[name]) == 0
