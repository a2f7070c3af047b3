"""Texts that share words with HumanEval: found, and left out of everything that trains."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.config import DrillConfig, PretrainConfig, TaskConfig
from cogitate.seeds import derive
from cogitate.tasks import FAMILIES, check, contamination, load_family
from cogitate.tasks.capabilities import Finite
from cogitate.tasks.contamination import GRAMS, NUM_WORDS, shares_words
from cogitate.tasks.families.code.humaneval import problems
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.pretrain import Pretrain
from cogitate.train.data.sft import Drill
from cogitate.train.data.solutions import Solutions

PROMPT = (
    "Check if in given list of numbers, are any two numbers closer to each other than given"
    " threshold."
)
WORDS = PROMPT.split()
TOKENIZER = Tokenizer.bytes()


def test_the_hashes_are_those_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).resolve().parent.parent / "bench")
    import humaneval_grams

    assert humaneval_grams.grams() == GRAMS.read_bytes()


def test_every_prompt_shares_words_with_itself() -> None:
    assert all(shares_words(problem["prompt"]) for problem in problems().values())


@given(st.integers(0, len(WORDS) - NUM_WORDS), st.sampled_from([str.upper, str.title, str.lower]))
def test_thirteen_words_are_found_whatever_their_case_and_marks(first: int, case: object) -> None:
    words = WORDS[first : first + NUM_WORDS]
    text = f"Is it so? {' - '.join(words)}; or not?"
    assert shares_words("something else", case(text))  # type: ignore[operator]
    assert not shares_words(*[" ".join(words[:-1])] * 2)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "humaneval"])
def test_our_own_families_share_none(name: str) -> None:
    family = load_family(name)
    for split in ("train", "test"):
        num = min(60, family.size(split)) if isinstance(family, Finite) else 60
        tasks = [family.generate(split, seed) for seed in range(num)]
        assert not any(shares_words(task.question, task.target) for task in tasks)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """40 questions; in three each, the question, the answer or the thought is HumanEval's."""
    rows = [{"question": f"{n}?", "answer": f"{n}", "thought": "So."} for n in range(40)]
    for place, column in ((3, "question"), (13, "answer"), (23, "thought")):
        for row in rows[place : place + 3]:
            row[column] += f" {PROMPT}"
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_no_such_row_is_drawn_and_one_line_says_how_many(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixture = Mixture((TaskConfig(family=str(file)),))
    family = load_family(str(file))
    rows = [family.generate("train", seed) for seed in range(family.size("train"))]
    shared = [task for task in rows if shares_words(*family.demonstrate(task), task.question)]
    assert shared
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{len(shared)} of {len(rows)} training questions share 13 words with Hum" in line
    drawn = {mixture.draw(index, derive(0, index))[1].question for index in range(200)}
    assert len(drawn) > 15
    assert drawn.isdisjoint(task.question for task in shared)


def test_a_check_of_the_file_names_them(file: Path) -> None:
    (line,) = [line for line in check(str(file)).warnings if "HumanEval" in line]
    assert line.startswith("9 of 40 lines share 13 words")
    assert line.endswith("the first is line 4")


def test_no_lesson_has_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "def generate(split, seed, level): return {'question': f'{seed}?', 'answer': f'{seed}'}\n"
        "def verify(task, answer): return answer == task.target\n"
        "def lessons(pieces): return [{'question': q, 'answer': '1'} for q in"
        f" ['a =', 'b =', {PROMPT!r}, 'c =', 'd =']]\n"
    )
    drill = Drill(
        TOKENIZER,
        Mixture((TaskConfig(family=str(path)),)),
        config=DrillConfig(num_steps=1, items_per_step=20),
        seed=0,
    )
    asked = {TOKENIZER.decode(datum.prompt) for (datum,) in drill.batch(0).groups}
    assert asked
    assert asked <= {"a =", "b =", "c =", "d ="}


def test_no_piece_of_a_text_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(f"{'x' * 256}{PROMPT:<256}{'y' * 256}")
    source = Pretrain(
        Solutions(tokenizer=TOKENIZER, think=False),
        Mixture((TaskConfig(family="sorting"),)),
        config=PretrainConfig(num_steps=1, items_per_step=16, texts=(str(path),), text_share=1.0),
        seed=0,
    )
    assert "1 pieces of 256 tokens share 13 words" in capsys.readouterr().err
    groups = source.batch(0).groups
    texts = {TOKENIZER.decode(datum.completion) for group in groups for datum in group}
    assert texts == {"x" * 256, "y" * 256}


def test_the_hashes_are_few_and_sorted() -> None:
    assert GRAMS.stat().st_size < 2**16
    assert len(contamination.known()) == GRAMS.stat().st_size // 6
