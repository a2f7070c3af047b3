"""Qwen's published files against transformers' reading of them; only `make test-qwen` runs this.

One model is in memory at a time, dequantised in fp32.
"""

import argparse
import gc
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

from cogitate import models
from cogitate.prompt import prompt_tokens
from cogitate.runs.opening import load
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Request
from vocabularies import assert_same

pytestmark = [pytest.mark.qwen, pytest.mark.slow]

NEW_TOKENS = 32
ROWS = 10
"""Answers at once."""
READ_TOKENS = 256
"""Of each text whose logits are compared."""
DOCS = Path(__file__).resolve().parent.parent / "docs"
TEXTS = [
    Path(heapq.__file__).read_text("utf-8"),
    Path(argparse.__file__).read_text("utf-8"),
    (DOCS / "measuring.md").read_text("utf-8"),
]
FUNCTIONS = (
    *("reverses a string", "adds two numbers", "counts the vowels of a text", "sorts a list"),
    *("tells whether a number is prime", "returns the largest of three numbers", "reads a file"),
    *("merges two dictionaries", "computes a factorial", "removes duplicates from a list"),
    *("returns the n-th Fibonacci number", "checks whether a word is a palindrome"),
    *("converts Celsius to Fahrenheit", "flattens a nested list", "splits a text into words"),
    *("finds the median of a list", "parses a date", "transposes a matrix", "rolls a die"),
    *("rounds a number to two digits",),
)
THINGS = (
    *("a binary tree", "a hash table", "recursion", "a pointer", "a compiler", "the internet"),
    *("photosynthesis", "gravity", "an earthquake", "a rainbow", "inflation", "a vaccine"),
    *("democracy", "the Renaissance", "a sonnet"),
)
COUNTRIES = (
    *("France", "Italy", "Japan", "Peru", "Kenya", "Norway", "Egypt", "Canada", "Vietnam"),
    *("Portugal", "Mexico", "Poland", "India", "Greece", "Chile"),
)
QUESTIONS = [
    *(f"Write a Python function that {what}." for what in FUNCTIONS),
    *(f"Explain in one sentence: what is {thing}?" for thing in THINGS),
    *(f"What is the capital of {country}?" for country in COUNTRIES),
]
assert len(QUESTIONS) == 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of one file's texts and questions."""

    tokenizer: Any
    logits: list[Tensor]
    """[tokens, vocabulary] for each of TEXTS."""
    answers: list[tuple[int, ...]]
    """For each of QUESTIONS, with the end-of-text token if it was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The ids that both read."""

    texts: list[list[int]]
    prompts: list[tuple[int, ...]]


@pytest.fixture(scope="module", params=["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"])
def alias(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def said(alias) -> tuple[Said, Said]:
    """What we say, and what transformers says."""
    ours, given = ask_us(alias)
    gc.collect()
    return ours, ask_them(models.pull(alias), given, ours.tokenizer)


@torch.no_grad()
def ask_us(alias: str) -> tuple[Said, Given]:
    loaded = load(alias, weights="fp32")
    tokenizer, decoder = loaded.tokenizer, loaded.decoder
    given = Given(
        texts=[tokenizer.encode(text)[:READ_TOKENS] for text in TEXTS],
        prompts=[prompt_tokens(tokenizer, question) for question in QUESTIONS],
    )
    logits = [
        decoder.logits(decoder(torch.tensor(text), torch.arange(len(text)), causal))
        for text in given.texts
    ]
    budget = Budget(answer=NEW_TOKENS)
    rollouts = loaded.sampler(budget, rows=ROWS).sample(
        [Request(prompt=prompt, budget=budget, temperature=0.0) for prompt in given.prompts]
    )
    answers = [rollout.answer for rollout in rollouts]
    return Said(tokenizer=tokenizer, logits=logits, answers=answers), given


def causal(_layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
    q, k, v = (x.transpose(0, 1) for x in (q_NHd, k_NKd, v_NKd))
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    return mixed.transpose(0, 1).flatten(1)


@torch.no_grad()
def ask_them(file: Path, given: Given, ours: Tokenizer) -> Said:
    model = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.float32
    ).eval()
    logits = [model(torch.tensor([text])).logits[0] for text in given.texts]
    answers: list[tuple[int, ...]] = []
    for first in range(0, len(given.prompts), ROWS):
        answers += their_answers(model, given.prompts[first : first + ROWS], ours)
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    return Said(tokenizer=tokenizer, logits=logits, answers=answers)


def their_answers(
    model: Any, prompts: Sequence[tuple[int, ...]], tokenizer: Tokenizer
) -> list[tuple[int, ...]]:
    """Return greedy answers to prompts, which are padded on the left."""
    width = max(map(len, prompts))
    rows = [[tokenizer.end] * (width - len(prompt)) + [*prompt] for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    found = model.generate(
        torch.tensor(rows),
        attention_mask=torch.tensor(mask),
        do_sample=False,
        max_new_tokens=NEW_TOKENS,
        eos_token_id=sorted(tokenizer.eos),
        pad_token_id=tokenizer.end,
    )
    return [ended(row[width:], tokenizer) for row in found.tolist()]


def ended(tokens: list[int], tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return tokens up to the first end-of-text."""
    end = next((place for place, token in enumerate(tokens) if token in tokenizer.eos), NEW_TOKENS)
    return tuple(tokens[: end + 1])


def test_logits_are_those_of_transformers(said, record_property):
    ours, theirs = said
    differences = [
        float((a - b).abs().max()) for a, b in zip(ours.logits, theirs.logits, strict=True)
    ]
    record_property("largest differences", differences)
    assert max(differences) <= 1e-2


def test_greedy_answers_are_those_of_transformers(said):
    ours, theirs = said
    for question, ids, expected in zip(QUESTIONS, ours.answers, theirs.answers, strict=True):
        assert ours.tokenizer.decode(ids) == ours.tokenizer.decode(expected), question
        assert ids == expected


def test_the_tokenizer_is_that_of_transformers(said):
    ours, theirs = (one.tokenizer for one in said)
    for text in (*TEXTS, *QUESTIONS):
        ids = theirs(text)["input_ids"]
        assert ours.encode(text) == ids
        assert ours.decode(ids) == theirs.decode(ids)
    assert_same(ours, theirs)
    messages = [{"role": "user", "content": QUESTIONS[0]}]
    expected = theirs.apply_chat_template(  # they take no template from a GGUF file
        messages, chat_template=ours.template, add_generation_prompt=True, return_dict=False
    )
    assert ours.chat_tokens(messages) == expected


def test_the_file_as_it_is_knows_a_capital(alias):
    loaded = load(alias)
    budget = Budget(answer=NEW_TOKENS)
    prompt = prompt_tokens(loaded.tokenizer, "What is the capital of Italy?")
    request = Request(prompt=prompt, budget=budget, temperature=0.0)
    (rollout,) = loaded.sampler(budget, rows=1).sample([request])
    assert "Rome" in loaded.tokenizer.decode(rollout.answer)
