"""Which module a test file asks for, and which names."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.sandbox.suites.project import Project
from cogitate.work.targets import find_target

CART = "from shop import cart\n\ndef test():\n    assert cart.total([]) == 0\n"


def project(root: Path) -> Project:
    return Project(
        root=root, python=sys.executable, has_pytest=True, read=(), path=tuple(sys.path[1:])
    )


def laid(root: Path, files: dict[str, str]) -> list[Path]:
    """Write files; return those of tests."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return [root / name for name in files if "test_" in name]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"test_a.py": "import json, pytest\nfrom shop import f"}, "shop.py"),
        ({"test_a.py": "def test():\n    from shop import f"}, "shop.py"),
        ({"test_a.py": "import shop", "shop.py": ""}, "shop.py"),
        ({"tests/test_a.py": "from shop import f"}, "shop.py"),
        ({"tests/test_a.py": "from shop import f", "src/shop.py": ""}, "src/shop.py"),
        ({"tests/test_a.py": "from shop.cart import f", "src/shop/__init__.py": ""},
         "src/shop/cart.py"),
        ({"tests/test_a.py": "from shop.cart import f", "shop/__init__.py": ""}, "shop/cart.py"),
        ({"shop/test_a.py": "from .cart import f", "shop/__init__.py": ""}, "shop/cart.py"),
        ({"shop/tests/test_a.py": "from ..cart import f"}, "shop/cart.py"),
        ({"test_a.py": "from shop import f\nfrom money import g", "money.py": ""}, "shop.py"),
        ({"test_a.py": "from shop import f", "test_b.py": "import shop"}, "shop.py"),
        ({"tests/test_a.py": CART, "src/shop/__init__.py": ""}, "src/shop/cart.py"),
        ({"tests/test_a.py": CART, "src/shop/__init__.py": "", "src/shop/cart.py": ""},
         "src/shop/cart.py"),
        ({"tests/test_a.py": CART, "shop/tax.py": ""}, "shop/cart.py"),
        ({"tests/test_a.py": "from shop.types import f", "src/shop/__init__.py": ""},
         "src/shop/types.py"),
        ({"shop/test_a.py": "from .queue import f", "shop/__init__.py": ""}, "shop/queue.py"),
        ({"tests/test_a.py": "from shop import f\nassert f(1) == 2", "shop/__init__.py": ""},
         "shop/__init__.py"),
        ({"tests/test_a.py": "from shop import f", "app/shop.py": "",
          "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['app']"}, "app/shop.py"),
        ({"tests/test_a.py": "from shop import f", "app/else.py": "",
          "pytest.ini": "[pytest]\npythonpath = app"}, "app/shop.py"),
        ({"tests/test_a.py": "from tests.helpers import g\nfrom shop import f", "shop.py": "",
          "tests/helpers.py": "", "tests/__init__.py": ""}, "shop.py"),
    ],
)  # fmt: skip
def test_the_module_that_is_missing_or_alone_is_the_target(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    tests = laid(tmp_path, files)
    assert find_target(project(tmp_path), tests).path == tmp_path / expected


def test_a_module_of_a_package_that_is_installed_in_place_is_the_projects(tmp_path: Path) -> None:
    files = {"tests/test_a.py": "from shop.cart import f", "src/shop/__init__.py": ""}
    tests = laid(tmp_path, files)
    path = (*project(tmp_path).path, str(tmp_path / "src"))
    installed = replace(project(tmp_path), path=path)
    assert find_target(installed, tests).path == tmp_path / "src" / "shop" / "cart.py"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"test_a.py": "import json, pytest"}, "import no module of the project"),
        ({"test_a.py": "from a import f\nfrom b import g"}, "a.py, b.py: name the one"),
        ({"test_a.py": "import a, b", "a.py": "", "b.py": ""}, "a.py, b.py: name the one"),
        ({"test_a.py": "def test(:"}, "is no Python"),
        (
            {
                "test_a.py": "import frobs\nfrom shop import f",
                "shop.py": "",
                "pyproject.toml": "[project]\ndependencies = ['frobs>=2']",
            },
            "frobs is required by the project and not installed",
        ),
        (
            {
                "test_a.py": "import my_frobs\nfrom shop import f",
                "shop.py": "",
                "requirements-dev.txt": "# tools\n-r other.txt\nMy.Frobs[all]==1\n",
            },
            "my_frobs is required by the project",
        ),
        (
            {"test_a.py": "import frobs\nimport shop.cart", "shop/cart.py": ""},
            "frobs is in no package of the project and not installed",
        ),
        *(
            (
                {"test_a.py": "import frobs\nfrom shop import f", "shop.py": "", name: text},
                "frobs is required by the project and not installed",
            )
            for name, text in {
                "setup.cfg": "[options]\ninstall_requires =\n    a\n    frobs>=2\n",
                "setup.py": "setup(name='b', extras_require={'all': ['a', 'Frobs>=2; x']})\n",
                "requirements/dev.txt": "a\nfrobs\n",
                "Pipfile": "[dev-packages]\na = '*'\nfrobs = '*'\n",
                "tox.ini": "[testenv]\ndeps =\n    a\n    frobs\n",
            }.items()
        ),
    ],
)
def test_what_cannot_be_derived_is_asked_for(
    tmp_path: Path, files: dict[str, str], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        find_target(project(tmp_path), laid(tmp_path, files))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("test_a.py", "never changed"),
        ("conftest.py", "never changed"),
        ("shop.txt", "no Python file"),
        ("../shop.py", "outside of the project"),
        ("json.py", "hide a module of Python"),
    ],
)
def test_a_target_that_must_not_be_written_is_refused(tmp_path: Path, given: str, why: str) -> None:
    tests = laid(tmp_path, {"test_a.py": "from shop import f"})
    with pytest.raises(UsageError, match=why):
        find_target(project(tmp_path), tests, tmp_path / given)


def test_a_target_has_the_names_that_the_tests_ask_for(tmp_path: Path) -> None:
    text = "import shop as s\nfrom shop import LIMIT\n\ndef test(): assert s.best([1]) < LIMIT\n"
    target = find_target(project(tmp_path), laid(tmp_path, {"test_a.py": text}))
    assert target.module == "shop"
    assert [(one.name, one.kind) for one in target.asked] == [
        ("LIMIT", "value"),
        ("best", "function"),
    ]
