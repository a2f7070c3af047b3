"""What a policy sees of earlier turns: the last turn anew, or all turns as they were sampled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.errors import UsageError
from cogitate.prompt import completion_tokens, conversation
from cogitate.rollout.history import AllTurns, LastTurn, check_history
from cogitate.tokenizer import Tokenizer
from cogitate.tokenizer.templates import CHATML
from cogitate.types import Budget, End, Request, Rollout, ThoughtEnd

PLAIN = Tokenizer.bytes()
THINKING = Budget(think=64, answer=16)
DROPS_THOUGHTS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if loop.last and m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>{% endif %}"
)
COUNTS = (
    "{{ messages | length }}{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def with_template(template: str) -> Tokenizer:
    return PLAIN._with(template=template)


def turn(
    tokenizer: Tokenizer, prompt: tuple[int, ...], thought: str | None, answer: str
) -> Rollout:
    tokens = completion_tokens(tokenizer, thought, answer)
    split = tokens.index(tokenizer.think_close) + 1 if thought is not None else 0
    return Rollout(
        request=Request(prompt=prompt), thought=tokens[:split], answer=tokens[split:],
        logprobs=(0.0,) * len(tokens), sampled=(True,) * len(tokens),
        thought_end=ThoughtEnd.NATURAL, end=End.DONE, versions=((0, len(tokens)),), seconds=0.0,
    )  # fmt: skip


@given(question=texts, thought=texts, answer=texts, reply=texts)
def test_all_appends_and_changes_nothing(question, thought, answer, reply):
    history = AllTurns(PLAIN, THINKING)
    first = turn(PLAIN, history.begin(conversation(question)), thought, answer)
    second = history.go_on(first, conversation(reply))
    kept = (*first.request.prompt, *first.tokens)
    assert second[: len(kept)] == kept
    assert PLAIN.decode(second[len(kept) :], skip_special=False) == (
        f"<|im_start|>u {PLAIN.decode(PLAIN.encode(reply))}<|im_end|><|im_start|>a <think>"
    )


@given(question=texts, thought=texts, answer=texts, reply=texts)
def test_last_is_the_conversation_by_the_template_without_thoughts(
    question, thought, answer, reply
):
    history = LastTurn(PLAIN, THINKING)
    first = turn(PLAIN, history.begin(conversation(question)), thought, answer)
    messages = [
        *conversation(question),
        {"role": "assistant", "content": answer.strip()},
        *conversation(reply),
    ]
    second = history.go_on(first, conversation(reply))
    assert second == tuple(PLAIN.chat_tokens(messages, enable_thinking=True))


def test_without_a_thought_nothing_is_opened():
    history = AllTurns(PLAIN, Budget(think=0))
    first = turn(PLAIN, history.begin(conversation("2+2?")), None, "4")
    text = PLAIN.decode(history.go_on(first, conversation("3+3?")), skip_special=False)
    assert text.endswith("4<|im_end|><|im_start|>u 3+3?<|im_end|><|im_start|>a ")
    assert "<think>" not in text


def test_what_a_template_puts_between_messages_is_appended():
    tokenizer = with_template(CHATML)
    history = AllTurns(tokenizer, THINKING)
    first = turn(tokenizer, history.begin(conversation("2+2?")), "so", "4")
    behind = history.go_on(first, conversation("3+3?"))[len(first.request.prompt + first.tokens) :]
    assert tokenizer.decode(behind, skip_special=False) == (
        "\n<|im_start|>user\n3+3?<|im_end|>\n<|im_start|>assistant\n<think>"
    )


def test_each_turn_states_its_budget():
    tokenizer, budget = PLAIN.with_budgets(), Budget(think=64)
    check_history("all", tokenizer, budget)
    history = AllTurns(tokenizer, budget)
    first = turn(tokenizer, history.begin(conversation("2+2?")), "so", "4")
    text = tokenizer.decode(history.go_on(first, conversation("3+3?")), skip_special=False)
    assert text.count("[think at most 64]") == 2
    assert text.endswith("3+3? [think at most 64]<|im_end|><|im_start|>a <think>")


@pytest.mark.parametrize(
    "tokenizer",
    [with_template(DROPS_THOUGHTS), with_template(COUNTS)],
    ids=["thoughts are dropped", "messages are counted"],
)
def test_a_template_that_changes_earlier_messages_is_refused(tokenizer):
    with pytest.raises(UsageError, match=r"history all: .* use history last"):
        check_history("all", tokenizer, THINKING)
    check_history("last", tokenizer, THINKING)
