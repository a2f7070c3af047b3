"""What of a project its tests see: a copy without secrets, as large as may be."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.sandbox import copies
from cogitate.sandbox.suites.project import (
    Project,
    copy_project,
    own_interpreter,
    with_interpreter,
)

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


def test_of_other_projects_neither_secrets_nor_the_home_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path / "p", "shop.py")
    laid(tmp_path / "other", ".env", ".git/config", "tax.py", "rates/vat.py")
    laid(tmp_path / "plain", "plain.py")
    laid(tmp_path / "below", "a/b/own.pem", "a/b/c.py", "a/d.py", "e/f.py", "g.py")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    places = [str(tmp_path / name) for name in ("other", "plain", "below", "home", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(places))
    read = with_interpreter(tmp_path / "p", sys.executable).read
    own = {name for name in read if Path(name).is_relative_to(tmp_path)}
    shown = ("other/tax.py", "other/rates", "plain",
             "below/a/b/c.py", "below/a/d.py", "below/e", "below/g.py")  # fmt: skip
    assert own == {str(tmp_path / name) for name in shown}
