"""Saved results belong to questions, answers and verifiers, not to the path where these stood."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.cli import main
from cogitate.cli.saved import run_of
from cogitate.errors import UsageError
from cogitate.evaluate import Exam, difference, evaluate, exam, from_json, judge_again
from cogitate.rollout.local import LocalSampler, markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.tasks import changed, fingerprint, fingerprints, open_family
from cogitate.tasks.gym import ReasoningGym
from cogitate.tasks.rows import Rows, gather_rows
from cogitate.types import Budget
from sums import TOKENIZER, Sums, Thinker
from table import Bench, table_config
from test_train_content import start

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
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run `cogitate evaluate`; returns exit status, what was printed, and what was said beside."""

    def run(*args: object) -> tuple[int, str, str]:
        capsys.readouterr()
        few = ["--n", "6", "--think", "32", "--answer", "8", "--dtype", "fp32"]
        code = main(["evaluate", *few, *map(str, args)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def strict(out: str) -> list[str]:
    """Return the accuracies and differences that were printed, in order."""
    return [line.split()[1] for line in out.splitlines() if line.startswith("  strict")]


def test_a_mended_key_judges_saved_answers_again(told, sums: str, tmp_path: Path) -> None:
    write_sums(Path(sums), 1000)
    saved = tmp_path / "saved.json"
    _, out, _ = told("--model", "mini", "--family", sums, "--json", saved)
    assert strict(out) == ["0.0"]
    write_sums(Path(sums), 1)
    code, out, err = told("--model", "mini", "--family", sums, "--against", saved)
    assert code == 0
    assert strict(out) == ["100.0", "100.0", "+0.0"]
    assert "of its 6 questions 6 with another target, 6 with another verdict" in err
    again = tmp_path / "again.json"
    _, out, err = told("--model", saved, "--json", again)
    assert strict(out) == ["100.0"]
    assert "judged again" in err
    assert told("--model", again, "--against", "mini", "--family", sums)[2] == ""


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("family.py", "values or", "False or"),
        ("marks.py", "float(text)", "text"),
        ("rules.json", "true", "false"),
    ],
)
def test_a_verifier_counts_with_all_that_it_reads(
    told, tmp_path: Path, file: str, old: str, new: str
) -> None:
    family, saved = tmp_path / "family.py", tmp_path / "saved.json"
    family.write_text(PYTHON)
    (tmp_path / "marks.py").write_text(MARKS)
    (tmp_path / "rules.json").write_text('{"values": true}')
    assert strict(told("--model", "mini", "--family", family, "--json", saved)[1]) == ["100.0"]
    assert told("--model", saved)[2] == ""
    edited = tmp_path / file
    edited.write_text(edited.read_text().replace(old, new))
    code, out, err = told("--model", saved)
    assert code == 0
    assert strict(out) == ["0.0"]
    assert "6 with another verdict" in err


def test_questions_that_are_gone_are_left_out_and_counted(told, sums: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    told("--model", "mini", "--family", sums, "--json", saved)
    asked = [r["question"] for r in json.loads(saved.read_text())["families"][sums]["records"]]
    rows = [json.loads(line) for line in Path(sums).read_text().splitlines()]
    kept = [row for row in rows if row["question"] not in asked[:2]]
    Path(sums).write_text("".join(json.dumps(row) + "\n" for row in kept))
    _, out, err = told("--model", "mini", "--family", sums, "--against", saved)
    assert "of its 6 questions 2 no longer asked" in err
    assert "paired over 4 questions" in out
    write_sums(Path(sums), 1, count=0)
    Path(sums).write_text(json.dumps({"question": "Another?", "answer": 1}) + "\n")
    code, _, err = told("--model", saved)
    assert code == 2
    assert "none of the questions that were asked" in err


def test_what_did_not_change_says_nothing_and_is_the_same(told, sums: str, tmp_path: Path) -> None:
    """Nor does it where rows were added, shuffled or written otherwise."""
    saved = tmp_path / "saved.json"
    _, out, _ = told("--model", "mini", "--family", f"{sums},arithmetic", "--json", saved)
    write_sums(Path(sums), 1, count=120)
    lines = Path(sums).read_text().splitlines()
    Path(sums).write_text("\n\n".join(reversed(lines)))
    code, again, err = told("--model", saved)
    assert (code, err) == (0, "")
    assert again == out.replace("mini on", f"{saved} on")


def test_a_file_that_moved_is_known_by_its_contents(told, sums: str, tmp_path: Path) -> None:
    saved, moved = tmp_path / "saved.json", tmp_path / "elsewhere.jsonl"
    told("--model", "mini", "--family", sums, "--json", saved)
    shutil.move(sums, moved)
    code, out, err = told("--model", "mini", "--family", moved, "--against", saved)
    assert (code, err) == (0, "")
    assert strict(out)[-1] == "+0.0"
    write_sums(moved, 2)
    code, _, err = told("--model", saved, "--family", moved)
    assert code == 2
    assert f"has no family {moved}; it has {sums}" in err


def test_a_file_of_old_is_judged_again_as_well(told, sums: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    told("--model", "mini", "--family", sums, "--json", saved)
    document = json.loads(saved.read_text())
    del document["fingerprints"]
    for name in ("model", "weights", "run"):
        del document["conditions"][name]
    for record in document["families"][sums]["records"]:
        del record["answers"]
    saved.write_text(json.dumps(document))
    assert told("--model", saved)[::2] == (0, "")
    write_sums(Path(sums), 2)
    assert "6 with another verdict" in told("--model", saved)[2]


def test_settings_that_may_differ_are_said(told, sums: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    told("--model", "mini", "--family", sums, "--json", saved)
    few = ("--model", "mini", "--family", sums, "--against", saved)
    assert told(*few)[2] == ""
    _, _, err = told(*few, "--think", 16)
    assert f"other settings: mini with think 16; {saved} with think 32" in err


def test_what_was_sampled_is_judged_by_the_key_of_when_it_goes_on(
    told, sums: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of rollouts that were kept, those of other questions are sampled again."""
    monkeypatch.setattr(exam, "REQUESTS_AT_ONCE", 2)
    sample, asked = LocalSampler.sample, []

    def stopped_at_the_third(self, requests: Sequence, then=None):
        asked.append(requests)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return sample(self, requests, then)

    monkeypatch.setattr(LocalSampler, "sample", stopped_at_the_third)
    saved = tmp_path / "saved.json"
    command = ("--model", "mini", "--family", sums, "--json", saved)
    assert told(*command)[0] == 130
    first = TOKENIZER.decode([])  # nothing of the questions is known here but their text
    assert first == ""
    write_sums(Path(sums), 1000)
    code, out, _ = told(*command)
    assert (code, strict(out), len(asked)) == (0, ["0.0"], 3 + 1)
