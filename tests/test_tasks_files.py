"""A user's files: what works, and one clear line for what does not."""

import json
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.tasks import Demonstrates, load_family, size
from cogitate.tasks.files.python_file import open_python_file
from cogitate.verify import judge

ROW = {"question": "2 + 2?", "answer": 4}


def write(folder: Path, name: str, *lines: object) -> str:
    path = folder / name
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return str(path)


def rows(num: int = 40, **more: object) -> list[dict[str, object]]:
    return [{"question": f"What follows {i}?", "answer": i + 1, **more} for i in range(num)]


def test_columns_travel(tmp_path: Path) -> None:
    made = rows(thought=" one more", level=2, cluster="follow", source="school")
    family = load_family(write(tmp_path, "a.jsonl", *made))
    task = family.generate("train", 0, 2)
    assert task.level == 2
    assert task.metadata == {"cluster": "follow", "source": "school"}
    assert isinstance(family, Demonstrates)
    assert family.demonstrate(task) == (" one more", task.target)
    assert not isinstance(load_family(write(tmp_path, "b.jsonl", *rows())), Demonstrates)


def test_train_goes_round_and_test_ends(tmp_path: Path) -> None:
    family = load_family(write(tmp_path, "a.jsonl", *rows()))
    train, test = size(family, "train"), size(family, "test")
    assert train is not None
    assert test is not None
    assert train + test == 40
    assert 2 <= test <= 15
    once = {family.generate("train", seed).question for seed in range(train)}
    assert len(once) == train
    assert {family.generate("train", train + seed).question for seed in range(train)} == once
    with pytest.raises(UsageError, match=rf"has {test} test questions: ask for {test} at most"):
        family.generate("test", test)
    with pytest.raises(UsageError, match="no train questions of level 7"):
        family.generate("train", 0, 7)
    with pytest.raises(UsageError, match="no 'ood' split"):
        family.generate("ood", 0)


def test_a_question_stays_in_its_split_when_the_file_grows(tmp_path: Path) -> None:
    small = load_family(write(tmp_path, "a.jsonl", *rows(30)))
    large = load_family(write(tmp_path, "b.jsonl", *rows(90)))
    for split in ("train", "test"):
        few, many = (
            {f.generate(split, seed).question for seed in range(size(f, split) or 0)}
            for f in (small, large)
        )
        assert few <= many


