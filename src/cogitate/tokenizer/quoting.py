"""Tell special tokens that messages contain from those that the chat template writes.

A question that contains "<|im_end|>" must not end its own turn, so messages are plain text.
Templates still need the original messages: some search for "</think>" and cut there. So the
conversation is rendered twice, the second time with the special tokens of its messages masked by
letters, and the two texts are compared.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from cogitate.errors import ModelError
from cogitate.tokenizer.templates import Message, now

Quote = tuple[str, str]
"""A special token in a message: the message's role ("" for variables), and the token's text."""


def quoted(
    chat: Callable[..., str],
    messages: Sequence[Message],
    variables: Mapping[str, Any],
    special: re.Pattern[str],
) -> tuple[str, str]:
    r"""Return the text of a conversation, and the same with its messages' special tokens masked.

    Special tokens that the template itself searches for stay unmasked: there they count, as in
    transformers.

    Args:
        chat: renders messages with variables.
        messages: the conversation.
        variables: of the template; their special tokens are masked too.
        special: matches special tokens.

    Example: "<|im_start|>user\nWhat is <|im_end|>?<|im_end|>\n" comes with
    "<|im_start|>user\nWhat is <|xx_xxx|>?<|im_end|>\n".
    """
    parts = [*((str(message.get("role")), message) for message in messages), ("", variables)]
    seen = dict.fromkeys(quote for role, part in parts for quote in _quotes(role, part, special))
    time = {"strftime_now": now().strftime}  # the same in every rendering

    def render(masked: Iterable[Quote]) -> str:
        *shown, given = (_masked(part, role, special, masked) for role, part in parts)
        return chat(shown, **{**time, **given})

    text = found = render(())
    masked = set[Quote]()
    groups = [list(seen)] if seen else []
    while groups:  # halves of what cannot be masked together, to render seldom
        group = groups.pop()
        tried = _rendered(render, masked.union(group))
        if _is_masked(text, tried):
            masked.update(group)
            found = tried
        elif len(group) > 1:
            groups += [group[len(group) // 2 :], group[: len(group) // 2]]
    return text, found


def _rendered(render: Callable[[Iterable[Quote]], str], masked: Iterable[Quote]) -> str:
    """Return the text with quotes masked; empty if the template refuses it."""
    try:
        return render(masked)
    except ModelError:
        return ""


def _is_masked(text: str, tried: str) -> bool:
    """Return whether the texts differ only by masks."""
    return len(tried) == len(text) and all(
        new in (old, _other(old)) for old, new in zip(text, tried, strict=True)
    )


def _mask(text: str) -> str:
    """Return text with its letters replaced; marks stay, as templates may search for "<".

    Example: _mask("<|im_end|>") -> "<|xx_xxx|>"
    """
    masked = "".join(_other(c) if c.isalnum() else c for c in text)
    return masked if masked != text else "".join(map(_other, text))


def _other(character: str) -> str:
    return "y" if character == "x" else "x"


def _quotes(role: str, value: Any, special: re.Pattern[str]) -> Iterable[Quote]:
    """Yield the special tokens of every text in a value."""
    found = list[Quote]()

    def see(text: str) -> str:
        found.extend((role, token) for token in special.findall(text) if token)
        return text

    _changed(value, see)
    return found


def _masked(value: Any, role: str, special: re.Pattern[str], masked: Iterable[Quote]) -> Any:
    """Return a value with some of its special tokens masked."""

    def mask(found: re.Match[str]) -> str:
        return _mask(found[0]) if (role, found[0]) in masked else found[0]

    return _changed(value, lambda text: special.sub(mask, text)) if masked else value


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with each text in it changed, except the role of a message."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        fields = cast(Mapping[str, Any], value)
        return {k: v if k == "role" else _changed(v, change) for k, v in fields.items()}
    if isinstance(value, list | tuple):
        return [_changed(item, change) for item in cast(Sequence[Any], value)]
    return value
