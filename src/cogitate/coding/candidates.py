"""From a model's answer to the text of a file: the code block, whole or spliced, or a refusal."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from textwrap import dedent

from cogitate.coding.prompts import LONG

_FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*\n"
    r"(?P<code>.*?)(?:^[ \t]*(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
UNREADABLE = (SyntaxError, ValueError, MemoryError, RecursionError)
"""What reading a program may raise; the last two if it is nested deeply."""
_PYTHON = frozenset({"", "py", "python", "python3"})
_ELIDED = re.compile(
    r"^#\s*(\.\.\.|…|todo\b|your code|(the )?(rest|remaining|remainder)\b|same as (before|above)"
    r"|implement\b|add (your|the) "
    r"|(existing|previous|other|unchanged)\b.*(code|function|method|here|remain))",
    re.IGNORECASE,
)


class RefusedError(Exception):
    """An answer without a usable candidate; the message says why."""


def candidate(
    answer: str, names: Sequence[str], current: str | None = None, module: str = ""
) -> str:
    """Return the text that a target would have by a model's answer.

    Args:
        answer: its text, without the thought.
        names: those that the target must define.
        current: the present text; if it is long, the answer's definitions are put into it.
        module: the target's dotted name; what a model imports from it, as tests do, is left out.

    Raises:
        RefusedError: there is no code, it defines no such name, or it leaves something out.
    """
    code = code_of(answer, names, module)
    if elided := next(_elisions(code), None):
        raise RefusedError(f"it leaves code out: {elided}")
    if current is not None and current.count("\n") > LONG:
        return spliced(current, code)
    return code


def code_of(answer: str, names: Sequence[str], module: str = "") -> str:
    """Return the code of an answer, which may leave something out; see `candidate`.

    Raises:
        RefusedError: there is no code, or it defines no such name.
    """
    return without_imports_of(module, _code(answer, names))


def _code(answer: str, names: Sequence[str]) -> str:
    """Return the last code block that defines one of the names."""
    fences = list(_FENCE.finditer(answer))
    blocks = [fence["code"] for fence in fences if fence["language"].lower() in _PYTHON]
    bare = dedent(answer).strip()
    if not fences and _defined(bare) & set(names):
        blocks = [bare]
    if not blocks:
        raise RefusedError("it has no code block")
    for block in reversed(blocks):
        if not names or _defined(block) & set(names):
            return block.strip("\n") + "\n"
    if _parses(blocks[-1]):
        raise RefusedError(f"its code defines none of {', '.join(names)}")
    return blocks[-1].strip("\n") + "\n"  # the error is worth a repair


def without_imports_of(module: str, code: str) -> str:
    """Return a module's code without its imports of itself, which could never be done."""
    if not module or not _parses(code):
        return code
    lines = source_lines(code)
    for node in reversed(ast.parse(code).body):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            del lines[_first(node) - 1 : _last(node)]
    return "".join(lines)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except UNREADABLE:
        return False
    return True


def form(text: str) -> str:
    """Return a program however it is laid out; itself if it is nested too deeply for that."""
    try:
        return ast.dump(ast.parse(text))
    except UNREADABLE:
        return text


def _defined(text: str) -> set[str]:
    """Return the names that a module defines at its top level; none if it does not parse."""
    if not _parses(text):
        return set()
    return {name for node in ast.parse(text).body for name in _names(node)}


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [target.id for target in node.targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


# ---------------------------------------------------------------- what is left out


def _elisions(code: str) -> Iterator[str]:
    """Yield signs that code was left out, as in `# ... existing code ...`."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT and _ELIDED.match(token.string):
                yield token.string
        tree = ast.parse(code)
    except (tokenize.TokenError, *UNREADABLE):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_empty(node):
            yield f"the body of {node.name}"


def _is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function does nothing, and is not meant to be abstract."""
    if function.decorator_list:
        return False
    return all(_says_nothing(statement) for statement in function.body)


def _says_nothing(statement: ast.stmt) -> bool:
    """Return whether a statement is pass, a docstring, an ellipsis or NotImplementedError."""
    if isinstance(statement, ast.Raise):
        return "NotImplementedError" in ast.unparse(statement)
    return isinstance(statement, ast.Pass) or _is_docstring(statement)


# ---------------------------------------------------------------- splicing


def spliced(current: str, code: str) -> str:
    """Return a file with some of its definitions replaced, and new ones added.

    Imports that the file lacks are added behind its own.

    Raises:
        RefusedError: one of both does not parse.
    """
    try:
        old, new = ast.parse(current.removeprefix("\ufeff")), ast.parse(code)
    except UNREADABLE as error:
        raise RefusedError(f"its code cannot be put into the file: {error}") from error
    lines, code_lines = source_lines(current), source_lines(code)
    places = {name: node for node in old.body for name in _names(node)}
    known = {ast.unparse(node) for node in old.body}
    edits: list[tuple[int, int, list[str]]] = []
    end_of_imports = max((_last(node) for node in old.body[:1] if _is_docstring(node)), default=0)
    end_of_imports = max([end_of_imports, *(_last(n) for n in old.body if _is_import(n))])
    for node in new.body:
        text = code_lines[_first(node) - 1 : _last(node)]
        if _is_import(node):
            if ast.unparse(node) not in known:
                edits.append((end_of_imports, end_of_imports, text))
        elif names := _names(node):
            place = next((places[name] for name in names if name in places), None)
            if place is None:
                edits.append((len(lines), len(lines), ["\n", "\n", *text]))
            else:
                edits.append((_first(place) - 1, _last(place), text))
    for _, (start, end, text) in sorted(
        enumerate(edits), key=lambda edit: (edit[1][0], edit[0]), reverse=True
    ):
        lines[start:end] = [line if line.endswith("\n") else line + "\n" for line in text]
    return "".join(lines)


def with_newlines_of(current: str, text: str) -> str:
    r"""Return a text with the newlines of the present one, unless these are mixed.

    Example: with_newlines_of("a\r\n", "b\n") -> "b\r\n"
    """
    if "\r\n" not in current or re.search(r"(?<!\r)\n", current):
        return text
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def source_lines(text: str) -> list[str]:
    """Return lines with their ends, as Python counts them: a form feed ends none."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
