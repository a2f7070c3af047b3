"""Answers that go in circles are cut off; those that repeat themselves for a reason are not."""

import inspect
import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogitate.ask import converse, votes
from cogitate.cli.ask import CUT_OFF, LOOPED, _details, _show
from cogitate.cli.measuring.scores import result_text
from cogitate.evaluate import EvalSpec, from_json, score
from cogitate.prompt import answer_text, conversation
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.runs.opening import load
from cogitate.thinking import loops
from cogitate.thinking.loops import ANSWER, Loops
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, End, Request
from sums import TOKENIZER, Sums
from test_ask import ReplayEngine

RNG = Random(7)
WORDS = [
    "".join(RNG.choice("bcdfglmnprst") + RNG.choice("aeiou") for _ in range(RNG.randint(1, 4)))
    for _ in range(300)
]


def sentence(num: int = 9) -> str:
    return " ".join(RNG.choice(WORDS) for _ in range(num)).capitalize() + "."


def rows(count: int):
    return range(1, count + 1)


LEGITIMATE = {
    "numbered steps": "\n".join(f"{i}. {sentence()}" for i in rows(30)),
    "days": "\n".join(f"Day {i}: {sentence(4)}" for i in rows(31)),
    "a count to 50": ", ".join(map(str, rows(50))),
    "a count to 100": "\n".join(f"{i}." for i in rows(100)),
    "years": " ".join(map(str, range(1900, 2001))),
    "tens": ", ".join(map(str, range(0, 2000, 10))),
    "squares": ", ".join(f"{i}^2 = {i * i}" for i in rows(60)),
    "primes": ", ".join(str(n) for n in range(2, 600) if all(n % d for d in range(2, n))),
    "times tables": "\n".join(f"{a} x {b} = {a * b}" for a in rows(10) for b in rows(10)),
    "fizz buzz": "\n".join("Fizz" * (i % 3 < 1) + "Buzz" * (i % 5 < 1) or str(i) for i in rows(60)),
    "a table": "| a | b |\n|---|---|\n"
    + "\n".join(f"| {i} | {RNG.choice(['yes', 'no'])} | {RNG.randint(0, 9)} |" for i in rows(30)),
    "numbered rows": "\n".join(f"| {i} | user{i} | user{i}@example.com |" for i in rows(50)),
    "csv": "\n".join(f"{i},{RNG.choice(WORDS)},{RNG.randint(1, 99)}" for i in rows(60)),
    "json": json.dumps([{"id": i, "name": RNG.choice(WORDS), "ok": i % 3 == 0} for i in rows(30)]),
    "users": json.dumps([{"id": i, "name": f"User {i}"} for i in rows(60)]),
    "flags": json.dumps([False] * 20),
    "code": inspect.getsource(loops),
    "a song with a refrain": "\n".join(
        f"{sentence()}\n{sentence()}\nGlory, glory, hallelujah!\nGlory, glory, hallelujah!\n"
        "Glory, glory, hallelujah!\nHis truth is marching on.\n"
        for _ in range(6)
    ),
    "bottles": "\n".join(
        f"{n} bottles of beer on the wall, {n} bottles of beer. Take one down and pass it around,"
        f" {n - 1} bottles of beer on the wall."
        for n in range(99, 0, -1)
    ),
    "a grid": "\n".join(" ".join(RNG.choice("01") for _ in range(14)) for _ in range(14)),
    "an empty grid": "\n".join(" ".join("0" * 9) for _ in range(9)),
    "a rule": f"Title\n{'-' * 72}\n",
}  # fmt: skip
ENDLESS = {
    "a count": " ".join(f"{i}." for i in rows(2000)),
    "a count on lines": "\n".join(f"{i}." for i in rows(2000)),
    "a count with commas": "1. 1. 1. " + ", ".join(map(str, rows(2000))),
    "one item": "\n".join(f"{i}. The answer is 5." for i in rows(900)),
    "one step": " ".join(f"Step {i}: add the two numbers together." for i in rows(900)),
    "one long step": " ".join(
        f"Step {i}: take the number from before and add it to the other one, and write the sum"
        " down below." for i in rows(900)
    ),
    "two counters": "\n".join(f"{i}. This is item {i}" for i in rows(900)),
    "sections": "\n".join(f"{i}.{i + 1}" for i in rows(2000)),
    "a word": "no " * 2000,
    "a sentence": "I do not know. " * 400,
    "a question": "Q: What is 2 + 2?\nA: 4\n" * 300,
    "few sentences": " ".join(RNG.choice(["So.", "I think so.", "I do not."]) for _ in range(3000)),
    "names that change": " ".join(
        f"{RNG.choice(['Ann', 'Bob'])} gives an apple to {RNG.choice(['Ann', 'Bob'])} again."
        for _ in range(900)
    ),
    "zeros": "0 " * 3000,
    "a digit": "3" * 3000,
    "a period": "142857" * 900,
    "dashes": "- " * 3000,
    "empty lines": "\n" * 3000,
    "faces": "😀" * 900,
    "json": '{"a": 1}, ' * 500,
}  # fmt: skip
MOST = 1500
"""Tokens until any of these is cut off."""

