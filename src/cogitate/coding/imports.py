r"""Imports that a program lacks: of names that it uses and nothing defines, where one is meant.

with_imports("def f(x):\n    return math.sqrt(x)\n")  ->  "import math\n\n\ndef f(x): ..."
"""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping

from cogitate.coding.syntax import is_docstring, last_line, parsed, scopes, source_lines

_FROM = {
    "typing": "Any Callable Dict Generator Iterable Iterator List Mapping Optional Sequence Set"
    " Tuple Union",
    "dataclasses": "dataclass field replace",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "functools": "cached_property lru_cache partial reduce total_ordering wraps",
    "itertools": "accumulate chain combinations groupby permutations product zip_longest",
    "datetime": "date timedelta timezone",
    "decimal": "Decimal", "fractions": "Fraction", "pathlib": "Path", "enum": "Enum",
    "abc": "ABC abstractmethod", "contextlib": "contextmanager suppress",
}  # fmt: skip
_BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__"}
_USUAL = {
    name: f"from {module} import {name}"
    for module, names in _FROM.items()
    for name in names.split()
}


def with_imports(code: str, tests: Iterable[str] = ()) -> str:
    """Return a program with the imports that it lacks, as tests import the same names.

    Names are those of the standard library alone. A program that does not parse or that imports *,
    and names that could mean several things, are left as they are.

    Args:
        code: the program.
        tests: programs whose imports say what a name means.
    """
    tree = parsed(code)
    if tree is None or _imports_all(tree):
        return code
    missing = set(_undefined(code))
    known = {**_USUAL, **_imports_of(tests)}
    lines = dict.fromkeys(
        line for name in sorted(missing) if (line := known.get(name) or _module(name, tree))
    )
    if not lines:
        return code
    first = [n for n in tree.body[:1] if is_docstring(n)]
    first += [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    start = max(map(last_line, first), default=0)
    text = source_lines(code)
    added = [f"{line}\n" for line in lines]
    follows = "".join(text[start : start + 1])
    gap = [] if follows.startswith(("import ", "from ", "\n")) else ["\n", "\n"]
    return "".join([*text[:start], *added, *gap, *text[start:]])


def _imports_all(tree: ast.Module) -> bool:
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return any(alias.name == "*" for node in nodes for alias in node.names)


def _undefined(code: str) -> Iterator[str]:
    """Yield the names that a program uses and that neither it nor Python defines."""
    every = scopes(code)
    own = [symbol for scope in every[:1] for symbol in scope.get_symbols()]
    bound = {symbol.get_name() for symbol in own if symbol.is_assigned() or symbol.is_imported()}
    for number, scope in enumerate(every):
        for symbol in scope.get_symbols():
            is_global = symbol.is_global() or number == 0
            name = symbol.get_name()
            if symbol.is_referenced() and is_global and name not in bound | _BUILTINS:
                yield name


def _imports_of(tests: Iterable[str]) -> Mapping[str, str]:
    """Return the imports of the standard library in some programs, by the name that each binds."""
    found: dict[str, str] = {}
    for text in tests:
        tree = parsed(text)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                pairs = [(alias, f"import {ast.unparse(alias)}") for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                pairs = [(a, f"from {node.module} import {ast.unparse(a)}") for a in node.names]
            else:
                continue
            for alias, line in pairs:
                if line.split()[1].partition(".")[0] in sys.stdlib_module_names:
                    found[alias.asname or alias.name] = line
    return found


def _module(name: str, tree: ast.Module) -> str | None:
    """Return the import of a module of Python of which only attributes are used; else None."""
    owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    is_module = name in sys.stdlib_module_names and name not in ("datetime", "time", "copy")
    return f"import {name}" if is_module and all(id(use) in owners for use in uses) else None
