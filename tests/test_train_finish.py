"""Which checkpoint a run's model is."""

from pathlib import Path

import pytest

from cogitate.train.held_out import Examiner
from table import table_config, write_questions
from test_train_loop import start


@pytest.mark.parametrize(("last", "chosen"), [(0.85, 12), (0.77, 12), (0.7, 6)])
def test_an_earlier_model_is_taken_only_where_it_is_better_by_more_than_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: float, chosen: int
) -> None:
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"))
    scores = iter([0.0, 0.9, last])

    def examine(self: Examiner, *_: object) -> dict[str, float]:
        self.num_questions = 40
        return {"held_out": next(scores), "held_out_questions": 40.0}

    monkeypatch.setattr("cogitate.train.held_out.Examiner.examine", examine)
    shown = start(config, tmp_path / "run")
    assert f"the model of step {chosen} is" in shown
