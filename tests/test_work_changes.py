"""The one change to a project: what of a file is kept, and when it is refused."""

from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.work.changes import apply, present

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        (b"a\n", "b\nc\n", b"b\nc\n"),
        (b"a\r\nb\r\n", "b\nc\n", b"b\r\nc\r\n"),
        (b"a\r\nb\r\n", "b\r\nc\n", b"b\r\nc\r\n"),
        (b"a\r\nb\n", "a\r\nc\n", b"a\r\nc\n"),
        (BOM + b"a\n", "b\n", BOM + b"b\n"),
        (b"# \xc3\xa9\n", "# \u00fc\n", b"# \xc3\xbc\n"),
    ],
)
def test_newlines_mark_and_mode_stay_and_the_old_file_is_kept_whole(
    tmp_path: Path, old: bytes, new: str, written: bytes
) -> None:
    path = tmp_path / "shop.py"
    path.write_bytes(old)
    path.chmod(0o640)
    (tmp_path / "shop.py.orig").symlink_to("nowhere")
    kept = apply(path, present(path), new)
    assert kept == tmp_path / "shop.py.orig2"
    assert (path.read_bytes(), kept.read_bytes()) == (written, old)
    assert {p.stat().st_mode & 0o777 for p in (path, kept)} == {0o640}
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("old", ["other\n", None])
def test_a_file_that_was_changed_or_made_meanwhile_is_left_alone(
    tmp_path: Path, old: str | None
) -> None:
    (tmp_path / "shop.py").write_text("mine\n")
    with pytest.raises(UsageError, match="changed meanwhile"):
        apply(tmp_path / "shop.py", old, "new\n")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine\n"]


def test_a_file_that_is_read_only_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop.py"
    path.write_text("mine\n")
    monkeypatch.setattr("cogitate.work.changes.os.access", lambda p, _: p != path)
    with pytest.raises(UsageError, match="is read-only"):
        apply(path, "mine\n", "new\n")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine\n"]
