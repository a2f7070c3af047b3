"""What is measured once on a machine."""

import pytest

from cogitate.config import RunConfig
from cogitate.hardware import detect
from cogitate.measured import cache_folder, once


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_the_first_value_is_kept():
    values = iter([[1.5, 2.5], [9.0, 9.0], [8.0, 8.0]])
    assert [once(("speed", 2), lambda: next(values)) for _ in range(3)] == [[1.5, 2.5]] * 3


def test_another_key_has_its_own_value():
    assert [once(("speed", threads), lambda t=threads: t) for threads in (1, 2, 1)] == [1, 2, 1]


def test_anew_replaces_the_kept_value():
    values = iter([1, 2, 3])
    kept = [once(("speed",), lambda: next(values), anew=anew) for anew in (False, True, False)]
    assert kept == [1, 2, 2]


def test_a_damaged_file_is_measured_again():
    once(("speed",), lambda: 1)
    (file,) = cache_folder().iterdir()
    file.write_text("{", "utf-8")
    assert [once(("speed",), lambda: 2), once(("speed",), lambda: 3)] == [2, 2]


def test_a_folder_that_is_a_file_is_no_error(tmp_path):
    cache_folder().write_text("", "utf-8")
    values = iter([1, 2])
    assert [once(("speed",), lambda: next(values)) for _ in range(2)] == [1, 2]


def test_two_commands_take_the_same_dtype(monkeypatch):
    speeds = iter([[100.0, 250.0], [100.0, 101.0]])
    monkeypatch.setattr("cogitate.hardware.matmul_gflops", lambda _: next(speeds))
    assert [detect(RunConfig()).dtype for _ in range(2)] == ["bf16", "bf16"]
    assert detect(RunConfig(), anew=True).dtype == "fp32"
