"""What a policy sees of an episode's earlier turns.

- last: each turn has a new prompt, the conversation so far in the model's template. It has the
  earlier answers as text, without their thoughts.
- all: the ids of each turn are kept, and those of new messages are appended. Nothing is tokenised
  twice, so that an episode is one sequence, thoughts included.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from cogitate.errors import UsageError
from cogitate.prompt import answer_text, begun, conversation_tokens, template_variables
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Message, Rollout

Kind = Literal["last", "all"]

_PROBE: list[Message] = [
    {"role": "user", "content": "2 + 2?"},
    {"role": "assistant", "content": "4", "reasoning_content": "Two more than 2."},
]
_MORE: list[Message] = [{"role": "user", "content": "And 3 + 3?"}]


class History(Protocol):
    """The prompts of one episode, turn by turn."""

    def begin(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the first turn's prompt."""
        ...

    def go_on(self, turn: Rollout, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the next turn's prompt, after a finished turn and the messages that follow it."""
        ...


class LastTurn:
    """History `last`.

    Example: history = LastTurn(tokenizer, budget); history.begin([{"role": "user", ...}])
    """

    def __init__(self, tokenizer: Tokenizer, budget: Budget) -> None:
        """Start an empty conversation; each turn has `budget`."""
        self._tokenizer, self._budget = tokenizer, budget
        self._messages: list[Message] = []

    def begin(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the conversation's ids."""
        self._messages += messages
        return conversation_tokens(self._tokenizer, self._messages, self._budget)

    def go_on(self, turn: Rollout, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the ids of the conversation with the answer and the new messages."""
        answered = {"role": "assistant", "content": answer_text(self._tokenizer, turn)}
        return self.begin([answered, *messages])


class AllTurns:
    """History `all`.

    Example: history = AllTurns(tokenizer, budget); history.begin([{"role": "user", ...}])
    """

    def __init__(self, tokenizer: Tokenizer, budget: Budget) -> None:
        """Start an empty conversation; each turn has `budget`."""
        self._tokenizer, self._budget = tokenizer, budget

    def begin(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the conversation's ids."""
        return conversation_tokens(self._tokenizer, messages, self._budget)

    def go_on(self, turn: Rollout, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the turn's prompt and ids unchanged, followed by the new messages' ids.

        Raises:
            UsageError: the model's template changes earlier messages when others follow.
        """
        tokens, behind = turn.tokens, self.behind(messages)
        if tokens[-1:] and tokens[-1] not in self._tokenizer.eos:  # it was cut off
            tokens = (*tokens, self._tokenizer.end)
        return begun(self._tokenizer, (*turn.request.prompt, *tokens, *behind), self._budget)

    def behind(self, messages: Sequence[Message]) -> Sequence[int]:
        """Return the ids that the template adds after an answer's last token for new messages."""
        tokenizer, whole = self._tokenizer, [*_PROBE, *messages]
        given = template_variables(tokenizer, whole, self._budget)
        plain = {name: value for name, value in given.items() if name != "thinking_budget"}
        before = tokenizer.chat_tokens(_PROBE, **plain, add_generation_prompt=False)
        after = tokenizer.chat_tokens(whole, **given)
        ends = [place for place, token in enumerate(before) if token in tokenizer.eos]
        if after[: len(before)] != before or not ends:
            raise UsageError(
                "history all: the model's chat template changes earlier messages when others"
                " follow, or does not end them; use history last"
            )
        return after[ends[-1] + 1 :]


HISTORIES: dict[str, type[LastTurn] | type[AllTurns]] = {"last": LastTurn, "all": AllTurns}
"""By name."""


def check_history(kind: Kind, tokenizer: Tokenizer, budget: Budget) -> None:
    """Check, before anything is sampled, that a model's template allows a history.

    Raises:
        UsageError: history `all`, and the template changes earlier messages when others follow.
    """
    if kind == "all":
        AllTurns(tokenizer, budget).behind(_MORE)
