"""Whatever the project and the answers: nothing but the target is changed, and only by --apply."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from answering import RIGHT, WRONG, bare_python, serving_answers, tree, write_files
from cogitate.cli import main
from test_sandbox_suite import FASTER

OLD = "# mine\r\ndef total(prices):\r\n    return 1\r\n"
UNITTEST = """import unittest
from {module} import total

class TestTotal(unittest.TestCase):
    def test_some(self):
        self.assertEqual(total([1, 2]), 3)
        self.assertEqual(total([]), 0)
"""
PYTEST = """from {module} import total

def test_some():
    assert total([1, 2]) == 3
    assert total([]) == 0
"""
LAYOUTS = {
    "flat": ("test_shop.py", "shop", "shop.py"),
    "src": ("tests/test_shop.py", "shop.sums", "src/shop/sums.py"),
    "package": ("shop/test_sums.py", "shop.sums", "shop/sums.py"),
    "tests": ("tests/unit/test_shop.py", "shop", "shop.py"),
}
CHEAT = """
import os, sys, pathlib
def total(prices): return 3
for root in {{{root!r}, os.getcwd(), *sys.path}}:
    for name in ("pytest.ini", "conftest.py", "sitecustomize.py", "tests", {test!r}, {target!r}):
        path = pathlib.Path(root, name)
        for spoil in (path.unlink, lambda: path.write_text("spoilt"), lambda: path.chmod(0)):
            try: spoil()
            except OSError: pass
os._exit(0)
"""
BROKEN = "def total(prices:\n"
ANSWERS = {
    "correct": RIGHT,
    "wrong": WRONG,
    "broken": BROKEN,
    "cheat": CHEAT,
    "tests": UNITTEST.format(module="shop"),
    "empty": "",
}


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """Files of a project; its test file first, then the target if it exists."""
    test, module, target = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))]
    tests = UNITTEST if draw(st.booleans()) else PYTEST
    files = {test: tests.format(module=module)}
    if draw(st.booleans()):
        files[target] = OLD
    if "shop." in module:
        files[str(Path(target).with_name("__init__.py"))] = ""
    path = f"pythonpath = ['src', '.']\naddopts = '{FASTER}'\n"
    files["pyproject.toml"] = f"[tool.pytest.ini_options]\n{path}"
    if draw(st.booleans()):
        files["conftest.py"] = "import sys\n"
    if draw(st.booleans()):
        files[".env"] = "KEY=1\n"
        files["data/prices.csv"] = "1,2\n"
    return files


def lay(root: Path, files: Mapping[str, str]) -> None:
    write_files(root, files)
    for name, text in files.items():
        (root / name).chmod(0o640 if text == OLD else 0o644)
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o750)
    (root / "link").symlink_to("run.sh")


@settings(max_examples=7, phases=(Phase.generate,))  # to shrink takes minutes
@given(
    files=projects(),
    answers=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=3),
    apply=st.booleans(),
)
def test_only_the_target_is_changed_and_only_by_apply(
    files: dict[str, str], answers: list[str], apply: bool
) -> None:
    test, target = next((t, f) for t, _, f in LAYOUTS.values() if t in files)
    is_unittest = "unittest" in files[test]
    with TemporaryDirectory() as name:
        root = Path(name).resolve()
        root.chmod(0o755)
        lay(root, files)
        before = tree(root)
        places = {"root": name, "test": test, "target": target}
        texts = [ANSWERS[answer].format(**places) if answer == "cheat" else ANSWERS[answer]
                 for answer in answers]  # fmt: skip
        bare = {"VIRTUAL_ENV": bare_python(), "PYTHONPATH": str(root / "src")}
        args = [str(root / test), "--model", "m", "--samples", str(len(texts)), "--repair", "0"]
        args += ["--apply"] if apply else []
        with serving_answers(texts) as server, patch.dict(os.environ, bare if is_unittest else {}):
            code = main(["tdd", *args, "--url", server.url])
        after = tree(root)
    assert code == (0 if "correct" in answers else 1)
    changed = {name for name in before.keys() | after if before.get(name) != after.get(name)}
    if code or not apply:
        assert changed == set()
    elif target in before:
        assert changed == {target, f"{target}.orig"}
        assert after[f"{target}.orig"] == before[target]
        kept = f"# mine\n{RIGHT}".replace("\n", "\r\n")
        assert after[target] == (before[target][0], kept.encode())
    else:
        assert changed - {str(Path(target).parent)} == {target}
