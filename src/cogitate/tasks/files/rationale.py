r"""Split an answer of a file into thought and answer, if it has both.

"He has 3 + 5 = <<3+5=8>>8.\n#### 8"    -> ("He has 3 + 5 = 8.", "8")     as GSM8K writes it
"So the area is $\boxed{\frac12}$."     -> ("So the area ...", r"\frac12")  as MATH does
"<think>3 + 5</think>8"                 -> ("3 + 5", "8")                 as models do
"""

import re

from cogitate.verify.quantity import quantity

_NAME = "(?:think|thinking|thought|reasoning)"
_THOUGHT = re.compile(rf"\s*(?:<{_NAME}>)?(.*?)</{_NAME}>(.*)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(rf"</?{_NAME}>", re.IGNORECASE)
_AROUND = re.compile(rf"^<{_NAME}>|</{_NAME}>$", re.IGNORECASE)
_CHAT = re.compile(r"<[|｜][^\s<>|｜]+[|｜]>|<(?:start|end)_of_turn>|</s>|\[/?INST\]")
_MARK = "####"
_CALCULATION = re.compile(r"<<[^<>]*>>")
_BOX = "\\boxed{"


def split_answer(text: str) -> tuple[str, str]:
    """Return the thought, empty if there is none, and the answer.

    Raises:
        ValueError: it has an unclosed thought, or several answers; continues "the answer".
    """
    if thought := _THOUGHT.fullmatch(text):
        inner, answer = split_answer(thought[2])
        return "\n".join(filter(None, [bare_thought(thought[1]), inner])), answer
    if tag := _TAG.search(text):
        raise ValueError(f"has an unclosed {tag[0]}")
    before, _, marked = text.rpartition(_MARK)
    if not before.endswith("#") and (_is_last_line(before, marked.strip()) or quantity(marked)):
        return _CALCULATION.sub("", before).strip(), marked.strip()
    if text.count(_BOX) > 1:
        raise ValueError("has more than one \\boxed{}")
    if _BOX in text:
        start = text.index(_BOX)
        length = _braced(text[start + len(_BOX) :])
        whole = start == 0 and len(_BOX) + length + 1 == len(text)
        return "" if whole else text, text[start + len(_BOX) :][:length]
    return "", text


def bare_thought(text: str) -> str:
    """Return a thought without the tags around it.

    Raises:
        ValueError: it contains other tags or chat tokens; continues "the thought".
    """
    bare = _AROUND.sub("", text.strip())
    if _TAG.search(bare):
        raise ValueError("has <think> tags inside; only one pair around it is removed")
    if token := _CHAT.search(bare):
        raise ValueError(f"contains the chat token {token[0]}; remove it")
    return bare if len(bare) < len(text.strip()) else text


def _is_last_line(before: str, marked: str) -> bool:
    """Return whether the mark begins a line of its own, the last of several."""
    above, newline, indent = before.rpartition("\n")
    return bool(newline and above.strip() and not indent.strip() and marked) and "\n" not in marked


def _braced(text: str) -> int:
    """Return the number of characters before the closing brace of a group."""
    depth = 1
    for place, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return place
    raise ValueError("has an unclosed \\boxed{")
