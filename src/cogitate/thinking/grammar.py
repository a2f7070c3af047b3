"""Answers that follow a JSON Schema: llguidance computes which tokens may come next.

The schema applies to the answer only: on the whole text it would forbid thinking. Source:
https://github.com/guidance-ai/llguidance.
"""

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cogitate.errors import UsageError
from cogitate.extras import advice
from cogitate.tokenizer import Tokenizer

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

_KEPT = 32
"""Number of compiled schemas that are cached."""
_SHOWN = 200
"""Most characters of a message about a schema."""


class Schemas:
    """Makes matchers for the tokens of one model.

    Example: Schemas(tokenizer).matcher('{"type": "integer"}')
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Take the tokens of `tokenizer`; their table is built when it is first needed."""
        self._tokenizer = tokenizer

    def matcher(self, schema: str) -> "Matcher":
        """Return a matcher for one answer; see `compiled`."""
        return Matcher(self.compiled(schema).deep_copy())

    @cached_property
    def compiled(self) -> "Callable[[str], LLMatcher]":
        """Compile a schema, which can take a second; results are cached.

        Raises:
            UsageError: the text is no JSON Schema, or the schema is not supported.
        """
        return lru_cache(_KEPT)(self._compile)

    def _compile(self, schema: str) -> "LLMatcher":
        try:
            from llguidance import LLMatcher
        except ModuleNotFoundError as error:
            raise UsageError(f"a schema of the answer: {advice(error)}") from error
        try:
            grammar = LLMatcher.grammar_from_json_schema(
                schema,  # on one line: some models write white space for ever where they may
                {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "},
            )
        except ValueError as error:
            raise UsageError(f"this is no JSON Schema: {error}") from error
        matcher = LLMatcher(self._table, grammar, log_level=0)
        if matcher.is_error():
            wrong = " ".join(matcher.get_error().split())[:_SHOWN]
            raise UsageError(f"this schema cannot be followed: {wrong}")
        return matcher

    @cached_property
    def _table(self) -> "LLTokenizer":
        from llguidance import LLTokenizer

        return LLTokenizer(self._tokenizer.to_json(), eos_token=sorted(self._tokenizer.eos))


class Matcher:
    """The state of one answer in its schema.

    Example: matcher = Schemas(tokenizer).matcher(schema); matcher.restrict(logits_V);
    matcher.push(token)
    """

    def __init__(self, matcher: "LLMatcher") -> None:
        """Start before the answer's first token."""
        self._matcher = matcher

    def restrict(self, logits_V: Tensor) -> None:
        """Set the logits [V] of tokens that may not come next to -inf.

        If the schema exceeds the matcher's limits, only the end of the answer is allowed.
        """
        allowed = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8)
        allowed = allowed.to(logits_V.device, non_blocking=True)
        logits_V[: len(allowed)].masked_fill_(allowed == 0, -torch.inf)
        logits_V[len(allowed) :] = -torch.inf

    def push(self, token: int) -> None:
        """Append the chosen token."""
        self._matcher.consume_token(token)
