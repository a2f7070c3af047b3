"""A test file as a list of tests: imports, definitions, fixtures, parameters.

@pytest.mark.parametrize("n, twice", [(1, 2), (3, 6)])      two tests, with
def test_double(n, twice): ...                         ->   n and twice bound to their values
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from cogitate.coding.syntax import tree_of
from cogitate.errors import UsageError

_FIXTURES = ("pytest.fixture", "fixture")
_PARAMETRIZE = ("pytest.mark.parametrize", "mark.parametrize")
_SET_UP = ("setUp", "setup_method")
_TEAR_DOWN = ("tearDown", "teardown_method", "tearDownClass", "teardown_class")
_FOR_ALL = ("setup_module", "setup_function", "setUpModule", "setUpClass", "setup_class")
OF_TESTS = ("pytest", "unittest", "__future__")
"""Modules that no scenario imports."""
SELF = "self"
_OBJECT = "_Object"
_MAKER = "_make_{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test with one set of parameters.

    Example: Test(name="test_double[0]", body=(...), bindings={"n": <1>}, line=7)
    """

    name: str
    body: tuple[ast.stmt, ...]
    """With the statements of its fixtures and its class's set-up before its own."""
    bindings: Mapping[str, ast.expr]
    """Its parameters."""
    line: int


@dataclass(slots=True)
class TestFile:
    """What a test file has."""

    name: str
    """Of the file, for messages."""
    imports: list[ast.stmt] = field(default_factory=list[ast.stmt])
    """Of other modules than those of tests."""
    definitions: dict[str, ast.stmt] = field(default_factory=dict[str, ast.stmt])
    """Functions, classes and values at the top level, by name."""
    fixtures: dict[str, ast.FunctionDef] = field(default_factory=dict[str, ast.FunctionDef])
    tests: list[Test] = field(default_factory=list[Test])
    unread: dict[str, UsageError] = field(default_factory=dict[str, UsageError])
    """Why other tests cannot be read, by name."""

    def refuse(self, node: ast.AST, what: str) -> UsageError:
        """Return the error that names a place."""
        return UsageError(f"{self.name}:{getattr(node, 'lineno', 1)}: {what}")

    @property
    def constants(self) -> dict[str, ast.expr]:
        """Values at the top level, by name."""
        return {
            name: node.value
            for name, node in self.definitions.items()
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        }


def read_file(text: str, name: str, most: int | None = None) -> TestFile:
    """Read a test file.

    Args:
        text: its text.
        name: its name, for messages.
        most: the maximum number of tests; None is no limit.

    Raises:
        UsageError: it is no Python, has too many tests, or none, or something between them that
            cannot be read.
    """
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{name} is no Python: {error}") from error
    file = TestFile(name=name)
    tests: list[tuple[ast.FunctionDef, ast.ClassDef | None]] = []
    for node in tree.body:
        tests += _taken(file, node)
    for function, owner in tests:
        title = function.name if owner is None else f"{owner.name}::{function.name}"
        try:
            file.tests += _expanded(file, title, function, owner, most)
        except UsageError as error:
            file.unread[title] = error
        if most is not None and len(file.tests) + len(file.unread) > most:
            raise UsageError(f"{name} has more than {most} tests: leave some out")
    if not (file.tests or file.unread):
        raise UsageError(f"{name} has no tests")
    return file


def _taken(file: TestFile, node: ast.stmt) -> list[tuple[ast.FunctionDef, ast.ClassDef | None]]:
    """Put a statement of the top level where it belongs, and return the tests in it."""
    match node:
        case ast.Import() | ast.ImportFrom():
            file.imports += [] if is_of_tests(node) else [node]
        case ast.FunctionDef(name=name) if name.startswith("test"):
            return [(node, None)]
        case ast.FunctionDef(name=name) if _is_fixture(node):
            file.fixtures[name] = node
        case ast.ClassDef() if methods := _methods(file, node):
            return [(method, node) for method in methods]
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name not in _FOR_ALL:
            file.definitions[name] = node
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            file.definitions[name] = node
        case ast.Expr(value=ast.Constant()):
            pass
        case ast.If(test=test) if "__name__" in ast.unparse(test):
            pass
        case _:
            raise file.refuse(node, "only imports, values, fixtures, classes and tests are read")
    return []


def _methods(file: TestFile, node: ast.ClassDef) -> list[ast.FunctionDef]:
    """Return the tests of a class; none if it is no class of tests."""
    methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
    tests = [method for method in methods if method.name.startswith("test")]
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    if tests and bases not in ([], ["TestCase"]):
        raise file.refuse(node, f"a class of tests derives from TestCase alone, not {bases}")
    return tests if node.name.startswith("Test") or bases == ["TestCase"] else []


def is_of_tests(node: ast.Import | ast.ImportFrom) -> bool:
    """Return whether an import is of pytest or unittest."""
    names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    return all(name in OF_TESTS for name in names)


def _is_fixture(node: ast.FunctionDef) -> bool:
    return any(_called(decorator)[0] in _FIXTURES for decorator in node.decorator_list)


def _called(decorator: ast.expr) -> tuple[str, ast.Call | None]:
    if isinstance(decorator, ast.Call):
        return ast.unparse(decorator.func), decorator
    return ast.unparse(decorator), None


