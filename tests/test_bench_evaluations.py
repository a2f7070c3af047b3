"""Evaluations that an experiment keeps."""

import json
import shlex
from argparse import Namespace
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"
ASKED = ("--model", "mini", "--family", "arithmetic", "--n")


@pytest.fixture(autouse=True)
def bench(monkeypatch):
    """Let tests import the benchmarks' modules."""
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.fixture
def commands(monkeypatch):
    """In place of cogitate: writes down what it is asked, and its file as `evaluate` does."""
    import evaluations

    found = []

    def cogitate(*words):
        found.append(words)
        values = {"command": shlex.join(["cogitate", *words]), "curves": {}, "families": {}}
        Path(words[-1]).write_text(json.dumps(values))

    monkeypatch.setattr(evaluations, "cogitate", cogitate)
    return found


def test_what_evaluate_wrote_is_kept_and_no_other_commands(tmp_path, monkeypatch):
    import evaluations

    path = tmp_path / "kept.json"
    found = evaluations.evaluated(path, *ASKED, "1")
    monkeypatch.setattr(evaluations, "cogitate", None)  # is not asked again
    assert evaluations.evaluated(path, *ASKED, "1") == found
    (result,) = evaluations.results_of(found)
    assert len(result["records"]) == 1
    with pytest.raises(SystemExit, match="remove the file to measure again"):
        evaluations.evaluated(path, *ASKED, "2")


def test_each_benchmark_refuses_what_was_asked_otherwise(tmp_path, commands, monkeypatch):
    import compute
    import evaluations
    import sft_control

    monkeypatch.setattr(evaluations, "pooled", list)

    def families(named):
        return evaluations.held_out_eval(tmp_path, "test", (), named)

    def number(n):
        return compute.thinking_points(tmp_path, Namespace(budgets="0,8", n=n))

    def mixture(n):
        return sft_control.at_level(tmp_path, ["calendar"], 3, n, tmp_path / "base.json")

    for measure, one, other in (
        (families, "calendar", "countdown"), (number, "9", "10"), (mixture, 1500, 3000)
    ):  # fmt: skip
        assert measure(one) == measure(one) == []
        with pytest.raises(SystemExit, match="is of another command"):
            measure(other)
    assert len(commands) == 3
