"""Levels follow the learner, family by family, and a resumed run follows the same ones."""

import dataclasses
import io
import json
import shutil
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cogitate.config import TaskConfig, TrainConfig
from cogitate.errors import UsageError
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.runs.folder import read_lines
from cogitate.tasks import load_family, num_levels
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.curriculum import Curriculum, levels, levels_named
from cogitate.train.data.mixture import Mixture
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.train.loop import train
from cogitate.train.plan import make_plan
from table import Bench, table_config, write_questions
from test_train_loop import start


def drawn(curriculum: Curriculum, count: int = 400) -> Counter[int | None]:
    return Counter(curriculum.draw("f", seed) for seed in range(count))


def test_it_begins_low_and_climbs_as_levels_are_mastered() -> None:
    curriculum = Curriculum(num_levels={"f": 6})
    assert max(level or 0 for level in drawn(curriculum)) <= 3
    means: list[float] = []
    for _ in range(16):
        counts = drawn(curriculum)
        means.append(sum((level or 0) * count for level, count in counts.items()) / 400)
        for level in counts:
            assert level is not None
            curriculum.observe("f", level, 1.0 if level <= 4 else 0.0)
    assert means[-1] > means[0] + 1, means
    assert curriculum.metrics() == {"frontier/f": 4.0}
    assert drawn(curriculum)[1] > 0, "what was mastered is still asked now and then"


def test_most_questions_are_where_it_is_half_right() -> None:
    curriculum = Curriculum(
        num_levels={"f": 5},
        shares={"f": {1: [1.0] * 9, 2: [0.95] * 9, 3: [0.5] * 9, 4: [0.04] * 9}},
    )
    assert drawn(curriculum).most_common(1)[0][0] == 3


@given(st.dictionaries(st.integers(1, 5), st.lists(st.floats(0, 1))), st.integers(0, 2**40))
def test_any_state_gives_a_level_and_survives_being_saved(shares, seed) -> None:
    curriculum = Curriculum(num_levels={"f": 5}, shares={"f": shares})
    level = curriculum.draw("f", seed)
    assert level in range(1, 6)
    again = Curriculum(num_levels={"f": 5})
    again.restore(json.loads(json.dumps(curriculum.to_json())))
    assert again.draw("f", seed) == level
    assert curriculum.draw("another", seed) is None


def test_uniform_levels_stay_uniform() -> None:
    curriculum = Curriculum(num_levels={"f": 4}, follows=False)
    for _ in range(10):
        curriculum.observe("f", 1, 1.0)
    assert all(70 < count < 130 for count in drawn(curriculum).values())
    assert curriculum.metrics() == {"frontier/f": 1.0}


def test_levels_by_number_are_drawn_alike_and_the_frontier_begins_below_them() -> None:
    curriculum = Curriculum(num_levels={"f": 6, "g": 3}, only=levels_named("2, 3,5"))
    counts = drawn(curriculum)
    assert set(counts) == {2, 3, 5}
    assert all(count > 80 for count in counts.values())
    assert {curriculum.draw("g", seed) for seed in range(50)} == {2, 3}
    assert curriculum.metrics() == {"frontier/f": 1.0, "frontier/g": 1.0}
    for _ in range(10):
        curriculum.observe("f", 2, 0.9)
    assert curriculum.metrics()["frontier/f"] == 2
    assert levels_named("adaptive") == ()
    with pytest.raises(UsageError, match="did you mean uniform"):
        levels_named("unifrom")


def test_the_frontier_does_not_move_where_nothing_is_learned() -> None:
    truth = [0.99, 0.97, 0.95, 0.9, 0.3, 0.05]
    curriculum = Curriculum(num_levels={"f": 6})
    frontiers = []
    for seed in range(600):
        level = curriculum.draw("f", seed)
        assert level is not None
        rng = Random(seed)
        curriculum.observe("f", level, sum(rng.random() < truth[level - 1] for _ in range(8)) / 8)
        frontiers.append(curriculum.metrics()["frontier/f"])
    assert set(frontiers[150:]) == {4.0}


def test_a_fixed_level_is_left_alone() -> None:
    parts = (TaskConfig(family="countdown"), TaskConfig(family="sorting", level=2))
    assert levels(Mixture(parts)) == {"countdown": 7}


def write_levels(path: Path) -> Path:
    """Level 1 has always the same answer, so that a table can learn it; level 2 never will."""
    rows = [{"question": f"Easy {i}?", "answer": "2", "level": 1} for i in range(60)]
    rows += [{"question": f"Hard {i}?", "answer": "7", "level": 2} for i in range(60)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def adaptive(folder: Path, **rl: float) -> TrainConfig:
    config = table_config(write_levels(folder / "levels.jsonl"), num_steps=12, **rl)
    return dataclasses.replace(config, rl=dataclasses.replace(config.rl, levels="adaptive"))


def quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


def test_a_file_with_levels_has_as_many(tmp_path: Path) -> None:
    assert num_levels(load_family(str(write_levels(tmp_path / "levels.jsonl")))) == 2


def test_a_run_records_its_levels(tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(adaptive(tmp_path), out, console=quiet(), build=Bench())
    steps = [line for line in read_lines(out / "metrics.jsonl") if line["phase"] == "rl"]
    name = f"frontier/{tmp_path / 'levels.jsonl'}"
    assert steps[0][name] == 0
    assert steps[-1][name] == 1
    asked = Counter(
        record["level"] for path in (out / "rollouts").iterdir() for record in read_lines(path)
    )
    assert asked[1] > asked[2] > 0


def test_a_resumed_run_asks_the_same_levels(tmp_path: Path) -> None:
    config, whole, halves = adaptive(tmp_path), tmp_path / "whole", tmp_path / "halves"
    train(config, whole, console=quiet(), build=Bench())
    shutil.copytree(whole, halves)
    shutil.rmtree(halves / "checkpoints" / "step-000012")
    shutil.rmtree(halves / "model")
    train(config, halves, resume=True, console=quiet(), build=Bench())
    for step in range(9, 13):
        name = f"step-{step:06}.jsonl"
        ours, theirs = (read_lines(run / "rollouts" / name) for run in (whole, halves))
        assert ours == theirs


def test_a_level_that_no_family_has_is_refused() -> None:
    config = TrainConfig(recipe="own", model="table", tasks=(TaskConfig(family="logic"),))
    config = dataclasses.replace(config, rl=dataclasses.replace(config.rl, levels="9"))
    tokenizer = Tokenizer.bytes()
    sampler = ScriptedSampler(lambda _: [], Markers(ends=frozenset({tokenizer.end})))
    with pytest.raises(UsageError, match="these tasks have levels 1 to 6"):
        make_plan(config, tokenizer, sampler, Stopwatch(), print, 512)


def test_levels_that_a_family_does_not_have_are_said_to_do_nothing(tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"), num_steps=1)
    rl = dataclasses.replace(config.rl, levels="adaptive")
    shown = start(dataclasses.replace(config, rl=rl), tmp_path / "run")
    assert "no levels to choose from, so rl.levels does nothing there" in shown
