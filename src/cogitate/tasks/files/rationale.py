r"""The thought and the answer proper, where a file's answer has both.

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
    """Return the thought, empty where there is none, and the answer.

    Raises:
        ValueError: it has parts of a thought, or several answers; goes on from "the answer".
    """
    if thought := _THOUGHT.fullmatch(text):
        inner, answer = split_answer(thought[2])
        return "\n".join(filter(None, [bare_thought(thought[1]), inner])), answer
    if tag := _TAG.search(text):
        raise ValueError(f"has a {tag[0]} that does not end")
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
        ValueError: there are others in it, or tokens of a chat; goes on from "the thought".
    """
    bare = _AROUND.sub("", text.strip())
    if _TAG.search(bare):
        raise ValueError("has <think> tags inside; only a pair around it is left out")
    if token := _CHAT.search(bare):
        raise ValueError(f"has the chat's token {token[0]} in it: leave it out")
    return bare if len(bare) < len(text.strip()) else text


def _is_last_line(before: str, marked: str) -> bool:
    """Say whether what the mark stands before is a line of its own, below others."""
    above, newline, indent = before.rpartition("\n")
    return bool(newline and above.strip() and not indent.strip() and marked) and "\n" not in marked


def _braced(text: str) -> int:
    """Return how many characters stand before the brace that closes the one before the text."""
    depth = 1
    for place, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return place
    raise ValueError("has a \\boxed{ that does not end")
