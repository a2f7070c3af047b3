"""From questions to prompts in token ids, and from a policy's tokens back to text."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from cogitate.errors import ModelError
from cogitate.protocols import Family
from cogitate.tokenizer import THINK_CLOSE, THINK_OPEN, Message, Tokenizer
from cogitate.types import USUAL_ANSWER, Budget, Rollout

Kind = Literal["thought", "answer"]
Span = tuple[Kind, str]
"""A text, and the part that it belongs to."""
UNBOUNDED = Budget()
_NO_VARIABLES: Mapping[str, Any] = MappingProxyType({})
_QUESTION = "How many days are 3 weeks?"
_FEW_TASKS, _ENOUGH = 16, 0.95
_TAG_TOKENS = 32
"""Tokens at the end of a prompt that may contain a tag and white space after it."""


def prompt_tokens(
    tokenizer: Tokenizer, question: str, budget: Budget = UNBOUNDED, *, system: str | None = None
) -> tuple[int, ...]:
    r"""Return the ids of a question's prompt.

    If the tokenizer has thought markers and the budget is not 0, they end inside an open thought,
    else where the answer begins. The template of a model trained with budgets states the budget.
    Special tokens inside the question are only text.

    Example: prompt_tokens(t, "2+2?") decodes to "<|im_start|>user\n2+2?<|im_end|>\n
    <|im_start|>assistant\n<think>"
    """
    return conversation_tokens(tokenizer, conversation(question, system), budget)


def conversation(question: str, system: str | None = None) -> list[Message]:
    """Return a conversation that consists of a question.

    Example: conversation("2+2?") -> [{"role": "user", "content": "2+2?"}]
    """
    message: Message = {"role": "user", "content": question}
    return [message] if system is None else [{"role": "system", "content": system}, message]


def conversation_tokens(
    tokenizer: Tokenizer,
    messages: Sequence[Message],
    budget: Budget = UNBOUNDED,
    variables: Mapping[str, Any] = _NO_VARIABLES,
) -> tuple[int, ...]:
    """Return the ids of a conversation's prompt; see `prompt_tokens`.

    Args:
        tokenizer: holds the template.
        messages: the conversation.
        budget: the budget of the next turn.
        variables: further variables of the template.

    Raises:
        ModelError: the model's template refuses these messages.
    """
    given = template_variables(tokenizer, messages, budget, variables)
    return begun(tokenizer, tokenizer.chat_tokens(messages, **given), budget)


def template_variables(
    tokenizer: Tokenizer,
    messages: Sequence[Message],
    budget: Budget,
    variables: Mapping[str, Any] = _NO_VARIABLES,
) -> dict[str, Any]:
    """Return the template's variables besides the messages; see `conversation_tokens`."""
    think = budget.think != 0 and tokenizer.think_open is not None
    stated = budget.think if budget.stated is None else budget.stated
    given = _switched(tokenizer, messages, {**variables, "enable_thinking": think})
    return given | {"thinking_budget": stated} if stated and think else given


def begun(tokenizer: Tokenizer, tokens: Sequence[int], budget: Budget) -> tuple[int, ...]:
    """Return a prompt's ids with the thought opened or closed, according to the budget.

    Some templates always open a thought, and others never do.
    """
    opener, closer = tokenizer.think_open, tokenizer.think_close
    if opener is None or closer is None:
        return tuple(tokens)
    is_open, think = opens_thought(tokenizer, tokens), budget.think != 0
    if is_open == think:
        return tuple(tokens)
    return (*tokens, opener if think else closer)


def check_template(tokenizer: Tokenizer) -> None:
    """Check that the model's template contains the question and leaves room for a thought.

    Raises:
        ModelError: it does not, so that thinking could not be learned.
    """
    messages = conversation(_QUESTION)
    text = tokenizer.chat(messages, **_switched(tokenizer, messages, {"enable_thinking": True}))
    _, found, behind = text.rpartition(_QUESTION)
    fault = ""
    if not found:
        fault = f"leaves out the question: it gives {text!r:.60}"
    elif behind.rfind(THINK_CLOSE) > behind.rfind(THINK_OPEN):
        fault = f"closes the thought before it begins: it ends in {behind!r:.60}"
    if fault:
        raise ModelError(
            f"the model's chat template {fault}; correct chat_template.jinja, or chat_template in"
            " tokenizer_config.json"
        )


