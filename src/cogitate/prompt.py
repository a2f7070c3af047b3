"""Questions to the tokens that a policy goes on from, and its tokens back to text."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from cogitate.errors import ModelError
from cogitate.protocols import Family
from cogitate.tokenizer import THINK_CLOSE, THINK_OPEN, Message, Tokenizer
from cogitate.types import USUAL_ANSWER, Budget, Rollout

Kind = Literal["thought", "answer"]
Span = tuple[Kind, str]
"""Some text, and what it is part of."""
UNBOUNDED = Budget()
_NO_VARIABLES: Mapping[str, Any] = MappingProxyType({})
_ASKED = "How many days are 3 weeks?"
_FEW_TASKS, _MOST = 16, 0.95
_TAG_TOKENS = 32
"""At the end of a prompt, that may spell a tag and white space behind it."""


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
    given = template_variables(tokenizer, messages, budget, variables)
    return begun(tokenizer, tokenizer.chat_tokens(messages, **given), budget)


def template_variables(
    tokenizer: Tokenizer,
    messages: Sequence[Message],
    budget: Budget,
    variables: Mapping[str, Any] = _NO_VARIABLES,
) -> dict[str, Any]:
    """Return what the template is given besides the messages; see `conversation_tokens`."""
    think = budget.think != 0 and tokenizer.think_open is not None
    told = budget.think if budget.stated is None else budget.stated
    given = _switched(tokenizer, messages, {**variables, "enable_thinking": think})
    return given | {"thinking_budget": told} if told and think else given


def begun(tokenizer: Tokenizer, tokens: Sequence[int], budget: Budget) -> tuple[int, ...]:
    """Return a prompt's ids with the thought opened, or closed, as the budget has it.

    Some templates open a thought whatever they are told, and others never.
    """
    opener, closer = tokenizer.think_open, tokenizer.think_close
    if opener is None or closer is None:
        return tuple(tokens)
    is_open, think = opens_thought(tokenizer, tokens), budget.think != 0
    if is_open == think:
        return tuple(tokens)
    return (*tokens, opener if think else closer)


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
    return _texts(tokenizer, rollout)["thought"].strip()


def answer_text(tokenizer: Tokenizer, rollout: Rollout) -> str:
    """Return what was answered, without thoughts, markers and outer whitespace."""
    return _texts(tokenizer, rollout)["answer"].strip()


def _texts(tokenizer: Tokenizer, rollout: Rollout) -> dict[Kind, str]:
    markers = (tokenizer.think_open, tokenizer.think_close)
    thought = [token for token in rollout.thought if token not in markers]
    texts: dict[Kind, str] = {"thought": tokenizer.decode(thought), "answer": ""}
    if rollout.answer:
        parts = ThoughtSplitter(
            tokenizer, (*rollout.request.prompt, *rollout.thought), inside=False
        )
        settled = [stretch for token in rollout.answer for stretch in parts.push(token)]
        for kind, text in settled + parts.close():
            texts[kind] += text
    return texts


class ThoughtSplitter:
    """Tells thought and answer apart while tokens come.

    A thought is opened by the prompt, or in the midst of the answer: by a model that was not to
    think, or goes back to it.

    Example: parts = ThoughtSplitter(tokenizer, prompt); for kind, text in parts.push(token)
    """

    def __init__(
        self, tokenizer: Tokenizer, before: Sequence[int], *, inside: bool | None = None
    ) -> None:
        """Begin behind the tokens `before`, `inside` a thought or, by default, if they open one."""
        self._tokenizer, self._tokens = tokenizer, [*before]
        self._inside = opens_thought(tokenizer, before) if inside is None else inside
        self._text = tokenizer.stream(before, skip_special=False)
        self._tags: TagSplitter | None = None
        if tokenizer.think_open is None:
            end = tokenizer.decode(before[-_TAG_TOKENS:], skip_special=False)
            self._tags = TagSplitter(inside=end.rstrip().endswith(THINK_OPEN))

    @property
    def kind(self) -> Kind:
        """What the next token belongs to, unless it is a marker."""
        inside = self._inside if self._tags is None else self._tags.inside
        return "thought" if inside else "answer"

    def push(self, token: int) -> list[Span]:
        """Return what this token settles, nothing of it empty."""
        self._tokens.append(token)
        if token in (self._tokenizer.think_open, self._tokenizer.think_close):
            settled = self.close()
            self._inside = token == self._tokenizer.think_open
            self._text = self._tokenizer.stream(self._tokens, skip_special=False)
            return settled
        return self._split(self._text.push(token)) if self._tokenizer.spell(token) else []

    def close(self) -> list[Span]:
        """Return what was held back, where no more tokens come."""
        settled = self._split(self._text.close())
        return settled if self._tags is None else settled + self._tags.close()

    def _split(self, text: str) -> list[Span]:
        if self._tags is not None:
            return self._tags.push(text)
        return [(self.kind, text)] if text else []


class TagSplitter:
    """Tells thought and answer apart in text, for models without markers of one token.

    A tag opens a thought only where no answer has begun: behind that it is what the answer is of.

    Example: TagSplitter().push("<think>6</think>42") -> [("thought", "6"), ("answer", "42")]
    """

    def __init__(self, *, inside: bool = False) -> None:
        """Begin an answer, or inside a thought."""
        self.inside, self._has_begun, self._held = inside, False, ""

    def push(self, text: str) -> list[Span]:
        """Return what can be told so far, nothing of it empty; what may be a tag waits."""
        told: list[Span] = []
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
                    told.append(("thought", sure))
                self._held = self._held[len(sure) :]
            if not found:
                return told
            self._held, self.inside = behind, not self.inside
        return told + self.close()

    def close(self) -> list[Span]:
        """Return what was held back, where no more text comes."""
        held, self._held = self._held, ""
        return [("thought" if self.inside else "answer", held)] if held else []


def overlap(text: str, mark: str) -> int:
    r"""Return how many characters at the end of a text begin a mark that is not whole.

    Example: overlap("3\nQ", "\nQ:") -> 2
    """
    most = min(len(mark) - 1, len(text))
    return next((n for n in range(most, 0, -1) if text.endswith(mark[:n])), 0)
