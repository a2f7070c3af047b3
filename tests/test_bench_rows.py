"""Files of rows: whose they are, and two models' files beside each other."""

import json
import os
import sys
from argparse import Namespace
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"
DEFAULTS = {"model": "a", "samples": 8}
TEXT = "def f(): ..."


@pytest.fixture(autouse=True)
def bench(monkeypatch):
    """Let tests import the benchmarks' modules."""
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a benchmark's `main`, whose rows are all there; return its JSON line."""

    def call(main, *words):
        monkeypatch.setattr(sys, "argv", ["bench", *map(str, words)])
        main()
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return call


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


# ---------------------------------------------------------------- whose rows they are


def settled(out, against=None, **options):
    import rows

    return rows.settled(Namespace(out=out, against=against, **DEFAULTS | options), DEFAULTS)


def test_a_file_of_another_model_or_of_other_settings_is_refused(tmp_path):
    out = written(tmp_path / "rows.jsonl", [{"name": "1", "model": "a", "samples": 4}])
    assert settled(tmp_path / "none.jsonl") == DEFAULTS
    assert settled(out, samples=4) == {"model": "a", "samples": 4}
    with pytest.raises(SystemExit, match=r"rows with samples 4, not 8: name a new --out"):
        settled(out)
    with pytest.raises(SystemExit, match=r"rows with model a, not b: name a new --out"):
        settled(out, model="b", samples=4)


def test_a_row_that_tells_no_settings_was_made_with_the_defaults(tmp_path):
    out = written(tmp_path / "rows.jsonl", [{"name": "1"}])
    assert settled(out) == DEFAULTS
    with pytest.raises(SystemExit, match=r"rows with model a, not b"):
        settled(out, model="b")


def test_a_file_to_compare_with_differs_in_the_model_alone(tmp_path):
    rows = [{"name": "1", "model": "b", "samples": 8}]
    other = written(tmp_path / "other.jsonl", rows)
    assert settled(tmp_path / "rows.jsonl", other) == DEFAULTS
    with pytest.raises(SystemExit, match=r"rows with samples 8, not 2: name a new --against"):
        settled(tmp_path / "rows.jsonl", other, samples=2)


def test_a_file_to_compare_with_has_all_results(tmp_path):
    import rows

    other = written(tmp_path / "other.jsonl", [{"name": "1", "reward": 0.0}, {"name": "2"}])
    assert list(rows.named(other, ["1"], "reward")) == ["1"]
    for name in ("2", "3"):
        with pytest.raises(SystemExit, match=f"no result of {name}"):
            rows.named(other, ["1", name], "reward")


# ---------------------------------------------------------------- humaneval


def answers(**more):
    import humaneval

    each = [humaneval.row("cogitate", f"HumanEval/{i}", 0) for i in range(2)]
    kept = {"text": TEXT, "tokens": 9, "seconds": 1.0, "end": "done", "reward": 1.0}
    return [row | kept | more for row in each]


def test_humaneval_does_not_take_another_models_answers(tmp_path, run):
    import humaneval

    out = written(tmp_path / "rows.jsonl", answers(model="coder"))
    words = ["--limit", 2, "--out", out]
    assert run(humaneval.main, *words, "--model", "coder")["cogitate"]["pass@1"][0] == 1
    for others in (["--model", "mini"], ["--model", "coder", "--answer", "64"],
                   ["--model", "coder", "--begun"],
                   ["--model", "coder", "--temperature", "0.8"]):  # fmt: skip
        with pytest.raises(SystemExit, match="name a new --out"):
            run(humaneval.main, *words, *others)


def test_older_answers_of_humaneval_show_some_of_their_settings(tmp_path, run):
    import humaneval

    out = tmp_path / "rows.jsonl"
    words = ["--limit", 2, "--out", written(out, answers())]
    assert run(humaneval.main, *words)["cogitate"]["answers"] == 2
    written(out, answers(text=humaneval.BEGINNING + TEXT))
    assert run(humaneval.main, *words, "--begun")["cogitate"]["answers"] == 2
    with pytest.raises(SystemExit, match="begun True, not False"):
        run(humaneval.main, *words)
    written(out, answers() + [row | {"sample": 1} for row in answers(name="of several")])
    with pytest.raises(SystemExit, match=r"temperature unknown, not 0\.0"):
        run(humaneval.main, *words)