def _switched(
    tokenizer: Tokenizer, messages: Sequence[Message], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the variables with `thinking`, if the template closes the thought without it.

    DeepSeek's template reads `thinking` instead of `enable_thinking`.
    """
    given = {**variables}
    if given["enable_thinking"] and "thinking" in tokenizer.reads.variables - given.keys():
        text = tokenizer.chat(messages, **given)
        if text.rfind(THINK_CLOSE) > text.rfind(THINK_OPEN):
            given["thinking"] = True
    return given


def opens_thought(tokenizer: Tokenizer, prompt: Sequence[int]) -> bool:
    """Return whether a prompt ends inside a thought: its last opener has no closer after it."""
    opener, closer = tokenizer.think_open, tokenizer.think_close
    for token in reversed(prompt):
        if token in (opener, closer):
            return token == opener
    return False


def usual_answer(tokenizer: Tokenizer, families: Iterable[Family]) -> int:
    """Return the tokens that suffice for most correct answers of these families.

    Without families it is `USUAL_ANSWER`.
    """
    targets = [f.generate("train", seed).target for f in families for seed in range(_FEW_TASKS)]
    lengths = sorted(len(tokenizer.encode(target)) + 1 for target in targets)
    return lengths[int(_ENOUGH * (len(lengths) - 1))] if lengths else USUAL_ANSWER


def completion_tokens(tokenizer: Tokenizer, thought: str | None, answer: str) -> tuple[int, ...]:
    """Return the ids of a worked solution in the policy's form.

    They are the thought, its closing marker, the answer and the end-of-text token. A `thought` of
    None, or a tokenizer without markers, gives only the answer and the end.
    """
    thinking: list[int] = []
    if thought is not None and tokenizer.think_close is not None:
        thinking = [*tokenizer.encode(thought), tokenizer.think_close]
    return (*thinking, *tokenizer.encode(answer), tokenizer.end)


def thought_text(tokenizer: Tokenizer, rollout: Rollout) -> str:
    """Return the thought's text, without markers and outer white space."""
    return _texts(tokenizer, rollout)["thought"].strip()


def answer_text(tokenizer: Tokenizer, rollout: Rollout) -> str:
    """Return the answer's text, without thoughts, markers and outer white space."""
    return _texts(tokenizer, rollout)["answer"].strip()


def without_thought(text: str) -> str:
    """Return the text of an answer as it is judged: without a thought that it opens with.

    Example: without_thought("<think>6</think> 42") -> "42"
    """
    tags = TagSplitter()
    spans = tags.push(text) + tags.close()
    return "".join(part for kind, part in spans if kind == "answer").strip()


def _texts(tokenizer: Tokenizer, rollout: Rollout) -> dict[Kind, str]:
    markers = (tokenizer.think_open, tokenizer.think_close)
    thought = [token for token in rollout.thought if token not in markers]
    texts: dict[Kind, str] = {"thought": tokenizer.decode(thought), "answer": ""}
    if rollout.answer:
        parts = ThoughtSplitter(
            tokenizer, (*rollout.request.prompt, *rollout.thought), inside=False
        )
        spans = [span for token in rollout.answer for span in parts.push(token)]
        for kind, text in spans + parts.close():
            texts[kind] += text
    return texts


class ThoughtSplitter:
    """Separates thought and answer in a stream of tokens.

    A thought is opened by the prompt, or within the answer by a model that thinks unasked or again.

    Example: parts = ThoughtSplitter(tokenizer, prompt); for kind, text in parts.push(token)
    """

    def __init__(
        self, tokenizer: Tokenizer, before: Sequence[int], *, inside: bool | None = None
    ) -> None:
        """Start after the tokens `before`; `inside` a thought, by default if they open one."""
        self._tokenizer, self._tokens = tokenizer, [*before]
        self._inside = opens_thought(tokenizer, before) if inside is None else inside
        self._text = tokenizer.stream(before, skip_special=False)
        self._tags: TagSplitter | None = None
        if tokenizer.think_open is None:
            end = tokenizer.decode(before[-_TAG_TOKENS:], skip_special=False)
            self._tags = TagSplitter(inside=end.rstrip().endswith(THINK_OPEN))

    @property
    def kind(self) -> Kind:
        """The part that the next token belongs to, unless it is a marker."""
        inside = self._inside if self._tags is None else self._tags.inside
        return "thought" if inside else "answer"

    def push(self, token: int) -> list[Span]:
        """Append a token; return the spans that it completes, none of them empty."""
        self._tokens.append(token)
        if token in (self._tokenizer.think_open, self._tokenizer.think_close):
            spans = self.close()
            self._inside = token == self._tokenizer.think_open
            self._text = self._tokenizer.stream(self._tokens, skip_special=False)
            return spans
        return self._split(self._text.push(token)) if self._tokenizer.spell(token) else []

    def close(self) -> list[Span]:
        """Return the remaining spans at the end of the tokens."""
        spans = self._split(self._text.close())
        return spans if self._tags is None else spans + self._tags.close()

    def _split(self, text: str) -> list[Span]:
        if self._tags is not None:
            return self._tags.push(text)
        return [(self.kind, text)] if text else []


class TagSplitter:
    """Separates thought and answer in text, for models without markers of one token.

    A tag opens a thought only before the answer begins; after that it is part of the answer.

    Example: TagSplitter().push("<think>6</think>42") -> [("thought", "6"), ("answer", "42")]
    """

    def __init__(self, *, inside: bool = False) -> None:
        """Start with an answer, or inside a thought."""
        self.inside, self._has_begun, self._held = inside, False, ""

    def push(self, text: str) -> list[Span]:
        """Append text; return the complete spans, none of them empty. A possible tag is kept."""
        spans: list[Span] = []
        self._held += text
        while not self._has_begun:
            tag = THINK_CLOSE if self.inside else THINK_OPEN
            before, found, behind = self._held.partition(tag)
            sure = before if found else before[: len(before) - overlap(before, tag)]
            if not self.inside and sure.strip():
                self._has_begun = True
                break
            if self.inside:
                if sure:
                    spans.append(("thought", sure))
                self._held = self._held[len(sure) :]
            if not found:
                return spans
            self._held, self.inside = behind, not self.inside
        return spans + self.close()

    def close(self) -> list[Span]:
        """Return the remaining text at its end."""
        held, self._held = self._held, ""
        return [("thought" if self.inside else "answer", held)] if held else []


def overlap(text: str, mark: str) -> int:
    r"""Return the length of the longest end of a text that is a proper prefix of `mark`.

    Example: overlap("3\nQ", "\nQ:") -> 2
    """
    max_overlap = min(len(mark) - 1, len(text))
    return next((n for n in range(max_overlap, 0, -1) if text.endswith(mark[:n])), 0)
