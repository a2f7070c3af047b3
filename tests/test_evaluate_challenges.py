"""Challenges: kept for ever, judged, and who solved which first."""

import json
from pathlib import Path

import pytest

from cogitate.cli import _dispatch
from cogitate.errors import UsageError
from cogitate.evaluate.challenges import (
    Attempt,
    Challenge,
    Challenges,
    add_attempts,
    add_challenge,
    first_solved,
    history_of,
    read_attempts,
    read_challenges,
)
from cogitate.tasks import load_family
from cogitate.verify.sentences import says

ROOT = Path(__file__).resolve().parent.parent
STRAWBERRY = Challenge(question="How many r's are in strawberry?", answer="3")


def attempt(key: str, model: str, correct: int, when: str) -> Attempt:
    return Attempt(
        key=key, target="3", model=model, weights="w", think=64, samples=8, correct=correct,
        answer="3", when=when,
    )  # fmt: skip


def test_a_file_only_grows_and_has_each_question_once(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    add_challenge(file, STRAWBERRY, None)
    file.write_text(file.read_text().rstrip("\n"))  # an editor that ends within a line
    add_challenge(file, Challenge(question="9.11 or 9.9?", answer="9.9", note="a post"), None)
    before = file.read_text()
    again = Challenge(question="how many R's are in  strawberry?", answer="2")
    with pytest.raises(UsageError, match="already, with the answer '3'"):
        add_challenge(file, again, None)
    assert file.read_text() == before
    assert [challenge.answer for challenge in read_challenges(file)] == ["3", "9.9"]
    file.write_text(before + before.splitlines()[0] + "\n")  # what a merge may leave
    assert len(read_challenges(file)) == 2
    file.write_text(before + '{"question": "9.11 or 9.9?", "answer": "9.11"}\n')
    with pytest.raises(UsageError, match="two answers"):
        read_challenges(file)
    file.unlink()
    odd = Challenge(question="What is\u2028this\u0085?", answer="7")  # as pasted from a page
    add_challenge(file, odd, None)
    assert read_challenges(file) == [odd]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "line 1: not a JSON object"),
        ("[1]", "line 1"),
        ('{"question": "a"}', "'answer' is unknown or missing"),
        ('{"question": "a", "answer": "b", "anwser": "c"}', "'anwser' is unknown"),
        ('{"question": "a", "answer": 3}', "answer is 3, of another type"),
        ('{"question": "caf\\udce9?", "answer": "1"}', "line 1: question has half of a character"),
        ("<<<<<<< HEAD", "line 1: git could not merge two copies: keep the lines of both and del"),
        ("=======", "line 1: git could not merge two copies"),
    ],
)
def test_a_line_that_is_no_challenge_is_named(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text(text + "\n")
    with pytest.raises(UsageError, match=why):
        read_challenges(file)


def test_a_line_of_the_history_that_lacks_something_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.history.jsonl"
    add_attempts(file, [attempt("a", "m", 7, "2026-12-01")])
    values = json.loads(file.read_text())
    del values["weights"]
    file.write_text(json.dumps(values) + "\n")
    with pytest.raises(UsageError, match="'weights' is unknown or missing"):
        read_attempts(file)


def test_an_answer_is_judged_by_what_it_says_or_by_a_family(tmp_path: Path) -> None:
    plain = Challenges([STRAWBERRY], {})
    task = plain.generate("test", 0)
    for answer, reward in (("There are 3 r's.", 1), ("3", 1), ("2, no, 3", 1), ("2", 0), ("", 0)):
        assert plain.verify(task, answer).reward == reward, answer
    for question, target, right, wrong in (
        ("Which is larger, 9.9 or 9.11?", "9.9", "9.9.", "9.11 is larger than 9.9."),
        ("How many months have at least 28 days?", "12", "12 months have at least 28 days", "28"),
        ("Is 91 a prime number?", "no", "No, it is 7 * 13.", "Yes, there is no other factor."),
        ("What is the fifth letter of elephant?", "h", "It is h", "e-l-e-p-h: it is p"),
        ("Which day was it?", "Saturday", "It was a Saturday.", "Sunday"),
        ("How many sisters has she?", "1", "She has 1 sister.", "She has 2."),
        ("How many sisters has she?", "1", "She has one sister.", "She has two."),
        ("On which day is the lake half full?", "47", "On the 47th day.", "On the 24th day."),
        ("How far is it?", "80", "80km", "800km"),
        ("Which is larger, 9.9 or 9.11?", "9.9", "9.9 is larger.", "9.9 is smaller than 9.11."),
        ("What is the fifth letter of elephant?", "h", "It is h, which is a consonant.", "a"),
        ("Which day was it?", "Wednesday", "Wednesday", "It was not Wednesday."),
        (
            "What is 100 days after Monday?",
            "Wednesday",
            "100 days after Monday is Wednesday.",
            "No",
        ),
        ("Five shirts dry in one hour. And ten?", "1", "All 10 shirts dry in 1 hour.", "2 hours"),
        ("How many r's?", "3", "There are 3: the 3rd, 8th and 9th letters.", "There are 2."),
        ("How many minutes?", "5", "Five minutes.", "Twenty-five minutes."),
        ("How many are left?", "1", "One.", "No one knows."),
        ("Which day was it?", "Sunday", "On Sunday", "Monday, Tuesday and Sunday"),
        ("Is 9.9 larger than 9.11? Answer yes or no.", "yes", "Yes, 9.9 is.", "No, yes is wrong"),
        ("Is there no r in cat?", "no", "No, there is none.", "There is no r."),
        ("Which is larger? B) 9.9 C) 9.11", "B", "The answer is B.", "B or C"),
        ("Which is larger? A) 9.9 B) 9.11", "A", "The answer is A.", "It is a close call: 9.11"),
    ):
        assert says(question, target, right), right
        assert not says(question, target, wrong), wrong
    arithmetic = load_family("arithmetic")
    judged = Challenge(question="12 + 30?", answer="42", family="arithmetic")
    add_challenge(tmp_path / "c.jsonl", judged, arithmetic)
    family = Challenges([judged], {"arithmetic": arithmetic})
    assert family.verify(family.generate("test", 0), "It is 42.").reward == 0  # it is strict
    with pytest.raises(UsageError, match="needs an answer"):
        add_challenge(tmp_path / "c.jsonl", Challenge(question="x", answer=" "), None)


def test_the_first_to_solve_is_the_first_by_date(tmp_path: Path) -> None:
    file = history_of(tmp_path / "c.jsonl")
    assert file.name == "c.history.jsonl"
    assert read_attempts(file) == []
    first, second = "2026-12-01", "2026-12-02"
    key = STRAWBERRY.key
    add_attempts(file, [attempt(key, "late", 8, second), attempt(key, "lucky", 6, first)])
    add_attempts(file, [attempt(key, "early", 7, first), attempt("b", "none", 0, first)])
    attempts = read_attempts(file)
    assert first_solved([STRAWBERRY], attempts)[key].model == "early"
    other = Challenge(question=STRAWBERRY.question, answer="2")  # the answer was corrected
    assert first_solved([other], attempts) == {}


def test_the_command_adds_runs_and_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _dispatch(["challenge", "add", "What is 3 + 4?", "--answer", "7", "--note", "easy"]) == 0
    assert _dispatch(["challenge", "add", "Name the twelfth prime.", "--answer", "37"]) == 0
    run = ["challenge", "run", "--model", "mini", "--budgets", "0,64", "--samples", "2"]
    assert _dispatch([*run, "--tokens", "8"]) == 0
    shown = capsys.readouterr().out
    assert "mini with at most 0 thought tokens: " in shown
    assert "mini with at most 64 thought tokens: " in shown
    attempts = read_attempts(Path("challenges.history.jsonl"))
    assert len(attempts) == 4
    assert {one.samples for one in attempts} == {2}
    assert _dispatch(["challenge", "list"]) == 0
    assert "2 challenges, " in capsys.readouterr().out
    for args, why in (
        (["add", "no answer"], "needs an answer"),
        (["run"], "name one or more models"),
        (["run", "--model", "mini", "--budgets", "x"], "numbers of tokens"),
        (["list", "--model", "mini"], "goes with cogitate challenge run"),
        (["list", "--file", "none.jsonl"], "begin it with"),
    ):
        with pytest.raises(UsageError, match=why):
            _dispatch(["challenge", *args])


def test_a_new_file_in_a_git_project_says_once_how_git_merges_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path / "docs")
    add = ["challenge", "add", "--answer", "7", "--file", "hard.jsonl"]
    assert _dispatch([*add, "What is 3 + 4?"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["hard.jsonl merge=union", "hard.history.jsonl merge=union"]
    assert _dispatch([*add, "What is 4 + 3?"]) == 0
    assert capsys.readouterr().out == "hard.jsonl has 2 challenges\n"


def test_bytes_that_are_no_text_are_kept_as_question_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    add = ["challenge", "add", "caf\udce9?", "--answer", "1", "--note", "\udce9"]
    assert _dispatch(add) == 0  # as Python passes on the bytes of Latin-1
    (kept,) = read_challenges(Path("challenges.jsonl"))
    assert (kept.question, kept.note) == ("caf??", "?")


def test_a_history_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cogitate.runs.opening.load", lambda *_, **__: pytest.fail("loaded"))
    file = tmp_path / "c.jsonl"
    add_challenge(file, STRAWBERRY, None)
    history_of(file).mkdir()
    with pytest.raises(UsageError, match=r"c\.history\.jsonl is a folder"):
        _dispatch(["challenge", "run", "--model", "mini", "--file", str(file)])


def test_ours_are_sixty_of_many_kinds_with_answers_that_are_accepted() -> None:
    file = ROOT / "docs" / "challenges.jsonl"
    challenges = read_challenges(file)
    assert len(challenges) >= 60
    assert len({json.loads(line)["question"] for line in file.read_text().splitlines()}) == len(
        challenges
    )
    family = Challenges(challenges, {})
    for number, challenge in enumerate(challenges):
        task = family.generate("test", number)
        assert family.verify(task, challenge.answer).reward == 1
        if challenge.answer not in ("yes", "no") and challenge.answer not in challenge.question:
            assert family.verify(task, f"I think it is {challenge.answer}.").reward == 1
        assert family.verify(task, challenge.question).reward == 0, challenge.question
