"""Profiles and quirks: what is named stands out from the spread of seeds, and little else does."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats

from cogitate.cli import _dispatch
from cogitate.errors import UsageError
from cogitate.evaluate import Measured, summarise
from cogitate.evaluate.intervals import two_sided
from cogitate.evaluate.profile import (
    ALL,
    Place,
    Profile,
    confidence,
    interval_text,
    on_common_questions,
    profile,
    quirks,
)
from cogitate.evaluate.result import Record

NUM_QUESTIONS = 60


def record(number: int, is_right: bool, *, level: int = 1, tokens: int = 10, **more) -> Record:
    given = {"samples": 1, "right": int(is_right), "answers": ()} | more
    return Record(
        key=str(number), level=level, cluster=str(number), question=f"q{number}", target="1",
        answer="1" if is_right else "2", strict=float(is_right), lenient=float(is_right),
        thought_tokens=tokens, thought_end="natural", truncated=False, seconds=0.1, **given,
    )  # fmt: skip


def run(rng: random.Random, skills: dict[str, float], spread: float = 0.08) -> Profile:
    """One run of a recipe: each family's accuracy differs from seed to seed by `spread`."""
    families = {}
    for name, skill in skills.items():
        own = min(1.0, max(0.0, rng.gauss(skill, spread)))
        length = rng.gauss(40, 4)
        records = [
            record(i, rng.random() < own, level=1 + i % 3, tokens=round(rng.gauss(length, 9)))
            for i in range(NUM_QUESTIONS)
        ]
        families[name] = summarise(name, "test", records)
    return profile(Measured(model="m", conditions={"n": NUM_QUESTIONS}, families=families))


@pytest.mark.parametrize("degrees", [1, 2, 3, 8, 40])
def test_p_values_are_student_s(degrees: int) -> None:
    for t in (0.0, 0.7, 2.0, 5.0, 60.0):
        assert two_sided(t, degrees) == pytest.approx(2 * stats.t.sf(t, degrees), abs=1e-9)


def test_at_most_one_comparison_in_twenty_of_equal_models_names_a_quirk() -> None:
    rng, skills, named = random.Random(0), {"a": 0.6, "b": 0.9, "c": 0.2}, 0
    trials = 200
    for _ in range(trials):
        groups = {name: [run(rng, skills) for _ in range(5)] for name in ("x", "y")}
        named += bool(quirks(groups))
    assert named <= 0.05 * trials + 2 * (trials * 0.05 * 0.95) ** 0.5


def test_a_difference_that_all_seeds_have_is_named_and_false_ones_are_few() -> None:
    rng, right, false, found = random.Random(1), 0, 0, 0
    for _ in range(40):
        groups = {
            "x": [run(rng, {"a": 0.2, "b": 0.6, "c": 0.6}) for _ in range(5)],
            "y": [run(rng, {"a": 0.8, "b": 0.6, "c": 0.6}) for _ in range(5)],
        }
        named = quirks(groups)
        real = [q for q in named if q.place.family == "a" and q.place.measure == "accuracy"]
        right += Place(family="a", level=ALL, measure="accuracy") in [q.place for q in real]
        false, found = false + len(named) - len(real), found + len(named)
        assert all(q.difference < 0 for q in real)
    assert right >= 38
    assert false <= 0.05 * found + 2 * (0.05 * 0.95 * found) ** 0.5


def test_one_run_each_names_nothing() -> None:
    rng = random.Random(2)
    with pytest.raises(UsageError, match="two or more runs of each of two models"):
        quirks({"x": [run(rng, {"a": 0.1})], "y": [run(rng, {"a": 0.9})]})


def test_confidence_is_the_share_of_the_most_common_answer() -> None:
    one = record(0, True, samples=4, right=3, answers=("1", " 1", "2", "1"))
    assert confidence(one) == 0.75
    sure = record(1, False, samples=4, answers=("3",) * 4)
    families = {"f": summarise("f", "test", [one, sure])}
    measured = Measured(model="m", conditions={"n": 2}, families=families)
    numbers = profile(measured)
    place = Place(family="f", level=ALL, measure="overconfidence")
    assert numbers[place].interval.mean == pytest.approx((0.75 - 1 + 1 - 0) / 2)


def test_confidence_is_unknown_where_not_all_answers_were_kept() -> None:
    assert confidence(record(0, True, samples=8)) is None
    assert confidence(record(0, True, samples=8, answers=("1", "2"))) is None


def test_confidence_in_one_answer_is_its_probability() -> None:
    records = [record(place, True, probability=0.8) for place in range(3)]
    assert list(map(confidence, records)) == [0.8] * 3
    place = Place(family="f", level=ALL, measure="overconfidence")
    assert profile(measured(records))[place].interval.mean == pytest.approx(-0.2)
    assert place not in profile(measured([*records, record(3, True)]))


