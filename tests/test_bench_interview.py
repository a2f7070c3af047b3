"""The quick form of the interview: its commands exist, and what fails is told."""

import shlex
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from commands import need_known

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def interview(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("interview")


def test_sixteen_sentences_take_a_quarter_of_an_hour(interview: ModuleType) -> None:
    assert [row.number for row in interview.ROWS] == list(range(1, 17))
    assert sum(row.seconds for row in interview.ROWS) <= 900


def test_the_commands_exist(interview: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    for command in [line for row in interview.ROWS for line in interview.commands(row)]:
        for words in map(shlex.split, command.split(" && ")):
            if words[0] == "cogitate":
                need_known(words[1:], capsys)
            for path in [word for word in words if word.startswith(str(BENCH.parent))]:
                assert Path(path).exists(), path


def test_each_row_makes_what_it_reads(interview: ModuleType) -> None:
    rows = [row for row in interview.ROWS if any(" canary" in line for line in row.commands)]
    assert [row.number for row in rows] == [2, 4]
    assert {row.commands[0] for row in rows} == {interview.CANARY}


@pytest.mark.parametrize(
    ("commands", "fine", "says"),
    [
        (("echo {root}", "python -c 'import cogitate'"), (0,), ""),
        (("false", "true"), (0, 1), "status 1: false"),
        (("true", "false"), (0, 1), ""),
        (("exit 3",), (0, 1), "status 3: exit 3"),
        (("exit 3 | cat",), (0, 1), "status 3: exit 3 | cat"),
    ],
)
def test_what_fails_is_told(
    interview: ModuleType, tmp_path: Path, commands: tuple[str, ...], fine: tuple[int, ...],
    says: str,
) -> None:  # fmt: skip
    row = replace(interview.ROWS[0], commands=commands, fine=fine)
    assert interview.run(row, tmp_path) == says


def test_a_row_whose_model_is_not_pulled_is_left_out(
    interview: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    rows = [
        replace(interview.ROWS[0], commands=("touch made",)),
        replace(interview.ROWS[1], commands=("exit 1",), needs="no-such-model"),
    ]
    monkeypatch.setattr(interview, "ROWS", rows)
    monkeypatch.setattr("sys.argv", ["interview.py", "--out", str(tmp_path)])
    assert interview.main() == 0
    assert (tmp_path / "made").exists()
    assert "cogitate models pull no-such-model" in capsys.readouterr().out
