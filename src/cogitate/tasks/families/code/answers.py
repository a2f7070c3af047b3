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


def program_of(answer: str, *, may_elide: bool = False, may_be_ragged: bool = False) -> str:
    r"""Return the program of an answer.

    Text outside the last block does not count, and neither does a thought. With `may_elide`,
    comments that seem to stand for code are allowed; with `may_be_ragged`, so is a block that is
    open or ends in what is no Python: its first lines are taken that parse, as EvalPlus does.

    Example: program_of("So:\n```python\nx = 1\n```\nDone.") -> "x = 1"

    Raises:
        NoProgram: there is none, its block is not closed, or a part of it is left out.
    """
    block = _last_block(without_thought(answer), may_be_ragged=may_be_ragged)
    program = dedent(_LANGUAGE.sub("", block)).strip()
    if not program:
        raise NoProgram("the answer has no code")
    if not may_elide and any(elisions(program, names=())):
        raise NoProgram("a part of the code is left out")
    return program + "\n"


def without_thought(answer: str) -> str:
    """Return what stands behind a thought, if an answer still has one."""
    return answer.rpartition(_THOUGHT_ENDS)[2]


def _last_block(text: str, *, may_be_ragged: bool) -> str:
    """Return the text of the last block; all of the text if there is no fence."""
    fence, block, last = "", list[str](), list[str]()
    has_block = False
    for line in text.splitlines():
        found = _FENCE.fullmatch(line)
        if fence and found and found[1].startswith(fence) and not found[2].strip():
            fence, block, last = "", [], block
        elif not fence and found:
            fence, block, has_block = found[1], [], True
        else:
            block.append(line)
    if not has_block:
        return text
    if fence and not may_be_ragged:
        raise NoProgram("the last block of code is not closed")
    kept = block if fence else last
    while may_be_ragged and kept and parsed(dedent("\n".join(kept))) is None:
        kept = kept[:-1]
    return "\n".join(kept)
