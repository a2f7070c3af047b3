"""Checkpoints: whole or not there, known to be whole when read, and only as many as wanted."""

import os
import shutil
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.errors import CheckpointError
from cogitate.runs.checkpoint import (
    MANIFEST,
    before,
    best,
    latest_good,
    list_checkpoints,
    read_checkpoint,
    remove_after,
    require_space,
    retain,
    write_checkpoint,
)
from cogitate.watch.history import NOW

Usage = namedtuple("Usage", "total used free")


def write(folder: Path, step: int, score: float | None = None) -> Path:
    def save(path: Path) -> None:
        (path / "learner").mkdir()
        (path / "learner" / "weights").write_bytes(bytes([step % 256]) * 100)
        (path / "config.json").write_text("{}")

    state = {"signal": {"steps_without": step}}
    return write_checkpoint(folder, step=step, score=score, state=state, save=save).path


def names(folder: Path) -> list[str]:
    return [path.name for path in list_checkpoints(folder)]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, 7, 0.25)
    found = read_checkpoint(path)
    assert (found.step, found.score, found.path.name) == (7, 0.25, "step-000007")
    assert found.state == {"signal": {"steps_without": 7}}
    assert (path / "learner" / "weights").read_bytes() == b"\x07" * 100


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), which=st.integers(0, 2))
def test_any_flipped_bit_is_found(tmp_path_factory, where: float, bit: int, which: int) -> None:
    folder = tmp_path_factory.mktemp("flip")
    path = write(folder, 3)
    file = [path / "learner" / "weights", path / "config.json", path / MANIFEST][which]
    contents = bytearray(file.read_bytes())
    contents[int(where * len(contents))] ^= 1 << bit
    file.write_bytes(contents)
    same_values = False
    if which == 2:  # white space between JSON values may change and mean the same
        try:
            same_values = read_checkpoint(path).step == 3
        except CheckpointError:
            same_values = False
    if not same_values:
        with pytest.raises(CheckpointError):
            read_checkpoint(path)


@pytest.mark.parametrize("harm", ["cut", "missing", "no manifest", "empty manifest"])
def test_a_corrupt_checkpoint_is_skipped_and_reported(tmp_path: Path, harm: str) -> None:
    write(tmp_path, 1)
    path = write(tmp_path, 2)
    weights = path / "learner" / "weights"
    match harm:
        case "cut":
            weights.write_bytes(b"\x02" * 50)
        case "missing":
            weights.unlink()
        case "no manifest":
            (path / MANIFEST).unlink()
        case _:
            (path / MANIFEST).write_text("")
    messages: list[str] = []
    found = latest_good(tmp_path, messages.append)
    assert found is not None
    assert found.step == 1
    assert len(messages) == 1
    assert "step-000002" in messages[0]


def test_no_checkpoint_is_none_and_only_corrupt_ones_are_an_error(tmp_path: Path) -> None:
    assert latest_good(tmp_path, print) is None
    (write(tmp_path, 1) / MANIFEST).unlink()
    with pytest.raises(CheckpointError, match="no checkpoint in"):
        latest_good(tmp_path, lambda _line: None)


def test_the_last_two_and_the_best_are_kept(tmp_path: Path) -> None:
    for step, score in enumerate([0.1, 0.9, None, 0.3, 0.9, 0.2, None, 0.0], start=1):
        write(tmp_path, step, score)
        retain(tmp_path)
    assert names(tmp_path) == ["step-000005", "step-000007", "step-000008"]
    assert best(tmp_path) == tmp_path / "step-000005"


@pytest.mark.parametrize("steps", [range(12), [0, 20, 40, 59, 60], [0, 20, 39, 40, 41, 60]])
def test_one_from_before_now_is_kept(tmp_path: Path, steps: Sequence[int]) -> None:
    """Whatever the step after the last one shows, there is one from before it."""
    for step in steps:
        write(tmp_path, step)
        retain(tmp_path, before=NOW)
        found = before(tmp_path, step + 1 - NOW, print)
        assert found is not None
        assert found.step <= max(0, step + 1 - NOW)
        assert len(names(tmp_path)) <= 3


def test_a_score_of_zero_is_a_score(tmp_path: Path) -> None:
    write(tmp_path, 1, 0.0)
    write(tmp_path, 2)
    assert best(tmp_path) == tmp_path / "step-000001"


def test_the_same_step_is_written_again(tmp_path: Path) -> None:
    (write(tmp_path, 4) / "learner" / "weights").unlink()
    assert read_checkpoint(write(tmp_path, 4, 0.5)).score == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["step-000004"]


@pytest.mark.parametrize("harm", ["no manifest", "empty manifest", "a file more", "a link"])
def test_beside_what_may_be_somebody_elses_the_same_step_is_written_too(
    tmp_path: Path, harm: str
) -> None:
    folder = tmp_path / "checkpoints"
    path = write(folder, 4, 0.1)
    match harm:
        case "no manifest":
            (path / MANIFEST).unlink()
        case "empty manifest":
            (path / MANIFEST).write_text("")
        case "a file more":
            (path / "notes.txt").write_text("mine")
        case _:
            path.rename(tmp_path / "elsewhere")
            path.symlink_to(tmp_path / "elsewhere")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert write(folder, 4, 0.5).name == write(folder, 4, 0.6).name == "step-000004.1"
    assert latest_good(folder, lambda _: None).score == 0.6  # pyright: ignore[reportOptionalMemberAccess]
    assert best(folder) == folder / "step-000004.1"
    write(folder, 5)
    retain(folder, keep=1)
    remove_after(folder, 4)
    assert {"step-000004"} < {path.name for path in folder.iterdir()}
    assert before.items() <= {p: p.read_bytes() for p in before}.items()
    assert latest_good(folder, lambda _: None).step == 4  # pyright: ignore[reportOptionalMemberAccess]


def test_what_an_interrupted_write_left_is_swept(tmp_path: Path) -> None:
    def save(path: Path) -> None:
        (path / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(tmp_path, step=3, score=None, state={}, save=save)
    assert list(tmp_path.glob(".*/half"))
    write(tmp_path, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000004"]


@given(fails_at=st.integers(0, 40))
def test_wherever_writing_breaks_the_one_before_is_whole(tmp_path_factory, fails_at: int) -> None:
    """Every rename and fsync may be the last: what can be read is the old or the new one."""
    folder = tmp_path_factory.mktemp("break")
    write(folder, 1)
    calls = 0

    def breaking(real):
        def call(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls > fails_at:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", breaking(os.fsync))
        patch.setattr(os, "rename", breaking(os.rename))
        patch.setattr(Path, "rename", breaking(Path.rename))
        try:
            write(folder, 2)
            finished = True
        except KeyboardInterrupt:
            finished = False
    found = latest_good(folder, print)
    assert found is not None
    assert found.step in (1, 2)
    if finished:
        assert found.step == 2
    assert read_checkpoint(write(folder, 3)).step == 3
    assert not list(folder.glob(".*"))


def test_a_full_disk_is_one_clear_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100, 99, 1_000_000))
    require_space(tmp_path, 1_000_000, "the checkpoint of step 3")
    with pytest.raises(CheckpointError, match=r"no disk space for the checkpoint of step 3: 2\.00"):
        require_space(tmp_path, 2_000_000_000, "the checkpoint of step 3")
