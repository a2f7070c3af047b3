r"""A test file that is pasted somewhere, without a project around it.

read_pasted("from shop import total\n...")  ->  Pasted(work=Work(target=Target(path="shop.py", ...
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cogitate.coding.asked import asked_by, foreign_modules, imported_modules
from cogitate.coding.scenarios import Scenario, read_tests
from cogitate.coding.scenarios.files import OF_TESTS
from cogitate.coding.syntax import tree_of
from cogitate.errors import UsageError
from cogitate.work.prompts import Work
from cogitate.work.targets import Target

_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """Tests that were pasted, and what they ask for.

    Example: Pasted(work=Work(...), scenarios=(Scenario(...),), unread={"test_file":
    "test_shop.py:17: the argument tmp_path is no parameter ..."}, imported=("math",))
    """

    work: Work
    """Its target's path is no more than a name."""
    scenarios: tuple[Scenario, ...]
    unread: Mapping[str, str]
    """Why other tests cannot be read as scenarios, by name."""
    imported: tuple[str, ...]
    """Modules that the tests import, beside the target."""


def read_pasted(text: str, module: str | None = None, most: int | None = None) -> Pasted:
    """Read the text of a test file.

    Args:
        text: its text.
        module: the dotted name of the module that is to be written; None is the one of those that
            the tests import that is not Python's.
        most: the maximum number of tests; None is no limit.

    Raises:
        UsageError: the tests are no Python, or too many; none can be read; or they import no such
            module, or several.
    """
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"the tests are no Python: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise UsageError("the tests are nested too deeply to be read") from error
    target = _target(tree, module)
    name = f"test_{target.path.name}"
    scenarios, unread = read_tests(text, target.module, name, most)
    if not scenarios:
        test, error = next(iter(unread.items()))
        raise UsageError(f"none of the tests can be read; the first is {test}: {error}")
    own = {*OF_TESTS, target.module}
    return Pasted(
        work=Work(target=target, tests={name: text}, current=None),
        scenarios=scenarios,
        unread={test: str(error) for test, error in unread.items()},
        imported=tuple(name for name in imported_modules(tree) if name not in own),
    )


def _target(tree: ast.Module, module: str | None) -> Target:
    if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree)):
        raise UsageError("the tests have a relative import: import the module by its name")
    found = foreign_modules(tree)
    named = ", ".join(found)[:_SHOWN] or "no module but Python's own"
    if module is None:
        if len(found) != 1:
            raise UsageError(f"the tests import {named}: name the one that is to be written")
        module = found[0]
    elif module not in found:
        raise UsageError(f"the tests do not import {module[:_SHOWN]!r}: they import {named}")
    path = Path(*module.split(".")).with_suffix(".py")
    return Target(path=path, module=module, asked=tuple(asked_by(tree, module)))