def test_humaneval_is_paired_with_another_models_answers(tmp_path, run):
    import humaneval

    first, second = answers(model="coder", reward=0.0)
    other = written(tmp_path / "other.jsonl", [first, second | {"reward": 1.0}])
    out = written(tmp_path / "rows.jsonl", answers())
    found = run(humaneval.main, "--limit", 2, "--against", other, "--out", out)
    mean, low, high = found["minus_other"]["pass@1"]
    assert mean == 0.5
    assert low < 0 < high


# ---------------------------------------------------------------- tdd, aider and debug


def modules(*solved, **more):
    import tdd

    names = [problem.name for problem in tdd.problems("development", len(solved))]
    return [
        {"name": name, "seconds": 1.0 + 9 * one, "decoding": 0.5, "tokens": 10 + 90 * one,
         "passed": one, "solved": one, "any": one, "first": one,
         "tries": [{"round": 0, "passed": 1 + 3 * one, "tests": 4, "true": one},
                   {"round": 1, "refused": "no code"}]} | more
        for name, one in zip(names, solved, strict=True)
    ]  # fmt: skip


def test_tdd_tells_medians_best_candidates_and_the_other_model(tmp_path, run):
    import tdd

    out = written(tmp_path / "rows.jsonl", modules(False, True, False))
    other = written(tmp_path / "other.jsonl", modules(False, False, False, model="coder"))
    found = run(tdd.main, "--limit", 3, "--against", other, "--out", out)
    assert found["solved, minus the other model"][0] == pytest.approx(1 / 3)
    assert found["tests that the best candidate passes"][0] == pytest.approx(0.5)
    assert (found["tokens"], found["median tokens"], found["median seconds"]) == (40, 10, 1)


def test_greedy_answers_beside_tdd_are_the_same_models(tmp_path, run):
    import tdd

    out = written(tmp_path / "rows.jsonl", modules(True))
    greedy = written(tmp_path / "greedy.jsonl", answers(model="coder", temperature=0.0))
    with pytest.raises(SystemExit, match=r"model coder, not .*: name a new --greedy"):
        run(tdd.main, "--limit", 1, "--greedy", greedy, "--out", out)


def test_aider_does_not_take_another_models_rows(tmp_path, run):
    import aider

    words = ["--aider-python", "none", "--limit", 1, "--model", "coder"]
    out = written(tmp_path / "rows.jsonl", [{"name": "HumanEval/145"}])
    with pytest.raises(SystemExit, match=r"not coder: name a new --out"):
        run(aider.main, *words, "--out", out)
    with pytest.raises(SystemExit, match=r"not coder: name a new --tdd"):
        run(aider.main, *words, "--tdd", out, "--out", tmp_path / "new.jsonl")


def programs(*outcomes, **more):
    import debug

    chosen = [problem.name for problem in debug.problems("development")][: len(outcomes)]
    return chosen, [
        {"name": name, "withheld": False, "outcome": outcome, "seconds": 1.0, "tokens": 10,
         "samples": 8, "answer": debug.ANSWER} | more
        for name, outcome in zip(chosen, outcomes, strict=True)
    ]  # fmt: skip


def test_what_became_of_programs_is_paired_with_another_models(tmp_path, run, monkeypatch):
    import debug

    monkeypatch.setenv("PATH", os.environ["PATH"])  # as it is, to be restored
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    names, rows = programs("mended", "mended", "asked", "wrong", model="coder")
    out = written(tmp_path / "rows.jsonl", rows)
    _, rows = programs("mended", "given up", "given up", "wrong", model="small")
    other = written(tmp_path / "other.jsonl", rows)
    words = ["--only", *names, "--against", other, "--out", out]
    found = run(debug.main, "--model", "coder", *words)
    kinds = ("mended", "asked", "given_up", "wrong")
    gaps = [found[f"{kind}_minus_other"]["mean"] for kind in kinds]
    assert gaps == [0.25, 0.25, -0.5, 0.0]
    with pytest.raises(SystemExit, match="name a new --out"):
        run(debug.main, "--model", "small", *words)
