"""From the text of an answer to the program in it: the last fenced block, or all of the text."""

import re
from textwrap import dedent

from cogitate.coding.elisions import elisions
from cogitate.coding.syntax import parsed

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_LANGUAGE = re.compile(r"\A\s*(?:python3?|py)[ \t]*\n", re.IGNORECASE)
"""On the first line of a block, instead of beside its fence."""
_THOUGHT_ENDS = "</think>"


class NoProgram(Exception):
    """The answer has no program; the message says why."""


def program_of(answer: str, *, may_elide: bool = False, may_be_cut: bool = False) -> str:
    r"""Return the program of an answer.

    Text outside the last block does not count, and neither does a thought. With `may_elide`,
    comments that seem to stand for code are allowed; with `may_be_cut`, a last block that is open,
    of which the first lines are taken that parse.

    Example: program_of("So:\n```python\nx = 1\n```\nDone.") -> "x = 1"

    Raises:
        NoProgram: there is none, its block is not closed, or a part of it is left out.
    """
    block = _last_block(without_thought(answer), may_be_cut=may_be_cut)
    program = dedent(_LANGUAGE.sub("", block)).strip()
    if not program:
        raise NoProgram("the answer has no code")
    if not may_elide and any(elisions(program, names=())):
        raise NoProgram("a part of the code is left out")
    return program + "\n"


def without_thought(answer: str) -> str:
    """Return what stands behind a thought, if an answer still has one."""
    return answer.rpartition(_THOUGHT_ENDS)[2]


def _last_block(text: str, *, may_be_cut: bool) -> str:
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
    if fence and not may_be_cut:
        raise NoProgram("the last block of code is not closed")
    while fence and block and parsed(dedent("\n".join(block))) is None:
        block.pop()
    return "\n".join(block) if fence else last
