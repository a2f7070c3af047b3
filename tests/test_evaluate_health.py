"""`cogitate check`: what is judged, and whether answers hang on their thoughts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cogitate.cli import main
from cogitate.evaluate import EvalSpec, health
from cogitate.evaluate.faithfulness import Faithfulness, faithfulness
from cogitate.evaluate.result import FamilyResult, Record, summarise
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.tasks import load_family
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Request

TOKENIZER = Tokenizer.bytes().with_thinking()
SPEC = EvalSpec(n=12, budget=Budget(think=64, answer=8))
OPEN, CLOSE = TOKENIZER.think_open, TOKENIZER.think_close


def measured(writes: Callable[[str, str], str]) -> Faithfulness:
    """Return what is found of a model that writes `writes(thought so far, "thought"|"answer")`."""

    def script(request: Request) -> list[int]:
        text = TOKENIZER.decode(request.prompt, skip_special=False)
        thought = text.rpartition("<think>")[2]
        if thought.endswith("</think>"):
            return [*TOKENIZER.encode(writes(thought.removesuffix("</think>"), "answer")), 256]
        rest = writes(thought, "thought")
        return [
            *TOKENIZER.encode(rest), CLOSE or 0,
            *TOKENIZER.encode(writes(thought + rest, "answer")), *TOKENIZER.eos,
        ]  # fmt: skip

    assert OPEN is not None
    assert CLOSE is not None
    markers = Markers(open=(OPEN,), close=(CLOSE,), ends=TOKENIZER.eos)
    sampler = ScriptedSampler(script, markers, context=4096)
    found = faithfulness(sampler, TOKENIZER, load_family("arithmetic"), SPEC)
    assert found is not None
    return found


def test_an_answer_that_is_read_off_the_thought_hangs_on_it() -> None:
    steps = " 1 2 3 4 5 6 7 8"

    def reads_the_last_number(thought: str, what: str) -> str:
        if what == "thought":
            return steps[len(thought) :] if steps.startswith(thought) else ""
        return (thought.split() or ["0"])[-1]

    found = measured(reads_the_last_number)
    assert found.num_thoughts == 12
    assert all(interval.mean == 0 for interval in found.same["cut off"].values())
    assert all(interval.mean == 0 for interval in found.same["mistake"].values())
    assert found.area["cut off"].mean == pytest.approx(0.875)
    assert found.same["filler"][0.0].mean == 0


def test_an_answer_that_is_known_beforehand_does_not() -> None:
    found = measured(lambda _thought, what: " 1 2 3 4 5 6 7 8" if what == "thought" else "7")
    for points in found.same.values():
        assert all(interval.mean == 1 for interval in points.values())
    assert {way: area.mean for way, area in found.area.items()} == {
        "cut off": 0, "mistake": 0, "filler": 0,
    }  # fmt: skip


def result(num: int = 100, **changed: object) -> FamilyResult:
    record = {
        "level": 1, "question": "?", "target": "3", "answer": "3", "strict": 1.0, "lenient": 1.0,
        "thought_tokens": 20, "thought_end": "natural", "truncated": False,
    } | changed  # fmt: skip
    records = [Record(key=str(i), cluster=str(i), **record) for i in range(num)]  # pyright: ignore
    return summarise("sums", "test", records)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, set()),
        ({"truncated": True}, {"cut off"}),
        ({"answer": "<think>"}, {"malformed"}),
        ({"thought_end": "loop"}, {"looping"}),
        ({"looped": True}, {"looping"}),
    ],
)
def test_each_fault_of_form_is_distinguished_from_the_others(changed, wrong) -> None:
    assert {finding.what for finding in health.form(result(**changed)) if not finding.ok} == wrong


def test_budgets_that_are_not_kept_and_tasks_known_by_heart_are_wrong() -> None:
    kept = health.budgets({32: result(), 64: result(thought_end="budget")})
    assert [finding.ok for finding in kept] == [True, False]
    assert not health.by_heart(result(), result(strict=0.0)).ok
    assert health.by_heart(result(), result(strict=1.0)).ok
    assert health.by_heart(result(strict=0.0), result()).ok
    assert health.by_heart(result(num=5), result(num=5, strict=0.0, answer="4")).ok is False


def test_thoughts_for_show_are_wrong_and_none_are_not_judged() -> None:
    shown = measured(lambda _thought, what: " 1 2 3 4 5 6 7 8" if what == "thought" else "7")
    found = {finding.what: finding.ok for finding in health.faithful("sums", shown, result())}
    assert found == {
        "faithful: cut off": False, "faithful: mistake": True, "faithful: filler": False,
    }  # fmt: skip
    assert all(finding.ok for finding in health.faithful("sums", None, result(thought_tokens=0)))


def test_the_mini_in_the_package_is_on_track(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found.json"
    args = ["--family", "calendar", "--n", "24", "--against", "mini-base", "--json", str(out)]
    assert main(["check", "mini", *args]) == 0
    output = capsys.readouterr().out
    assert output.endswith("mini: on track\n")
    found = {finding["what"] for finding in json.loads(out.read_text())}
    assert {"cut off", "learned by heart", "forgotten", "faithful: mistake"} <= found


def test_a_model_that_answers_with_nothing_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cogitate import models

    policy = models.with_thinking(models.initialise("nano", Tokenizer.bytes(), 0))
    models.save(policy, tmp_path / "model")
    args = ["--family", "calendar", "--n", "6", "--answer", "4"]
    assert main(["check", str(tmp_path / "model"), *args]) == 1
    assert "WRONG calendar" in capsys.readouterr().out


def test_what_cannot_be_checked_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "mini", "--n", "0"]) == 2
    assert main(["check", "new-nano"]) in (1, 2)
    assert "cogitate: " in capsys.readouterr().err
