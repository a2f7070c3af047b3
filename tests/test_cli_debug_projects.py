"""Whatever the project and the answers: `debug` changes its patched file, and only by --apply."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from answering import tree, write_files
from mending import FIXED, GOOD, HIDES, SAME, SHOP, TESTS, debug, serving
from test_sandbox_suite import FASTER

SPOILS = f"""It spoils what it finds.
```python
import os, pathlib
for root in {{root!r}}, os.getcwd():
    for name in ("shop.py", "test_shop.py", "conftest.py", "pytest.ini", "data", ".env"):
        path = pathlib.Path(root, name)
        for spoil in (path.unlink, lambda: path.write_text("spoilt"), lambda: path.chmod(0)):
            try: spoil()
            except OSError: pass
{FIXED}```"""
ANSWERS = {
    "correct": GOOD,
    "the same": SAME,
    "hides": HIDES,
    "tests": f"```python\n{TESTS.replace('== 2', '!= 2')}```",
    "asks": "Is `nick` the name of a fruit or of a customer?",
    "broken": "```python\ndef total(:\n```",
    "spoils": SPOILS,
    "empty": "",
}
COMMANDS = {"script": ("python", "shop.py"), "pytest": ("pytest", "-q")}


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """Files of a project; the program is broken."""
    text = SHOP.replace("\n", "\r\n") if draw(st.booleans()) else SHOP
    files = {
        "shop.py": text,
        "test_shop.py": TESTS,
        "pytest.ini": f"[pytest]\naddopts = {FASTER}\n",
    }
    if draw(st.booleans()):
        files |= {"conftest.py": "import sys\n", ".env": "KEY=1\n", "data/prices.csv": "1,2\n"}
    return files


def lay(root: Path, files: dict[str, str]) -> None:
    write_files(root, files)
    (root / "shop.py").chmod(0o640)
    (root / "link").symlink_to("shop.py")


@settings(max_examples=10, phases=(Phase.generate,))  # to shrink takes minutes
@given(
    files=projects(),
    answers=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=2, max_size=2),
    command=st.sampled_from(sorted(COMMANDS)),
    apply=st.booleans(),
)
def test_only_the_patched_file_is_changed_and_only_by_apply(
    files: dict[str, str], answers: list[str], command: str, apply: bool
) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with TemporaryDirectory() as name, patch.dict(os.environ, {"PATH": path}):
        root, here = Path(name).resolve(), Path.cwd()
        lay(root, files)
        before = tree(root)
        os.chdir(root)
        try:
            with serving() as server:
                server.answers = [ANSWERS[one].replace("{root!r}", repr(name)) for one in answers]
                more = ["--apply"] if apply else []
                code = debug(server, *more, command=COMMANDS[command])
        finally:
            os.chdir(here)
        after = tree(root)
    changed = {name for name in before.keys() | after if before.get(name) != after.get(name)}
    if code or not apply:
        assert changed == set()
    else:
        assert changed == {"shop.py", "shop.py.orig"}
        assert after["shop.py.orig"] == before["shop.py"]
    assert code == 0 or answers.count("correct") < 2