def test_effort_follows_levels_that_are_solved() -> None:
    records = [record(i, True, level=1 + i % 3, tokens=10 * (i % 3)) for i in range(60)]
    place = Place(family="f", level=ALL, measure="effort")
    assert profile(measured(records))[place].interval.mean == pytest.approx(1)
    unsolved = [replace(one, strict=float(one.level == 1)) for one in records]
    assert place not in profile(measured(unsolved))


@pytest.mark.parametrize(
    ("measure", "shown"),
    [("accuracy", "81.2 % [75.0, 86.2]"), ("seconds", "0.8 [0.8, 0.9]"),
     ("effort", "0.81 [0.75, 0.86]")],
)  # fmt: skip
def test_an_interval_is_shown_in_its_unit(measure: str, shown: str) -> None:
    assert interval_text(measure, 0.812, 0.75, 0.862) == shown


def measured(records: list[Record]) -> Measured:
    return Measured(model="m", conditions={"n": 9}, families={"f": summarise("f", "test", records)})


def test_levels_may_be_zero_and_small_ones_are_left_out() -> None:
    records = [record(i, i % 2 == 0, level=i % 2) for i in range(40)]
    places = profile(measured([*records, record(99, True, level=7)]))
    assert {place.level for place in places} == {ALL, 0, 1}


def test_runs_are_compared_on_the_questions_that_all_were_asked() -> None:
    some, more = [record(i, True) for i in range(5)], [record(i, False) for i in range(3, 9)]
    first, second = on_common_questions([measured(some), measured(more)])
    assert [r.question for r in first.families["f"].records] == ["q3", "q4"]
    assert second.families["f"].strict.mean == 0
    with pytest.raises(UsageError, match="no question in common"):
        on_common_questions([measured(some[:3]), measured(more)])


def test_equal_runs_are_no_quirk() -> None:
    run = profile(measured([record(i, True) for i in range(12)]))
    other = profile(measured([record(i, i > 0) for i in range(12)]))
    assert quirks({"x": [run, run], "y": [other, other]}) == []


def test_the_command_prints_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ask = ["--family", "arithmetic,letter_finding", "--n", "12", "--json"]
    assert _dispatch(["evaluate", "--model", "mini", *ask, "mini.json"]) == 0
    files = ["--out", "page.html", "--json", "all.json"]
    compare = ["compare", "mini.json", "mini-base", "--family", "arithmetic,letter_finding"]
    assert _dispatch([*compare, "--n", "12", *files]) == 0
    shown = capsys.readouterr()
    assert "arithmetic: accuracy" in shown.out
    assert "no quirks are named" in shown.err
    document = json.loads(Path("all.json").read_text())
    assert set(document["profiles"]) == {"mini.json", "mini-base"}
    page = Path("page.html").read_text()
    assert "mini-base" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "mini-base minus mini.json on arithmetic: " in shown.out
    gaps = document["differences"]
    assert {(gap["family"], gap["ours"]) for gap in gaps} == {
        ("arithmetic", "mini-base"), ("letter_finding", "mini-base"),
    }  # fmt: skip
    assert "Differences in accuracy" in page
    assert _dispatch([*compare, "--n", "12", *files]) == 0  # its own files may be replaced
    with pytest.raises(UsageError, match="is read as well"):
        _dispatch([*compare, "--json", "mini.json"])
    capsys.readouterr()
    groups = ["a=mini.json,mini-base", "b=mini-base,mini.json", "--family", "arithmetic"]
    assert _dispatch(["compare", *groups, "--n", "12"]) == 0
    assert "quirks, of which 5 %" in capsys.readouterr().out


def test_files_are_compared_as_they_were_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["--family", "arithmetic", "--n", "6", "--think", "0", "--answer", "4"]
    evaluate = ["evaluate", "--model", "mini", *asked, "--level", "1,2", "--system", "Be brief."]
    for name, seed in (("a", "3"), ("b", "3"), ("other", "4")):
        assert _dispatch([*evaluate, "--seed", seed, "--json", f"{name}.json"]) == 0
    compare = ["compare", "--family", "arithmetic", "a.json"]
    assert _dispatch([*compare, "b.json"]) == 0
    assert "b.json minus a.json on arithmetic: +0.0" in capsys.readouterr().out
    for other, why in (
        ("other.json", "^other.json was measured with --seed 4, and others are not: measure all"),
        ("mini", "^a.json was measured with --level 1,2 --seed 3 --system Be brief., and others"),
    ):
        with pytest.raises(UsageError, match=why):
            _dispatch([*compare, other])


@pytest.mark.parametrize(
    ("models", "why"),
    [
        (["mini"], "two or more models"),
        (["mini", "mini"], "named twice"),
        (["mini", "x="], "names the runs"),
        (["mini", "=mini"], "names the runs"),
        (["mini", "x=mini,mini"], "a run is named twice"),
        (["mini", "mini-base", "--n", "0"], "at least 1"),
        (["mini", "mini-base", "--samples", "2"], "greedy rollouts"),
        (["mini", "mini-base", "--temperature", "-1"], "0 or more is needed"),
    ],
)
def test_models_that_cannot_be_compared_are_refused(models: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        _dispatch(["compare", *models, "--family", "arithmetic"])