# ---------------------------------------------------------------- parameters and fixtures


def _expanded(
    file: TestFile,
    title: str,
    function: ast.FunctionDef,
    owner: ast.ClassDef | None,
    most: int | None,
) -> Iterator[Test]:
    """Yield a function once for each set of its parameters, or one time more than `most`."""
    sets = list(islice(_parameters(file, function), None if most is None else most + 1))
    for number, bindings in enumerate(sets):
        needed = [argument.arg for argument in function.args.args if argument.arg not in bindings]
        body = [*_Before(file, function, owner).made(needed), *function.body]
        yield Test(
            name=title if len(sets) == 1 else f"{title}[{number}]",
            body=tuple(body),
            bindings=bindings,
            line=function.lineno,
        )


def _parameters(file: TestFile, function: ast.FunctionDef) -> Iterator[dict[str, ast.expr]]:
    """Yield the values of the parameters, in all combinations of the decorators."""
    choices: list[list[dict[str, ast.expr]]] = []
    for decorator in function.decorator_list:
        name, call = _called(decorator)
        if name not in _PARAMETRIZE or call is None or len(call.args) < 2:
            raise file.refuse(decorator, f"@{name} cannot be read; only parametrize can")
        choices.append(_choices(file, call))
    for chosen in product(*reversed(choices)):
        yield {name: node for part in chosen for name, node in part.items()}


def _choices(file: TestFile, call: ast.Call) -> list[dict[str, ast.expr]]:
    given, rows = call.args[0], _display(file, call.args[1])
    if isinstance(given, ast.Constant):
        names = [name.strip() for name in str(given.value).split(",") if name.strip()]
    else:
        names = [
            str(part.value) for part in _display(file, given) if isinstance(part, ast.Constant)
        ]
    found: list[dict[str, ast.expr]] = []
    for row in rows:
        if isinstance(row, ast.Call) and ast.unparse(row.func).endswith("param"):
            values: Sequence[ast.expr] = row.args
        else:
            values = [row] if len(names) == 1 else _display(file, row)
        if len(values) != len(names):
            raise file.refuse(row, f"{len(names)} parameters have {len(values)} values")
        found.append(dict(zip(names, values, strict=True)))
    return found


def _display(file: TestFile, node: ast.expr) -> Sequence[ast.expr]:
    """Return the parts of a list or tuple that is written out, perhaps under a name."""
    if isinstance(node, ast.Name) and node.id in file.constants:
        node = file.constants[node.id]
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    raise file.refuse(node, "values of parameters have to be written out as a list")


class _Before:
    """What makes a test's arguments, each once."""

    def __init__(self, file: TestFile, at: ast.AST, owner: ast.ClassDef | None) -> None:
        self._file, self._at, self._owner = file, at, owner
        self._known: set[str] = set()

    def made(self, names: Sequence[str]) -> Iterator[ast.stmt]:
        """Yield the statements that give these names their values."""
        fixtures = self._file.fixtures
        for name in names:
            if name in self._known:
                continue
            self._known.add(name)
            if name == SELF and self._owner is not None:
                yield from self._object(self._owner)
            elif name in fixtures:
                yield from self._fixture(fixtures[name])
            else:
                raise self._file.refuse(
                    self._at, f"the argument {name} is no parameter and no fixture of the file"
                )

    def _fixture(self, fixture: ast.FunctionDef) -> Iterator[ast.stmt]:
        """Yield the function that makes a fixture's value, and its call."""
        if any("autouse" in ast.unparse(one) for one in fixture.decorator_list):
            raise self._file.refuse(fixture, "fixtures with autouse are not read")
        yield from self.made([argument.arg for argument in fixture.args.args])
        body = list(fixture.body)
        for index, node in enumerate(body):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
                body[index:] = [ast.Return(node.value.value)]  # what follows cleans up
                break
        if any(isinstance(part, ast.Yield) for node in body for part in ast.walk(node)):
            raise self._file.refuse(fixture, f"the fixture {fixture.name} yields inside of a block")
        yield from _called_once(fixture.name, [], body)

    def _object(self, owner: ast.ClassDef) -> Iterator[ast.stmt]:
        """Yield what makes `self`: an object with what the class and its set-up set."""
        yield from tree_of(f"{SELF} = {_OBJECT}()").body
        for part in owner.body:
            match part:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    yield from tree_of(f"{SELF}.{name} = {ast.unparse(value)}").body
                case ast.FunctionDef(name=name) if name in _SET_UP:
                    yield from _called_once(None, [], part.body)
                case ast.FunctionDef(name=name) if name.startswith("test") or name in _TEAR_DOWN:
                    pass
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    pass
                case _:
                    raise self._file.refuse(
                        part, "of a test class only values, setUp and tests are read"
                    )


def _called_once(
    name: str | None, arguments: Sequence[str], body: Sequence[ast.stmt]
) -> Iterator[ast.stmt]:
    """Yield a function with a body, and the statement that calls it, perhaps for a value."""
    maker = _MAKER.format(name or "ready")
    (function,) = tree_of(f"def {maker}({', '.join(arguments)}):\n    pass").body
    assert isinstance(function, ast.FunctionDef)
    function.body = list(body)
    yield function
    yield from tree_of(f"{name} = {maker}()" if name else f"{maker}()").body
