"""What a test file needs of a module: names, what they are, and how they are called.

from dotget import get              ->  Asked(name="get", kind="function",
assert get(TREE, "a.b") == 0                  calls=(Form(positional=("tree", "text"), ...),))
"""

import ast
import keyword
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_MAX_FORMS = 4
_OF_CONSTANTS = {str: "text", int: "number", float: "number", bool: "flag", bytes: "data"}
_OF_DISPLAYS: Mapping[type[ast.expr], str] = {
    ast.List: "items",
    ast.Tuple: "items",
    ast.ListComp: "items",
    ast.Dict: "data",
    ast.Set: "items",
    ast.JoinedStr: "text",
    ast.Lambda: "function",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way in which something is called.

    Example: get(TREE, "a", default=0) -> Form(positional=("tree", "text"), keywords=("default",))
    """

    positional: tuple[str, ...]
    """A name for each argument, after what is passed there."""
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What the tests use of an object.

    Example: wallet.pay(3) -> Member(name="pay", calls=(Form(positional=("number",), ...),))
    """

    name: str
    calls: tuple[Form, ...]
    """Empty for an attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A name that a module has to define.

    Example: Asked(name="Wallet", kind="class", calls=(Form(...),), members=(Member(...),))
    """

    name: str
    kind: str
    """function, class, exception or value."""
    calls: tuple[Form, ...] = ()
    """How it is called, each form once."""
    members: tuple[Member, ...] = ()
    """Of the objects of a class."""


def imported_modules(tree: ast.Module) -> list[str]:
    """Return the modules that a test file imports, each once."""
    return list(dict.fromkeys(name for node in ast.walk(tree) for name in _imported(node)))


def foreign_modules(tree: ast.Module) -> list[str]:
    """Return those that are neither Python's nor pytest."""
    known = sys.stdlib_module_names | {"pytest"}
    return [name for name in imported_modules(tree) if name.partition(".")[0] not in known]


def _imported(node: ast.AST) -> Sequence[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []


def asked_by(tree: ast.Module, module: str) -> Iterator[Asked]:
    """Yield what a test file takes from a module.

    Args:
        tree: the test file.
        module: its dotted name, as it is imported.
    """
    for name, spellings in _names(tree, module).items():
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in spellings
        ]
        kind = _kind(tree, name, spellings, is_called=bool(calls))
        members = _members(tree, spellings) if kind == "class" else ()
        yield Asked(name=name, kind=kind, calls=_forms(calls), members=tuple(members))


def _names(tree: ast.Module, module: str) -> dict[str, set[str]]:
    """Return the names that are needed, each with how the tests spell it."""
    names: dict[str, set[str]] = {}
    aliases: set[str] = set()
    last = module.rpartition(".")[2]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and _same(node.module, module):
            for alias in node.names:
                names.setdefault(alias.name, set()).add(alias.asname or alias.name)
        elif isinstance(node, ast.ImportFrom):
            aliases |= {a.asname or a.name for a in node.names if a.name == last}
        elif isinstance(node, ast.Import):
            aliases |= {a.asname or a.name for a in node.names if a.name == module}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in aliases:
            names.setdefault(node.attr, set()).add(ast.unparse(node))
    names.pop("*", None)
    return names


def _same(imported: str, module: str) -> bool:
    return imported == module or imported.endswith(f".{module}") or module.endswith(f".{imported}")


def _kind(tree: ast.Module, name: str, spellings: set[str], *, is_called: bool) -> str:
    for node in ast.walk(tree):
        raised: list[ast.expr] = []
        if isinstance(node, ast.ExceptHandler) and node.type:
            raised = [node.type]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("raises", "Raises")):
            raised = node.args[:1]
        if any(ast.unparse(part) in spellings for r in raised for part in _parts(r)):
            return "exception"
    if name.isupper():
        return "value"
    if name[:1].isupper():
        return "class"
    return "function" if is_called or name.islower() else "value"


def _parts(node: ast.expr) -> Sequence[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


# ---------------------------------------------------------------- calls


def _forms(calls: Sequence[ast.Call]) -> tuple[Form, ...]:
    """Return the different forms of calls; names of arguments are those of the first of a form."""
    found: dict[tuple[int, tuple[str, ...]], Form] = {}
    for call in calls:
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            continue
        keywords = tuple(word.arg for word in call.keywords if word.arg)
        form = Form(positional=_distinct(call.args), keywords=keywords)
        found.setdefault((len(call.args), keywords), form)
    return tuple(found.values())[:_MAX_FORMS]


def _distinct(arguments: Sequence[ast.expr]) -> tuple[str, ...]:
    """Return a name for each argument; a second one of a name gets a number."""
    names: list[str] = []
    for argument in arguments:
        name = _named(argument)
        taken = sum(other.rstrip("0123456789") == name for other in names)
        names.append(f"{name}{taken + 1}" if taken else name)
    return tuple(names)


def _named(argument: ast.expr) -> str:
    """Return a name for what is passed: that of a variable, or one by its type."""
    match argument:
        case ast.Name(id=name) | ast.Attribute(attr=name) if _is_word(name.lower()):
            return name.lower().rstrip("0123456789_")
        case ast.Constant(value=value):
            return _OF_CONSTANTS.get(type(value), "value")
        case ast.UnaryOp(operand=operand):
            return _named(operand)
        case _:
            return _OF_DISPLAYS.get(type(argument), "value")


def _is_word(name: str) -> bool:
    word = name.rstrip("0123456789_")
    return word.isidentifier() and not keyword.iskeyword(word) and not name.startswith("_")


# ---------------------------------------------------------------- objects


def _members(tree: ast.Module, spellings: set[str]) -> Iterator[Member]:
    """Yield what is used of the variables that hold objects of a class."""
    holders = set(_holders(tree, spellings))
    calls: dict[str, list[ast.Call]] = {}
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_held(node.value, holders, spellings):
            found = calls.setdefault(node.attr, [])
            found += [called[id(node)]] if id(node) in called else []
    for name, its in calls.items():
        yield Member(name=name, calls=_forms(its))


def _is_held(node: ast.expr, holders: set[str], spellings: set[str]) -> bool:
    return ast.unparse(node) in holders or _makes(node, spellings)


def _holders(tree: ast.Module, spellings: set[str]) -> Iterator[str]:
    """Yield names of variables, attributes and fixtures that hold what a class makes."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value) if _makes(value, spellings):
                yield from map(ast.unparse, targets)
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as variable):
                if _makes(value, spellings):
                    yield ast.unparse(variable)
            case ast.FunctionDef(name=name) if _gives(node, spellings):
                yield name
            case _:
                pass


def _makes(node: ast.expr, spellings: set[str]) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in spellings


def _gives(function: ast.FunctionDef, spellings: set[str]) -> bool:
    """Return whether a function, such as a fixture, returns or yields an object of a class."""
    given = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None
    ]
    local = {
        ast.unparse(target)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and _makes(node.value, spellings)
        for target in node.targets
    }
    return any(_makes(value, spellings) or ast.unparse(value) in local for value in given)
