"""Questions to the tokens that a policy goes on from, and its tokens back to text."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cogitate.budget import USUAL_ANSWER
from cogitate.errors import ModelError
from cogitate.tokenizer import THINK_CLOSE, THINK_OPEN, Message, Tokenizer
from cogitate.types import Budget, Family, Rollout

UNBOUNDED = Budget()
_NO_VARIABLES: Mapping[str, Any] = MappingProxyType({})
_ASKED = "How many days are 3 weeks?"
_FEW_TASKS, _MOST = 16, 0.95


def prompt_tokens(
    tokenizer: Tokenizer, question: str, budget: Budget = UNBOUNDED, *, system: str | None = None
) -> tuple[int, ...]:
    r"""Return the ids of a question, up to where the model goes on.

    Unless the budget has no room for thinking they end inside an open thought, where the tokenizer
    has the marker; else they end where the answer begins. A model that was taught what a budget
    is has a template that tells it. Special tokens inside the question are only text.

    Example: prompt_tokens(t, "2+2?") decodes to "<|im_start|>user\n2+2?<|im_end|>\n
    <|im_start|>assistant\n<think>"
    """
    return conversation_tokens(tokenizer, conversation(question, system), budget)


def conversation(question: str, system: str | None = None) -> list[Message]:
    """Return a conversation that begins with a question.

    Example: conversation("2+2?") -> [{"role": "user", "content": "2+2?"}]
    """
    asked: Message = {"role": "user", "content": question}
    return [asked] if system is None else [{"role": "system", "content": system}, asked]


def conversation_tokens(
    tokenizer: Tokenizer,
    messages: Sequence[Message],
    budget: Budget = UNBOUNDED,
    variables: Mapping[str, Any] = _NO_VARIABLES,
) -> tuple[int, ...]:
    """Return the ids of a conversation, as `prompt_tokens` does of a question.

    Args:
        tokenizer: it has the template.
        messages: the conversation.
        budget: what may be spent on going on.
        variables: for the template, besides those that follow from the budget.

    Raises:
        ModelError: the model's template refuses these messages.
    """
    opener, closer = tokenizer.think_open, tokenizer.think_close
    think = budget.think != 0 and opener is not None
    told = budget.think if budget.told is None else budget.told
    given = _switched(tokenizer, messages, {**variables, "enable_thinking": think})
    if told and think:
        given["thinking_budget"] = told
    tokens = tokenizer.chat_tokens(messages, **given)
    if opener is None or closer is None:
        return tuple(tokens)
    is_open = opens_thought(tokenizer, tokens)
    if think and not is_open:
        tokens.append(opener)
    elif is_open and not think:
        tokens.append(closer)  # some templates open a thought whatever they are told
    return tuple(tokens)


def check_template(tokenizer: Tokenizer) -> None:
    """See that the model's template tells it the question and leaves it room for a thought.

    Raises:
        ModelError: it does not, so that nothing could be learned of thinking.
    """
    asked = conversation(_ASKED)
    text = tokenizer.chat(asked, **_switched(tokenizer, asked, {"enable_thinking": True}))
    _, found, behind = text.rpartition(_ASKED)
    fault = ""
    if not found:
        fault = f"leaves out the question: it gives {text!r:.60}"
    elif behind.rfind(THINK_CLOSE) > behind.rfind(THINK_OPEN):
        fault = f"closes the thought before it begins: it ends in {behind!r:.60}"
    if fault:
        raise ModelError(
            f"the model's chat template {fault}; mend chat_template.jinja, or chat_template in"
            " tokenizer_config.json"
        )


def _switched(
    tokenizer: Tokenizer, messages: Sequence[Message], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Return variables with `thinking`, where a template closes the thought without it.

    DeepSeek's is one: it knows no `enable_thinking`.
    """
    given = {**variables}
    if given["enable_thinking"] and "thinking" in tokenizer.reads.variables - given.keys():
        text = tokenizer.chat(messages, **given)
        if text.rfind(THINK_CLOSE) > text.rfind(THINK_OPEN):
            given["thinking"] = True
    return given


def opens_thought(tokenizer: Tokenizer, prompt: Sequence[int]) -> bool:
    """Say whether a prompt ends inside a thought: its last opener has no closer behind it."""
    opener, closer = tokenizer.think_open, tokenizer.think_close
    for token in reversed(prompt):
        if token in (opener, closer):
            return token == opener
    return False


def usual_answer(tokenizer: Tokenizer, families: Iterable[Family]) -> int:
    """Return the tokens that are enough for most right answers of these families.

    Without any family that is `USUAL_ANSWER`.
    """
    targets = [f.generate("train", seed).target for f in families for seed in range(_FEW_TASKS)]
    lengths = sorted(len(tokenizer.encode(target)) + 1 for target in targets)
    return lengths[int(_MOST * (len(lengths) - 1))] if lengths else USUAL_ANSWER


def completion_tokens(tokenizer: Tokenizer, thought: str | None, answer: str) -> tuple[int, ...]:
    """Return the ids of a worked solution as the policy would have written it.

    The thought, its closing marker, the answer and the end-of-text token; a `thought` of None,
    or a tokenizer without the markers, gives the answer alone.
    """
    thinking: list[int] = []
    if thought is not None and tokenizer.think_close is not None:
        thinking = [*tokenizer.encode(thought), tokenizer.think_close]
    return (*thinking, *tokenizer.encode(answer), tokenizer.end)


def thought_text(tokenizer: Tokenizer, rollout: Rollout) -> str:
    """Return what was thought, without markers and outer whitespace."""
    return tokenizer.decode(rollout.thought).strip()


def answer_text(tokenizer: Tokenizer, rollout: Rollout) -> str:
    """Return what was answered, without markers and outer whitespace."""
    return tokenizer.decode(rollout.answer).strip()
