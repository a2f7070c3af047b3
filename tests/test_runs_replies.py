"""A model's own questions and replies: drawn, kept where two answers agree, and written down."""

import re
from itertools import islice, repeat
from pathlib import Path

import pytest

from cogitate.cli import main
from cogitate.prompt import prompt_tokens
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.runs import replies
from cogitate.runs.replies import BATCH, BEGINNINGS, SYSTEMS, Reply
from cogitate.tasks import load_family
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Request

TOKENIZER = Tokenizer.bytes()
OPENINGS = {replies._opening(TOKENIZER, system) for system in SYSTEMS}


def script(request: Request) -> list[int]:
    """Ask for sums; be sure of those of even numbers, and never finish that of 7."""
    if request.budget.answer == replies._QUESTION:
        return [*TOKENIZER.encode(f" {request.seed % 50} + 1?"), TOKENIZER.end]
    number = int(re.findall(r"(\d+) \+ 1", TOKENIZER.decode(request.prompt))[-1])
    if number == 7:
        return TOKENIZER.encode("so " * 200)
    said = f"It is {number + 1}." if number % 2 == 0 or request.temperature == 0 else "I think 5?"
    return [*TOKENIZER.encode(said), TOKENIZER.end]


def sampler() -> ScriptedSampler:
    return ScriptedSampler(script, Markers(ends=frozenset({TOKENIZER.end})))


def test_what_is_said_twice_is_kept() -> None:
    drawn = replies.draw(sampler(), TOKENIZER, answer=64, seed=0)
    kept = [one for batch in islice(drawn, 3) for one in batch]
    assert kept
    assert len(dict(kept)) == len(kept)
    for question, answer in kept:
        beginning, number = question.removesuffix(" + 1?").rsplit(" ", 1)
        assert beginning in {text.strip() for text in BEGINNINGS}
        assert int(number) % 2 == 0
        assert answer == f"It is {int(number) + 1}."


def test_what_a_benchmark_asks_is_left_out() -> None:
    every = next(replies.draw(sampler(), TOKENIZER, answer=64, seed=0))
    drawn = replies.draw(sampler(), TOKENIZER, answer=64, seed=0, without=["WHERE", "is 3"])
    kept = next(drawn)
    assert kept == [one for one in every if "Where" not in one[0] and "is 3" not in one[1]]
    assert 0 < len(kept) < len(every)


def test_a_question_is_asked_once_in_later_calls_too() -> None:
    first = next(replies.draw(sampler(), TOKENIZER, answer=64, seed=0))
    asked = [question for question, _ in first]
    more = next(replies.draw(sampler(), TOKENIZER, answer=64, seed=0, asked=asked))
    assert not {question for question, _ in more} & set(asked)


def test_the_opening_is_that_of_a_prompt() -> None:
    plain = prompt_tokens(TOKENIZER, "Hello", Budget(think=0))
    opening = replies._opening(TOKENIZER, None)
    assert plain[: len(opening)] == opening
    assert TOKENIZER.decode(plain[len(opening) :]).startswith("Hello")
    assert len(OPENINGS) == len(SYSTEMS) <= BATCH


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Lima.", "lima.", True),
        ("The capital of Peru is Lima.", "The capital of Peru is the city Lima.", True),
        ("Lima.", "Cusco.", False),
        ("", "Lima.", False),
    ],
)
def test_answers_agree_by_their_words(one: str, other: str, agree: bool) -> None:
    assert replies.same(one, other) == agree


def test_a_file_is_a_family_and_is_continued(tmp_path: Path, capsys) -> None:
    path = tmp_path / "replies.jsonl"
    command = ["tasks", "replies", "mini-base", "--out", str(path), "--tokens", "8"]
    assert main([*command, "--n", "0"]) == 0
    new = [Reply(question=f"{n} + 1?", answer=str(n + 1), model="mini-base") for n in range(40)]
    replies.add(path, new)
    assert main([*command, "--n", "40"]) == 0
    assert "40 replies" in capsys.readouterr().out
    assert load_family(str(path)).generate("train", 0).target.isdigit()
    assert replies.read(path, "mini-base") == new


def test_batches_are_added_until_there_are_enough(tmp_path: Path, capsys, monkeypatch) -> None:
    batches = [[("a?", "1"), ("b?", "2")], [], [("c?", "3"), ("d?", "4")]]
    monkeypatch.setattr(replies, "draw", lambda *_, **__: iter(batches))
    path = tmp_path / "replies.jsonl"
    command = ["tasks", "replies", "mini-base", "--out", str(path), "--tokens", "8"]
    assert main([*command, "--n", "3"]) == 0
    assert [one.question for one in replies.read(path, "mini-base")] == ["a?", "b?", "c?"]
    told = capsys.readouterr().out
    assert "2 of 3 replies, 0 min left" in told
    assert "3 replies; a cold start learns them" in told


def test_a_model_that_never_agrees_with_itself_is_given_up(
    tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(replies, "draw", lambda *_, **__: repeat([]))
    path = tmp_path / "replies.jsonl"
    assert main(["tasks", "replies", "mini-base", "--out", str(path)]) == 2
    assert "twice in the same way" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]\n", "no file of replies"),
        ('{"question": "2 + 2?", "answer": "4"}\n', "no file of replies"),
        ('{"question": "2 + 2?", "answer": "4", "model": "other"}\n', "has replies of other"),
    ],
)
def test_another_file_is_left_alone(tmp_path: Path, capsys, text: str, reason: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(text, encoding="utf-8")
    assert main(["tasks", "replies", "mini", "--out", str(path)]) == 2
    assert reason in capsys.readouterr().err
    assert path.read_text("utf-8") == text
