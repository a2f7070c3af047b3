"""Thought tokens by kind of question, and replies side by side."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

BENCH = Path(__file__).parents[1] / "bench"


def test_questions_are_different_clustered_and_from_all_parts(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import effort

    tasks = {kind: own for kind, (_, own) in effort.tasks_of(50).items()}
    for kind, own in tasks.items():
        assert len({task.question for task in own}) == len(own) == 50, kind
    about = [task.question.split()[-1] for task in tasks["fact"]]
    assert {word[0] for word in about} > set("AMT")
    assert len(effort.tasks_of(200)["fact"][1]) == 142


def test_intervals_are_of_independent_questions(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import effort

    monkeypatch.setattr(effort, "thought_length", float)
    answers = [SimpleNamespace(rollout=length) for length in (1, 1, 9, 9)]
    once = effort.effort(answers, ["a", "b", "c", "d"]).tokens
    twice = effort.effort(answers, ["a", "a", "b", "b"]).tokens
    assert once.mean == twice.mean == 5
    assert twice.high > once.high


def test_thoughts_are_counted_by_kind_and_replies_written_side_by_side(tmp_path: Path) -> None:
    talk = tmp_path / "talk.md"
    command = [sys.executable, str(BENCH / "effort.py"), "mini", "mini-base", "--n", "3",
               "--talk", str(talk), "--svg", str(tmp_path / "effort.svg")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["hard sum"]["tokens"][0] > found["easy sum"]["tokens"][0] > 4
    assert found["talk"]["correct"] is None
    head, _, *rows = talk.read_text("utf-8").splitlines()
    assert head == "| question | mini | mini-base |"
    assert len(rows) == 3
    assert rows[0].startswith("| Good afternoon! | ")
    assert (tmp_path / "effort.svg").stat().st_size > 1000
