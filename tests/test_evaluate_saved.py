"""Saved results belong to questions, answers and verifiers, not to the path where these stood."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogitate.cli import main
from cogitate.evaluate import EvalSpec, difference, from_json, judge_again, score, scoring
from cogitate.models.hub import SHIPPED
from cogitate.rollout.local import LocalSampler, markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.runs.provenance import run_of
from cogitate.tasks import FAMILIES, changed, fingerprint, fingerprints, open_family
from cogitate.tasks.files.rows import Rows, gather_rows
from cogitate.tasks.gym import ReasoningGym
from cogitate.types import Budget
from sums import TOKENIZER, Sums, Thinker
from table import table_config
from test_train_origin import start

PYTHON = """
import json
from pathlib import Path
from marks import number

RULES = json.loads((Path(__file__).parent / "rules.json").read_text())

def generate(split, seed, level=None):
    return {"question": f"What is {seed % 30} + 1?", "answer": f"{seed % 30 + 1}.0"}

def verify(task, answer):
    values = RULES["values"] and number(task.target) == number(answer)
    return values or task.target == answer.strip()
"""
MARKS = """
def number(text):
    try:
        return float(text)
    except ValueError:
        return text
"""


def write_sums(path: Path, plus: int, count: int = 80, **columns: object) -> str:
    """Write "What is i + 1?" with the answer i and `plus`; 1 is right."""
    rows = [{"question": f"What is {i} + 1?", "answer": i + plus, **columns} for i in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def sums(tmp_path: Path) -> str:
    return write_sums(tmp_path / "sums.jsonl", 1)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run `cogitate evaluate`; returns exit status, what was printed, and what was said beside."""

    def evaluate(*args: object) -> tuple[int, str, str]:
        capsys.readouterr()
        few = ["--n", "6", "--think", "32", "--answer", "8", "--dtype", "fp32"]
        code = main(["evaluate", *few, *map(str, args)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return evaluate


def strict(out: str) -> list[str]:
    """Return the accuracies and differences that were printed, in order."""
    return [line.split()[1] for line in out.splitlines() if line.startswith("  strict")]


def test_a_corrected_key_judges_saved_answers_again(run, sums: str, tmp_path: Path) -> None:
    write_sums(Path(sums), 1000)
    saved = tmp_path / "saved.json"
    _, out, _ = run("--model", "mini", "--family", sums, "--json", saved)
    assert strict(out) == ["0.0"]
    write_sums(Path(sums), 1)
    code, out, err = run("--model", "mini", "--family", sums, "--against", saved)
    assert code == 0
    assert strict(out) == ["100.0", "100.0", "+0.0"]
    assert "of its 6 questions 6 with another target, 6 with another verdict" in err
    again = tmp_path / "again.json"
    _, out, err = run("--model", saved, "--json", again)
    assert strict(out) == ["100.0"]
    assert "judged again" in err
    assert run("--model", again, "--against", "mini", "--family", sums)[2] == ""


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("family.py", "values or", "False or"),
        ("marks.py", "float(text)", "text"),
        ("rules.json", "true", "false"),
    ],
)
def test_a_verifier_counts_with_all_that_it_reads(
    run, tmp_path: Path, file: str, old: str, new: str
) -> None:
    family, saved = tmp_path / "family.py", tmp_path / "saved.json"
    family.write_text(PYTHON)
    (tmp_path / "marks.py").write_text(MARKS)
    (tmp_path / "rules.json").write_text('{"values": true}')
    assert strict(run("--model", "mini", "--family", family, "--json", saved)[1]) == ["100.0"]
    assert run("--model", saved)[2] == ""
    edited = tmp_path / file
    edited.write_text(edited.read_text().replace(old, new))
    code, out, err = run("--model", saved)
    assert code == 0
    assert strict(out) == ["0.0"]
    assert "6 with another verdict" in err


