"""From a model's answer to a changed file, or a refusal.

proposal(answer, sources)            ->  Proposal(diagnosis="...", path="shop.py", text="...")
objection(old, new, failure, path)   ->  "it swallows the exception", or None
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cogitate.coding.candidates import code_of, need_whole, with_newlines_of
from cogitate.coding.keeping import kept
from cogitate.coding.splicing import RefusedError, names_in, patched
from cogitate.coding.syntax import UNREADABLE, parsed
from cogitate.work.debugging.sources import Sources

_FENCED = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an answer comes to.

    Example: Proposal(diagnosis="The key is misspelt. ...", path="shop.py", text="...")
    """

    diagnosis: str
    path: str | None = None
    """The file that it changes; None if it has no usable code."""
    text: str | None = None
    """What that file would be."""
    refused: str | None = None


def proposal(answer: str, sources: Sources) -> Proposal:
    """Return what an answer proposes for one of the sources."""
    diagnosis = _diagnosis(answer)
    if not _FENCED.search(answer):
        return Proposal(diagnosis=diagnosis, refused="it has no code block")
    try:
        names = _all_names(sources)
        code = code_of(answer, names)
        path = _place(code, sources)
        if path is None:
            raise RefusedError("its code belongs to no file that is shown")
        current = sources.texts[path]
        need_whole(code, names, current)
        others = [other for place, other in sources.texts.items() if place != path]
        used = _used([*sources.tests.values(), *others])
        text = with_newlines_of(current, kept(current, patched(current, code), used))
        if text == current:
            raise RefusedError("it changes nothing")
        compile(text, path, "exec", dont_inherit=True)
    except RefusedError as error:
        return Proposal(diagnosis=diagnosis, refused=str(error))
    except UNREADABLE as error:
        return Proposal(diagnosis=diagnosis, refused=f"its code is no Python: {error}")
    return Proposal(diagnosis=diagnosis, path=path, text=text)


def _diagnosis(answer: str) -> str:
    """Return the first two sentences before the code, or behind it."""
    parts = re.split(r"^[ \t]*(?:`{3,}|~{3,}).*$", answer, flags=re.MULTILINE)
    prose = next((part for part in (parts[0], parts[-1]) if part.strip()), "")
    prose = " ".join(re.sub(r"^#+ .*$|\*\*", "", prose, flags=re.MULTILINE).split())
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z`\"'(])", prose)
    return " ".join(sentences[:2])[:400].strip()


def _all_names(sources: Sources) -> list[str]:
    """Return the names that a code block may define; [] where a program defines none."""
    each = [names_in(text) for text in sources.texts.values()]
    return [] if not all(each) else [name for names in each for name in names]


def _used(texts: Iterable[str]) -> set[str]:
    """Return the names that programs use and do not assign."""
    trees = (parsed(text) for text in texts)
    names = [n for tree in trees if tree for n in ast.walk(tree) if isinstance(n, ast.Name)]
    return {n.id for n in names} - {n.id for n in names if isinstance(n.ctx, ast.Store)}


def _place(code: str, sources: Sources) -> str | None:
    """Return the file with the most of the code's names, the first of several."""
    if len(sources.texts) == 1:
        return next(iter(sources.texts))
    defined = set(names_in(code))
    shared = {path: len(defined & set(names_in(text))) for path, text in sources.texts.items()}
    best = max(shared, key=lambda path: shared[path], default=None)
    return best if best is not None and shared[best] else None