def test_repeated_questions_are_one(tmp_path: Path) -> None:
    upper = [{**row, "question": str(row["question"]).upper()} for row in rows()]
    family = load_family(write(tmp_path, "a.jsonl", *rows(), *upper))
    assert (size(family, "train") or 0) + (size(family, "test") or 0) == 40


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("a.jsonl", [ROW, '{"question": "x"'], "a.jsonl, line 2: not JSON"),
        ("a.jsonl", [ROW, "", "[1]"], "a.jsonl, line 3: not an object"),
        ("a.jsonl", [{"question": "x"}], "line 1: there is no 'answer'"),
        ("a.jsonl", [{"prompt": "x", "answer": 1}], "line 1: there is no 'question'"),
        ("a.jsonl", [{"question": " ", "answer": 1}], "line 1: 'question' is empty"),
        ("a.jsonl", [{"question": "x", "answer": None}], "'answer' is neither text nor a number"),
        ("a.jsonl", [ROW | {"level": "hard"}], "level 'hard' is not a whole number"),
        ("a.jsonl", [ROW, ROW | {"answer": 5}], "line 2: the question of line 1 with another"),
        ("a.jsonl", [ROW | {"thought": "t"}, {"question": "x", "answer": 1}], "line 2: no thought"),
        ("a.jsonl", [""], "has no rows"),
        ("a.jsonl", [ROW, '{"question": "\\ud800", "answer": 1}'], "line 2: 'question' has half"),
        ("a.jsonl", [ROW, "[" * 100_000], "a.jsonl, line 2: not JSON"),
        ("a.csv", ["question,answer", "x,1,2"], "line 2: not 2 columns as in the header"),
        ("a.csv", ["question,answer", "x"], "line 2: not 2 columns as in the header"),
        ("a.csv", ["question;answer", "x;1"], "line 2: there is no 'question'"),
        ("a.csv", ["question,answer", '"x,1'], "not CSV"),
        ("a.csv", ["question,answer"], "has no rows"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, name: str, lines: list[object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_family(write(tmp_path, name, *lines))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        load_family(str(tmp_path / "a.jsonl"))


TRL = """
rows = [{"prompt": f"What follows {i}?", "answer": str(i + 1), "start": i} for i in range(40)]

def reward(prompts, completions, start, **columns):
    return [SCORE for completion, i in zip(completions, start)]
"""


def test_a_reward_in_trl_s_signature(tmp_path: Path) -> None:
    code = TRL.replace("SCORE", "1.0 if completion.strip() == str(i + 1) else 0.2")
    family = load_family(write(tmp_path, "trl.py", code))
    task = family.generate("train", 1)
    assert judge(family, task, task.target).reward == 1
    assert judge(family, task, "no").parts == {"score": 0.2}
    assert size(family, "train")


def test_of_prompt_and_question_the_prompt_is_asked_and_both_reach_the_reward(
    tmp_path: Path,
) -> None:
    """As TRL does: it samples from `prompt`, whatever other columns there are."""
    path = tmp_path / "both.py"
    path.write_text(
        'rows = [{"prompt": [{"role": "system", "content": "In digits."},'
        ' {"role": "user", "content": f"{i} + 1?"}], "question": f"sum {i}", "answer": str(i + 1)}'
        " for i in range(40)]\n"
        "def reward(prompts, completions, question, answer, **columns):\n"
        "    said = completions[0][-1]['content'].strip()\n"
        "    return [float(question[0] == f'sum {int(answer[0]) - 1}' and said == answer[0])]\n"
    )
    family = load_family(str(path))
    task = family.generate("train", 1)
    assert task.question == f"In digits.\n\n{int(task.target) - 1} + 1?"
    assert judge(family, task, task.target).reward == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = (", "line 1: SyntaxError"),
        ("\nimport nowhere_to_be_found", "line 2: ModuleNotFoundError"),
        ("raise SystemExit", "line 1: SystemExit"),
        ("x = 1", "it needs functions `generate` and `verify`"),
        (TRL.replace("SCORE", "1.0"), "is refused: an empty answer"),
        (TRL.replace("SCORE", "0.0"), "is refused: the correct answer"),
        (TRL.replace("SCORE", "float(str(i + 1) in completion)"), "is refused: "),
        (TRL.replace("SCORE", "1 / 0"), "raised ZeroDivisionError"),
        ("def generate(split, seed, level): return 3\ndef verify(task, answer): return 1",
         "`generate` returned 3, not a Task"),
        ("import random\ndef generate(split, seed, level):"
         "\n    return {'question': 'x', 'answer': random.random()}"
         "\ndef verify(task, answer): return answer == task.target",
         "gives two different tasks"),
        ("def generate(split, seed, level): return {'question': 'x'}"
         "\ndef verify(task, answer): return 1", "there is no 'answer'"),
        ("import os\nos._exit(3)", "its process ended with exit status 3"),
    ],
)  # fmt: skip
def test_bad_python_files_are_refused(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_family(write(tmp_path, "own.py", code))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_family_object(tmp_path: Path) -> None:
    code = """
from cogitate.types import Task, Verdict

class Next:
    name = "next"
    def generate(self, split, seed, level=None):
        start = seed * 3 + ["train", "test", "ood"].index(split)
        return Task(key=f"next/{split}/{seed}", family="next", level=1,
                    question=f"After {start}?", target=str(start + 1))
    def verify(self, task, answer):
        return Verdict(reward=float(answer.strip() == task.target))

family = Next()
"""
    path = write(tmp_path, "own.py", code)
    task = load_family(path).generate("ood", 2)
    assert task.question == "After 8?"
    assert open_python_file(Path(path)).generate("ood", 2) == task


def test_latex_answers_are_compared_as_maths(tmp_path: Path) -> None:
    pytest.importorskip("math_verify")
    made = [{"question": f"Half of {i}?", "answer": rf"\frac{{{i}}}{{2}}"} for i in range(3, 40, 2)]
    family = load_family(write(tmp_path, "a.jsonl", *made))
    task = family.generate("train", 0)
    half = int(task.question.split()[2].rstrip("?")) / 2
    assert judge(family, task, str(half)).reward == 1
    assert judge(family, task, str(half + 1)).reward == 0