def test_questions_that_are_gone_are_left_out_and_counted(run, sums: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    run("--model", "mini", "--family", sums, "--json", saved)
    asked = [r["question"] for r in json.loads(saved.read_text())["families"][sums]["records"]]
    rows = [json.loads(line) for line in Path(sums).read_text().splitlines()]
    kept = [row for row in rows if row["question"] not in asked[:2]]
    Path(sums).write_text("".join(json.dumps(row) + "\n" for row in kept))
    _, out, err = run("--model", "mini", "--family", sums, "--against", saved)
    assert "of its 6 questions 2 no longer asked" in err
    assert "paired over 4 questions" in out
    write_sums(Path(sums), 1, count=0)
    Path(sums).write_text(json.dumps({"question": "Another?", "answer": 1}) + "\n")
    code, _, err = run("--model", saved)
    assert code == 2
    assert "none of the saved questions any more" in err


def test_what_did_not_change_says_nothing_and_is_the_same(run, sums: str, tmp_path: Path) -> None:
    """Nor does it where rows were added, shuffled or written otherwise."""
    saved = tmp_path / "saved.json"
    _, out, _ = run("--model", "mini", "--family", f"{sums},arithmetic", "--json", saved)
    write_sums(Path(sums), 1, count=120)
    lines = Path(sums).read_text().splitlines()
    Path(sums).write_text("\n\n".join(reversed(lines)))
    code, again, err = run("--model", saved)
    assert (code, err) == (0, "")
    assert again == out.replace("mini on", f"{saved} on")


def test_a_file_that_moved_is_known_by_its_contents(run, sums: str, tmp_path: Path) -> None:
    saved, moved = tmp_path / "saved.json", tmp_path / "elsewhere.jsonl"
    run("--model", "mini", "--family", sums, "--json", saved)
    shutil.move(sums, moved)
    code, out, err = run("--model", "mini", "--family", moved, "--against", saved)
    assert (code, err) == (0, "")
    assert strict(out)[-1] == "+0.0"
    write_sums(moved, 2)
    code, _, err = run("--model", saved, "--family", moved)
    assert code == 2
    assert f"has no family {moved}; it has {sums}" in err


def test_a_file_of_old_is_judged_again_as_well(run, sums: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    run("--model", "mini", "--family", sums, "--json", saved)
    document = json.loads(saved.read_text())
    del document["fingerprints"]
    for name in ("model", "weights", "run"):
        del document["conditions"][name]
    for record in document["families"][sums]["records"]:
        del record["answers"]
    saved.write_text(json.dumps(document))
    assert run("--model", saved)[::2] == (0, "")
    write_sums(Path(sums), 2)
    assert "6 with another verdict" in run("--model", saved)[2]


def test_settings_that_may_differ_are_said(run, sums: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    run("--model", "mini", "--family", sums, "--json", saved)
    few = ("--model", "mini", "--family", sums, "--against", saved)
    assert run(*few)[2] == ""
    _, _, err = run(*few, "--think", 16)
    assert f"other settings: mini with think 16; {saved} with think 32" in err


def test_a_folder_with_other_weights_than_when_it_was_measured_is_said(
    run, sums: str, tmp_path: Path
) -> None:
    model, saved = tmp_path / "model", tmp_path / "saved.json"
    shutil.copytree(SHIPPED / "mini" / "model", model)
    few = ("--model", model, "--family", sums)
    run(*few, "--json", saved)
    assert run(*few, "--against", saved)[2] == ""
    shutil.copy(SHIPPED / "mini-base" / "model" / "model.safetensors", model)
    assert "with weights" in run(*few, "--against", saved)[2]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence]:
    """What is sampled, two questions at a time; the third time Ctrl-C is pressed."""
    sample, asked = LocalSampler.sample, list[Sequence]()

    def stopped_at_the_third(self, requests: Sequence, then=None, poll=None):
        asked.append(requests)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return sample(self, requests, then, poll)

    monkeypatch.setattr(scoring, "REQUESTS_AT_ONCE", 2)
    monkeypatch.setattr(LocalSampler, "sample", stopped_at_the_third)
    return asked


def test_an_evaluation_that_goes_on_judges_by_the_key_of_now(
    run, sums: str, tmp_path: Path, asked: list[Sequence]
) -> None:
    command = ("--model", "mini", "--family", sums, "--json", tmp_path / "saved.json")
    assert run(*command)[0] == 130
    write_sums(Path(sums), 1000)
    code, out, _ = run(*command)
    assert (code, strict(out), len(asked)) == (0, ["0.0"], 3 + 1)


@pytest.mark.parametrize(("setting", "value"), [("rope_theta", 500.0), ("eos_token_id", 7)])
def test_an_evaluation_does_not_go_on_with_rollouts_of_another_model(
    run, sums: str, tmp_path: Path, asked: list[Sequence], setting: str, value: float
) -> None:
    """The weights are the same: what they mean is not."""
    model = Path(shutil.copytree(SHIPPED / "mini" / "model", tmp_path / "model"))
    command = ("--model", model, "--family", sums, "--json", tmp_path / "saved.json")
    assert run(*command)[0] == 130
    for name in ("config.json", "generation_config.json"):
        config = json.loads((model / name).read_text()) if (model / name).is_file() else {}
        (model / name).write_text(json.dumps(config | {setting: value}))
    assert run(*command)[0] == 0
    assert len(asked) == 3 + 3


def scripted(family: Sums, samples: int = 1, **settings: float):
    sampler = ScriptedSampler(Thinker(), markers(TOKENIZER))
    asked = EvalSpec(n=30, budget=Budget(think=5, answer=8), samples=samples, **settings)
    return score(sampler, TOKENIZER, family, asked), asked


class OtherKey(Sums):
    def generate(self, split, seed, level=None):
        task = super().generate(split, seed, level)
        return replace(task, target=f"{task.target}0") if task.level == 1 else task


def test_only_the_same_task_is_compared() -> None:
    """The same question with another target is another task."""
    found, asked = scripted(Sums())
    other, _ = scripted(OtherKey())
    gap = difference(found, other)
    assert gap.num_questions == sum(record.level == 2 for record in found.records) < 30
    assert gap.strict.mean == 0
    again = judge_again(other, Sums(), asked)
    assert difference(found, again).num_questions == 30


def test_each_answer_of_a_vote_is_judged_again() -> None:
    found, asked = scripted(OtherKey(), samples=4)
    again = judge_again(from_json(json.loads(json.dumps(found.to_json()))), Sums(), asked)
    fresh, _ = scripted(Sums(), samples=4)
    assert again == replace(fresh, records=again.records)
    assert again.pass_at[4].mean > found.pass_at[4].mean
    old = replace(found, records=[replace(r, answers=()) for r in found.records])
    assert judge_again(old, OtherKey(), asked).pass_at == found.pass_at
    assert judge_again(old, Sums(), asked).pass_at == {}  # kept one answer of four


def test_other_weights_under_the_same_name_are_said(run, sums: str, tmp_path: Path) -> None:
    """A run was trained anew in the folder that a saved evaluation names."""
    out, saved = tmp_path / "run", tmp_path / "saved.json"
    config = table_config(Path(sums), num_steps=1)
    start(config, out)
    run("--model", "mini", "--family", sums, "--json", saved)
    document = json.loads(saved.read_text())
    document["conditions"] |= {"model": str(out), "run": run_of(str(out))}
    saved.write_text(json.dumps(document))
    assert run("--model", saved)[2] == ""
    (out / "after.json").write_text(saved.read_text())
    assert main(["report", str(out)]) == 0
    assert json.loads((out / "report.json").read_text())[0]["scores"][0]["evaluation"] == "after"
    shutil.rmtree(out)
    start(replace(config, seed=1), out)
    assert "earlier run" in run("--model", saved)[2]


def test_a_run_is_asked_what_it_was_trained_on_or_it_is_said(
    run, sums: str, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    start(table_config(Path(sums), num_steps=1), out)
    shutil.rmtree(out / "model")
    shutil.copytree(SHIPPED / "mini" / "model", out / "model")
    assert run("--model", out)[2] == ""
    write_sums(Path(sums), 2)
    assert f"{sums} has other answers than when {out} was trained on it" in run("--model", out)[2]


def report(out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict, str]:
    capsys.readouterr()
    assert main(["report", str(out)]) == 0
    (story,) = json.loads((out / "report.json").read_text())
    return story, capsys.readouterr().err


def test_a_report_says_which_results_do_not_belong_together(
    run, sums: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    start(table_config(Path(sums), num_steps=1), out)
    run("--model", "mini", "--family", sums, "--json", out / "first.json")
    story, err = report(out, capsys)
    assert (story["notes"], err) == ([], "")
    write_sums(Path(sums), 2)
    run("--model", "mini", "--family", sums, "--budgets", "0,8", "--json", out / "second.json")
    story, err = report(out, capsys)
    (note,) = story["notes"]
    assert note == f"second was measured with other answers of {sums} than the run"
    assert note in err
    assert note in (out / "report.html").read_text()


def test_a_report_leaves_out_what_an_earlier_run_in_the_folder_scored(
    run, sums: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    start(table_config(Path(sums), num_steps=1), out)
    run("--model", "mini", "--family", sums, "--json", out / "after.json")
    document = json.loads((out / "after.json").read_text())
    document["conditions"] |= {"model": str(out), "run": "another"}
    (out / "after.json").write_text(json.dumps(document))
    story, err = report(out, capsys)
    assert story["scores"] == []
    assert "after.json is left out" in err


CELLS = st.fixed_dictionaries(
    {"answer": st.sampled_from("abc"), "thought": st.sampled_from("de"), "level": st.integers(1, 2),
     "note": st.none() | st.text(max_size=3)}
)  # fmt: skip


def rows(cells: Sequence[dict]) -> Rows:
    questions = [{"question": f"Question {i}?", **row} for i, row in enumerate(cells)]
    return Rows("rows.jsonl", gather_rows("rows.jsonl, line", enumerate(questions)))


@settings(max_examples=30)
@given(st.lists(CELLS, min_size=1, max_size=8), st.data())
def test_a_fingerprint_differs_where_a_cell_does_and_nowhere_else(
    cells: list[dict], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(cells) - 1))
    column, part = data.draw(
        st.sampled_from([("answer", "answers"), ("thought", "thoughts"), ("note", "columns")])
    )
    value = data.draw(CELLS)[column]
    edited = [row | {column: value} if i == place else row for i, row in enumerate(cells)]
    expected = "" if edited == cells else part
    assert changed(fingerprint(rows(cells)), fingerprint(rows(edited))) == expected


def test_a_fingerprint_tells_packages_rules_and_every_family_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    families = [*map(open_family, FAMILIES), ReasoningGym("reasoning_gym:spell_backward")]
    before = [fingerprint(family) for family in families]
    assert before == [fingerprint(family) for family in families]
    assert len({known["questions"] for known in before}) == len(families)
    monkeypatch.setattr(fingerprints, "version", lambda package: f"{package} 0")
    now = [changed(known, fingerprint(f)) for known, f in zip(before, families, strict=True)]
    assert now == ["" for _ in FAMILIES] + ["verifier"]
    monkeypatch.setattr(fingerprints, "RULES", -1)
    assert {changed(k, fingerprint(f)) for k, f in zip(before, families, strict=True)} == {
        "verifier"
    }


@pytest.mark.parametrize("conditions", [{}, {"n": None, "budget": {}}, {"n": 6, "budget": None}])
def test_an_edited_file_is_refused_in_one_line(run, sums: str, tmp_path: Path, conditions) -> None:
    saved = tmp_path / "saved.json"
    run("--model", "mini", "--family", sums, "--json", saved)
    document = json.loads(saved.read_text(encoding="utf-8"))
    saved.write_text(json.dumps({**document, "conditions": conditions}), encoding="utf-8")
    code, _, err = run("--model", saved, "--family", sums)
    assert code != 0
    assert "holds no answers: it is no file of cogitate evaluate --json" in err
