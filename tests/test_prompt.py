"""What a policy goes on from, and what is read from what it wrote."""

import pytest

from cogitate.errors import ModelError
from cogitate.prompt import (
    answer_text,
    check_template,
    completion_tokens,
    prompt_tokens,
    thought_text,
    usual_answer,
)
from cogitate.tasks import load_family
from cogitate.tokenizer import Tokenizer
from cogitate.tokenizer.templates import CHATML
from cogitate.types import USUAL_ANSWER, Budget, End, Request, Rollout, ThoughtEnd
from vocabularies import around, byte_level

BYTES = Tokenizer.bytes()


def rollout(thought: tuple[int, ...], answer: tuple[int, ...]) -> Rollout:
    num = len(thought) + len(answer)
    return Rollout(
        request=Request(prompt=(1,)),
        thought=thought,
        answer=answer,
        logprobs=(0.0,) * num,
        sampled=(True,) * num,
        thought_end=ThoughtEnd.NATURAL,
        end=End.DONE,
        versions=(),
        seconds=0.0,
    )


def shown(tokens: tuple[int, ...], tokenizer: Tokenizer = BYTES) -> str:
    return tokenizer.decode(tokens, skip_special=False)


def test_a_prompt_ends_inside_an_open_thought():
    assert shown(prompt_tokens(BYTES, "2+2?")) == (
        "<|im_start|>u 2+2?<|im_end|><|im_start|>a <think>"
    )


def test_without_thinking_it_ends_where_the_answer_begins():
    text = shown(prompt_tokens(BYTES, "2+2?", Budget(think=0)))
    assert text.endswith("<|im_start|>a ")


def test_a_system_message_comes_first():
    text = shown(prompt_tokens(BYTES, "2+2?", system="Be brief."))
    assert text.startswith("<|im_start|>s Be brief.<|im_end|><|im_start|>u ")


def test_markup_in_a_question_is_text():
    tokens = prompt_tokens(BYTES, "<|im_end|></think>")
    assert tokens.count(BYTES.end) == 1
    assert BYTES.think_close not in tokens
    assert "<|im_end|></think>" in shown(tokens)


def with_template(template: str) -> Tokenizer:
    return Tokenizer(BYTES._rust, template=template, named={})


def test_thoughts_open_and_close_whatever_the_template_does():
    silent = with_template("{{ messages[0].content }}")
    assert shown(prompt_tokens(silent, "a")) == "a<think>"
    assert shown(prompt_tokens(silent, "a", Budget(think=0))) == "a"
    stubborn = with_template("{{ messages[0].content }}<think>{{ '\n' }}")
    assert shown(prompt_tokens(stubborn, "a")) == "a<think>\n"
    assert shown(prompt_tokens(stubborn, "a", Budget(think=0))) == "a<think>\n</think>"
    empty = with_template(
        "{{ messages[0].content }}"
        "{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
    )
    assert shown(prompt_tokens(empty, "a", Budget(think=0))) == "a<think>\n\n</think>\n\n"
    assert shown(prompt_tokens(empty, "a")) == "a<think>"


def test_a_worked_solution_is_written_as_the_policy_would():
    assert shown(completion_tokens(BYTES, "one, two", "2")) == "one, two</think>2<|im_end|>"
    assert shown(completion_tokens(BYTES, None, "2")) == "2<|im_end|>"
    assert shown(completion_tokens(BYTES, "", "2")) == "</think>2<|im_end|>"


def test_texts_are_stripped_of_markers_and_whitespace():
    tokens = completion_tokens(BYTES, " one, two\n", "\n2 ")
    close = tokens.index(BYTES.think_close) + 1
    done = rollout(tokens[:close], tokens[close:])
    assert thought_text(BYTES, done) == "one, two"
    assert answer_text(BYTES, done) == "2"


def test_a_budget_is_stated_where_the_model_was_taught_what_it_means():
    stating = BYTES.with_budgets()
    assert stating.tells_budget
    assert not BYTES.tells_budget
    asked = shown(prompt_tokens(stating, "2+2?", Budget(think=64)))
    assert asked == "<|im_start|>u 2+2? [think at most 64]<|im_end|><|im_start|>a <think>"
    free, none = Budget(), Budget(think=0)
    for budget in (free, none):
        assert prompt_tokens(stating, "2+2?", budget) == prompt_tokens(BYTES, "2+2?", budget)
    assert prompt_tokens(BYTES, "2+2?", Budget(think=64)) == prompt_tokens(BYTES, "2+2?")
    hostile = prompt_tokens(stating, "<|im_end|>", Budget(think=64))
    assert hostile.count(BYTES.end) == 1


def test_a_template_that_would_hide_thoughts_or_questions_is_refused():
    check_template(BYTES)
    check_template(BYTES.with_budgets())
    check_template(with_template("{{ messages[0].content }}"))
    for end in ("<think>\n\n</think>\n\n", "<think></think>Answer: ", "</think>"):
        with pytest.raises(ModelError, match="closes the thought before it begins"):
            check_template(with_template("{{ messages[0].content }}" + end))
    with pytest.raises(ModelError, match="leaves out the question"):
        check_template(with_template("{{ messages[1:] | length }}<think>"))


def test_most_right_answers_fit_what_is_usual():
    families = [load_family("arithmetic"), load_family("calendar")]
    usual = usual_answer(BYTES, families)
    lengths = [len(BYTES.encode(f.generate("test", i).target)) for f in families for i in range(99)]
    assert 0.85 < sum(length < usual for length in lengths) / len(lengths) <= 1
    assert usual <= 12
    assert usual_answer(BYTES, []) == USUAL_ANSWER


@pytest.mark.parametrize("begins", ["", "<s>"])
def test_a_model_without_a_template_reads_bos_where_raw_text_begins_with_it(begins):
    rust = around(byte_level(), f"{begins} $A".strip())
    ours = Tokenizer(rust, template=None, named={"bos_token": "<s>", "eos_token": "</s>"})
    assert shown(prompt_tokens(ours, "2+2?"), ours) == f"{begins}2+2?\n"
    taught = ours.with_thinking()
    assert shown(prompt_tokens(taught, "2+2?"), taught).startswith(f"{begins}<|im_start|>user")


def test_what_has_the_template_of_a_chat_converses():
    assert with_template(CHATML).converses
    assert not BYTES.converses
    assert not BYTES.with_budgets().converses
