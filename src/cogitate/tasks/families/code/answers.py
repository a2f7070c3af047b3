"""From the text of an answer to the program in it: the last fenced block, or all of the text."""

import re
from textwrap import dedent

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_LANGUAGE = re.compile(r"\A\s*(?:python3?|py)[ \t]*\n", re.IGNORECASE)
"""On the first line of a block, instead of beside its fence."""
_ELIDED = re.compile(
    r"#[^\n]*(?:\.{3}|…)"
    r"|#[^\n]*\b(?:rest of|remaining|existing|same as|unchanged|your code|as before)\b"
    r"|^[ \t]*(?:\.{3}|…)[ \t]*$"
    r"|:[ \t]*(?:\.{3}|…)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Code that stands for other code: a comment that says so, or `...` as a statement."""
_THOUGHT_ENDS = "</think>"


class NoProgram(Exception):
    """The answer has no program; the message says why."""


def program_of(answer: str, *, may_elide: bool = False) -> str:
    r"""Return the program of an answer.

    Text outside the last block does not count, and neither does a thought. With `may_elide`,
    comments that seem to stand for code are allowed.

    Example: program_of("So:\n```python\nx = 1\n```\nDone.") -> "x = 1"

    Raises:
        NoProgram: there is none, its block is not closed, or a part of it is left out.
    """
    program = dedent(_LANGUAGE.sub("", _last_block(without_thought(answer)))).strip()
    if not program:
        raise NoProgram("the answer has no code")
    if not may_elide and _ELIDED.search(program):
        raise NoProgram("a part of the code is left out")
    return program + "\n"


def without_thought(answer: str) -> str:
    """Return what stands behind a thought, if an answer still has one."""
    return answer.rpartition(_THOUGHT_ENDS)[2]


def _last_block(text: str) -> str:
    """Return the text of the last block; all of the text if there is no fence."""
    fence, block, last = "", list[str](), text
    for line in text.splitlines():
        found = _FENCE.fullmatch(line)
        if fence and found and found[1].startswith(fence) and not found[2].strip():
            last, fence = "\n".join(block), ""
        elif not fence and found:
            fence, block = found[1], []
        else:
            block.append(line)
    if fence:
        raise NoProgram("the last block of code is not closed")
    return last