BYTES = Tokenizer.bytes()
SPOKEN = " ".join(word for word in " ".join(ENDLESS.values()).split() if len(word) < 20)
TRAINED = Tokenizer.learn([*LEGITIMATE.values(), SPOKEN], 1200)


def place(tokenizer: Tokenizer, text: str) -> int | None:
    """Return after how many tokens an answer is cut off."""
    memory = Loops(ANSWER, markers(tokenizer).text)
    tokens = tokenizer.encode(text)
    return next((i for i, token in enumerate(tokens, 1) if memory.push(token)), None)


@pytest.mark.parametrize("what", LEGITIMATE)
def test_what_repeats_itself_for_a_reason_is_left_whole(what: str) -> None:
    assert place(TRAINED, LEGITIMATE[what]) is None


@pytest.mark.parametrize("what", ["a count to 50", "a count to 100", "years", "a grid", "a rule"])
def test_numbers_and_grids_are_left_whole_letter_by_letter(what: str) -> None:
    assert place(BYTES, LEGITIMATE[what]) is None


@pytest.mark.parametrize("tokenizer", [TRAINED, BYTES], ids=["words", "bytes"])
@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_cut_off(what: str, tokenizer: Tokenizer) -> None:
    found = place(tokenizer, ENDLESS[what])
    assert found is not None
    assert found <= (MOST if tokenizer is TRAINED else 2 * MOST)


@settings(max_examples=30)
@given(
    start=st.integers(0, 10**6),
    between=st.text("ab .,:\n-", min_size=1, max_size=8),
    seed=st.integers(0, 99),
)
def test_a_count_is_a_loop_and_numbers_in_no_order_are_none(start, between, seed) -> None:
    gap = f",{between}"
    counted = gap.join(str(start + i) for i in range(600))
    assert place(BYTES, counted) is not None
    drawn = Random(seed)
    numbers = (str(drawn.randrange(10**6)) for _ in range(150))
    assert place(BYTES, ", ".join(numbers)) is None


COUNTING = ENDLESS["a count"]


def request(**budget) -> Request:
    return Request(prompt=tuple(BYTES.encode("?")), budget=Budget(**budget))


def test_a_rollout_says_that_its_answer_was_cut_off_for_a_loop() -> None:
    sampler = ScriptedSampler(lambda _: BYTES.encode(COUNTING), markers(BYTES))
    broken, patient = sampler.sample(
        [request(think=0, answer=2000, break_loops=True), request(think=0, answer=2000)]
    )
    assert (broken.looped, broken.end) == (True, End.TRUNCATED)
    assert BYTES.decode(broken.answer).endswith(" 103.")
    assert (patient.looped, len(patient.answer)) == (False, 2000)
    assert votes(BYTES, [broken]) == [(None, 1)]


def test_ask_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    engine = ReplayEngine(BYTES, BYTES.encode(COUNTING))
    budget = Budget(think=0, answer=2000, break_loops=True)
    _show(converse(engine, BYTES, conversation("Count"), budget))
    printed = capsys.readouterr()
    assert printed.err == f"cogitate: {LOOPED}\n"
    *_, last = converse(engine, BYTES, conversation("Count"), budget)
    assert last.rollout is not None
    assert printed.out.strip() == answer_text(BYTES, last.rollout)
    assert _details(last.rollout)["end"] == "loop"
    _show(
        converse(
            ReplayEngine(BYTES, [*BYTES.encode("4"), BYTES.end]),
            BYTES,
            conversation("2 + 2"),
            budget,
        )
    )
    assert capsys.readouterr().err == ""


def test_ask_says_that_an_answer_was_cut_off_at_its_limit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    budget = Budget(think=0, answer=3)
    _show(
        converse(
            ReplayEngine(BYTES, BYTES.encode("Lima is")), BYTES, conversation("Capital?"), budget
        )
    )
    assert capsys.readouterr().err == f"cogitate: {CUT_OFF}\n"


def test_evaluate_counts_them() -> None:
    def script(asked: Request) -> list[int]:
        text = TOKENIZER.decode(asked.prompt)
        return [*TOKENIZER.encode("no " * 99 if "3" in text else "7"), TOKENIZER.end]

    spec = EvalSpec(n=40, budget=Budget(think=0, answer=300, break_loops=True))
    result = score(ScriptedSampler(script, markers(TOKENIZER)), TOKENIZER, Sums(), spec)
    looped = [record for record in result.records if record.looped]
    assert 0 < len(looped) < 40
    assert all(record.truncated and record.strict == 0 for record in looped)
    text = result_text("m", result, 40)
    assert f"end: loop {len(looped)}" in text
    assert from_json(json.loads(json.dumps(result.to_json()))) == result


def test_loops_are_broken_in_all_that_is_asked_of_a_model() -> None:
    opened = load("mini")
    assert opened.budget(None, 16).break_loops
    assert opened.budget("none", None).break_loops
    assert opened.engine()._markers.text is not None
