"""What of a project its tests see: a copy without secrets, as large as may be."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from cogitate.errors import SandboxError, UsageError
from cogitate.sandbox import copies
from cogitate.sandbox.suites.command import LEVELS
from cogitate.sandbox.suites.project import (
    Project,
    _without_secrets,
    copy_project,
    find_project,
    own_interpreter,
    with_interpreter,
)
from cogitate.sandbox.suites.suite import collect

SECRETS = [
    ".env", ".env.local", ".envrc", ".netrc", "server.pem", "keys/id_rsa", "keys/id_ed25519.pub",
    ".aws/credentials", ".ssh/config", ".git/config", ".npmrc", "certs/own.KEY", ".docker/a.json",
]  # fmt: skip
SHOWN = ["shop.py", "tests/test_shop.py", "data/prices.csv", "id_numbers.py", "keys/README"]


def laid(root: Path, *names: str) -> Project:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return Project(root=root, python=sys.executable, has_pytest=True, read=())


def copied(project: Project, to: Path) -> list[str]:
    copy_project(project, to)
    return sorted(str(path.relative_to(to)) for path in to.rglob("*") if not path.is_dir())


def test_secrets_are_not_copied(tmp_path: Path) -> None:
    project = laid(tmp_path / "p", *SECRETS, *SHOWN)
    assert copied(project, tmp_path / "copy") == sorted(SHOWN)


def test_links_stay_links_and_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    project = laid(tmp_path / "p", "shop.py")
    (tmp_path / "outside").write_text("of others")
    (project.root / "link").symlink_to(tmp_path / "outside")
    os.mkfifo(project.root / "pipe")
    assert copied(project, tmp_path / "copy") == ["link", "shop.py"]
    assert (tmp_path / "copy" / "link").is_symlink()


def test_what_git_ignores_is_left_out_only_where_all_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = laid(tmp_path / "p", "shop.py", "fast.so", "data/big.bin")
    (project.root / ".gitignore").write_text("*.so\ndata/\n")
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    whole = [".gitignore", "data/big.bin", "fast.so", "shop.py"]
    assert copied(project, tmp_path / "all") == whole
    monkeypatch.setattr(copies, "MAX_FILES", 3)
    assert copied(project, tmp_path / "few") == [".gitignore", "shop.py"]


def test_a_project_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = laid(tmp_path / "p", "shop.py", "data/big.bin")
    monkeypatch.setattr(copies, "MAX_BYTES", 8)
    with pytest.raises(UsageError, match="too large to be copied"):
        copy_project(project, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_an_environment_behind_a_link_is_read_at_both_places(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / ".venv").symlink_to(tmp_path / "env")
    read = with_interpreter(tmp_path / "p", own_interpreter(tmp_path / "p")).read
    assert {str(tmp_path / "p" / ".venv"), str(tmp_path / "env")} <= set(read)


def test_an_interpreter_is_named_from_here_or_from_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path, "setup.cfg", "test_shop.py")
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for python in ("./python", "~/python", str(tmp_path / "python")):
        assert find_project([tmp_path / "test_shop.py"], python).root == tmp_path


def test_of_other_projects_neither_secrets_nor_the_home_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path / "p", "shop.py")
    laid(tmp_path / "other", ".env", ".git/config", "tax.py", "rates/vat.py")
    laid(tmp_path / "plain", "plain.py")
    laid(tmp_path / "below", "a/b/own.pem", "a/b/c.py", "a/d.py", "e/f.py", "g.py")
    (tmp_path / "below" / "link").symlink_to(tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    places = [str(tmp_path / name) for name in ("other", "plain", "below", "home", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(places))
    project = with_interpreter(tmp_path / "p", sys.executable)
    own = {name for name in project.read if Path(name).is_relative_to(tmp_path)}
    shown = ("other/tax.py", "other/rates", "plain",
             "below/a/b/c.py", "below/a/d.py", "below/e", "below/g.py")  # fmt: skip
    assert own == {str(tmp_path / name) for name in shown}
    assert set(places) & set(project.listed) == set(places[:3])


def test_of_a_project_around_this_one_its_environment_is_shown_and_this_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path / "other", ".env", "tax.py", "p/.env", "p/shop.py")
    venv.create(tmp_path / "other" / ".venv", with_pip=False, symlinks=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    python = str(tmp_path / "other" / ".venv" / "bin" / "python")
    read = with_interpreter(tmp_path / "other" / "p", python).read
    own = {name for name in read if Path(name).is_relative_to(tmp_path)}
    assert own == {str(tmp_path / "other" / name) for name in (".venv", "tax.py")}


def test_of_a_large_folder_what_was_not_looked_at_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path / "large", "a/b/c.py", "a/d.py", "e.py")
    assert _without_secrets(tmp_path / "large") == [tmp_path / "large"]
    monkeypatch.setattr("cogitate.sandbox.suites.project.MAX_FILES", 2)
    found = [
        str(path.relative_to(tmp_path / "large")) for path in _without_secrets(tmp_path / "large")
    ]
    assert sorted(found) == ["a/d.py", "e.py"]


@pytest.mark.parametrize("level", LEVELS)
def test_an_editable_install_with_secrets_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    laid(tmp_path / "lib", "setup.py", ".git/config", "common/__init__.py")
    laid(tmp_path / "src", "tax/__init__.py", "tax/certs/ca.pem", "tax/rates/vat.py")
    for path in tmp_path.rglob("*.py"):
        path.write_text("")
    venv.create(tmp_path / "p" / ".venv", with_pip=False, symlinks=True)
    (packages,) = (tmp_path / "p" / ".venv").glob("lib/*/site-packages")
    (packages / "common.pth").write_text(f"{tmp_path / 'lib'}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    (tmp_path / "p" / "setup.cfg").write_text("")
    test = tmp_path / "p" / "test_shop.py"
    secret = str(tmp_path / "lib" / ".git" / "config")
    test.write_text(
        f"""
import os, unittest, common, tax.rates.vat, shop
class TestShop(unittest.TestCase):
    def test(self):
        self.assertIn("tax", os.listdir(tax.__path__[0] + "/.."))
        with self.assertRaises(OSError):
            open({secret!r})
        self.assertEqual(shop.total(), 3)
"""
    )
    try:
        suite = collect(find_project([test]), [test], test.with_name("shop.py"), (level,))
    except SandboxError as error:
        pytest.skip(str(error))
    with suite:
        assert suite.red.error.message == "No module named 'shop'"
        assert suite.run("def total(): return 3").passed
