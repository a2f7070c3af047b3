"""From answers to a chosen candidate: what is asked, run, repaired, sampled anew and taken."""

import ast
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cogitate.coding.asked import Asked
from cogitate.coding.candidates import candidate
from cogitate.coding.prompts import LONG
from cogitate.coding.splicing import RefusedError, spliced
from cogitate.sandbox.suites.suite import Failure, Report
from cogitate.work.prompts import Work, feedback, signature
from cogitate.work.solving import Answered, Sample, Told, Try, View, solve
from cogitate.work.targets import Target

WORK = Work(
    target=Target(
        path=Path("/p/twice.py"),
        module="twice",
        asked=(Asked(name="twice", kind="function"),),
    ),
    tests={"test_twice.py": "from twice import twice\n\ndef test(): assert twice(2) == 4\n"},
    current=None,
)
RIGHT = "def twice(n):\n    return 2 * n\n"
WRONG = "def twice(n):\n    return n\n"


class Scripted:
    """A model that gives the answers of each round, the last one over and over."""

    def __init__(self, *rounds: Sequence[str]) -> None:
        self.rounds, self.asked = list(rounds), []

    def ask(self, samples: Sequence[Sample], told: Told) -> Iterator[Answered]:
        self.asked.append(list(samples))
        texts = self.rounds.pop(0)
        for i in reversed(range(len(samples))):
            told(i, 5)
            text = f"```python\n{texts[i % len(texts)]}```"
            yield Answered(index=i, text=text, tokens=5, prompt_tokens=30, seconds=0.5)


def run(text: str) -> Report:
    """A small stand-in for the sandbox."""
    failed: tuple[Failure, ...] = ()
    error = None
    try:
        space: dict = {}
        exec(compile(text, "twice.py", "exec"), space)
        value = space["twice"](2)
        if value != 4:
            failed = (Failure(test="t", kind="AssertionError", message=f"assert {value} == 4"),)
    except Exception as raised:  # noqa: BLE001 - as the sandbox
        error = Failure(test="", kind=type(raised).__name__, message=str(raised))
    passed = not failed and error is None
    return Report(
        passed=passed,
        num_passed=int(passed),
        num_tests=1,
        failed=failed,
        error=error,
        seconds=0.1,
        level="namespaces",
    )


def test_one_prompt_is_sampled_nearly_greedily_once_and_then_at_random() -> None:
    model = Scripted([RIGHT])
    solved = solve(WORK, model, run, samples=4)
    (asked,) = model.asked
    assert len({sample.prompt for sample in asked}) == 1
    assert [sample.temperature for sample in asked] == [0.2, 0.8, 0.8, 0.8]
    assert len({sample.seed for sample in asked}) == 4
    assert solved.chosen.text == RIGHT


def test_candidates_run_while_others_are_decoded_and_stay_in_the_order_of_the_samples() -> None:
    ran = threading.Event()

    class Slow(Scripted):
        def ask(self, samples: Sequence[Sample], told: Told) -> Iterator[Answered]:
            answers = super().ask(samples, told)
            yield next(answers)
            assert ran.wait(10)
            yield from answers

    def running(text: str) -> Report:
        ran.set()
        return run(text)

    solved = solve(WORK, Slow([WRONG, RIGHT]), running, samples=4)
    assert [one.number for one in solved.tries] == [1, 2, 3, 4]
    assert [one.text for one in solved.tries] == [WRONG, RIGHT] * 2
    assert solved.tries[0].answered.tokens == 5


def test_a_view_is_told_of_each_answer_and_of_what_came_of_it() -> None:
    told: list[tuple] = []

    class Noting(View):
        def asked(self, number: int) -> None:
            told.append(("asked", number))

        def decoded(self, number: int, tokens: int) -> None:
            told.append(("decoded", number, tokens))

        def tried(self, one: Try) -> None:
            told.append(("tried", one.number, one.passed))

    solve(WORK, Scripted([WRONG], [RIGHT, "no code"]), run, samples=2, view=Noting())
    assert told[:2] == [("asked", 1), ("asked", 2)]
    assert set(told[2:]) == {
        ("decoded", 1, 5), ("decoded", 2, 5), ("tried", 1, False), ("tried", 2, False),
        ("asked", 3), ("asked", 4),
        ("decoded", 3, 5), ("decoded", 4, 5), ("tried", 3, True), ("tried", 4, False),
    }  # fmt: skip


def test_the_same_text_is_run_once() -> None:
    ran: list[str] = []

    def counted(text: str) -> Report:
        ran.append(text)
        return run(text)

    solve(WORK, Scripted([WRONG, RIGHT]), counted, samples=8)
    assert sorted(ran) == sorted([WRONG, RIGHT])


def test_of_those_that_pass_the_most_frequent_program_is_taken() -> None:
    other = "def twice(n):\n    return n + n\n"
    again = "def twice(n):\n    # as asked\n    return n + n\n"
    solved = solve(WORK, Scripted([RIGHT, other, again]), run, samples=3)
    assert solved.chosen.text == other


def test_a_name_error_is_repaired_with_its_message_once_for_each_distinct_failure() -> None:
    unknown = "def twice(n):\n    return m * n\n"
    model = Scripted([unknown, unknown + "\n\n"], [RIGHT])
    solved = solve(WORK, model, run, samples=2)
    (repair,) = model.asked[1]
    assert "name 'm' is not defined" in repair.prompt
    assert unknown in repair.prompt
    assert (solved.chosen.round, solved.chosen.text) == (1, RIGHT)


def test_a_wrong_value_is_sampled_anew_and_not_repaired() -> None:
    model = Scripted([WRONG], [RIGHT])
    solve(WORK, model, run, samples=3)
    assert {sample.prompt for sample in model.asked[1]} == {model.asked[0][0].prompt}
    assert len(model.asked[1]) == 3
    seeds = [sample.seed for asked in model.asked for sample in asked]
    assert len(set(seeds)) == len(seeds)


def test_a_failure_that_comes_back_ends_its_line() -> None:
    first = "def twice(n):\n    return m * n\n"
    second = "def twice(k):\n    return m * k\n"
    model = Scripted([first], [second], [RIGHT])
    solved = solve(WORK, model, run, samples=1, repair=5)
    assert solved.chosen is None
    assert len(model.asked) == 2
    assert solved.best is not None


def test_nothing_is_repaired_if_nothing_is_allowed() -> None:
    model = Scripted(["def twice(n):\n    return m\n"])
    assert solve(WORK, model, run, samples=2, repair=0).chosen is None
    assert len(model.asked) == 1


def test_failures_are_shown_shortest_first_and_without_paths() -> None:
    failures = [
        Failure(test="a", kind="KeyError", message="'/home/me/project/long/name' " + "x" * 50),
        Failure(
            test="b", kind="AssertionError", message="assert 3 == 4", source="assert f(1) == 4"
        ),
        Failure(test="c", kind="IndexError", message="list index out of range", line=7),
    ]
    report = Report(
        passed=False,
        num_passed=0,
        num_tests=9,
        failed=(*failures, *[failures[0]] * 6),
        error=None,
        seconds=1,
        level="",
    )
    lines = feedback(report).splitlines()
    assert lines[:2] == [
        "assert f(1) == 4: assert 3 == 4",
        "IndexError: list index out of range (line 7)",
    ]
    assert len(lines) == 3
    assert "/home" not in feedback(report)


def test_failures_that_differ_by_numbers_and_addresses_are_the_same() -> None:
    def of(message: str) -> tuple[str, str]:
        failure = Failure(test="", kind="TypeError", message=message)
        return signature(
            Report(
                passed=False,
                num_passed=0,
                num_tests=1,
                failed=(),
                error=failure,
                seconds=0,
                level="",
            )
        )

    assert of("f() takes 1 argument <at 0x7f01>") == of("f() takes 2 argument <at 0x7f99>")
    assert of("f() takes 1") != of("g() takes 1")


# ---------------------------------------------------------------- candidates


@pytest.mark.parametrize(
    "answer",
    [
        f"Here:\n```python\n{RIGHT}```\nIt doubles.",
        f"```py\n{RIGHT}```",
        f"```\n{RIGHT}\n```",
        f"~~~python\n{RIGHT}~~~",
        f"```python\n{RIGHT}",
        RIGHT,
        f"```python\n{WRONG}```\nor better:\n```python\n{RIGHT}```",
        f"```python\n{RIGHT}```\nUse it:\n```python\nprint(twice(2))\n```\n```bash\npytest\n```",
    ],
)
def test_the_last_block_that_defines_a_name_is_the_candidate(answer: str) -> None:
    assert candidate(answer, ["twice"]) == RIGHT


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("I cannot do that.", "no code block"),
        ("```python\ndef test_twice(): assert twice(2) == 4\n```", "defines none of twice"),
        ("```python\ndef twice(n):\n    # ... existing code ...\n    return n\n```", "leaves"),
        ("```python\ndef twice(n):\n    pass  # TODO\n```", "leaves"),
        ("```python\ndef twice(n):\n    # rest of the code\n    return 1\n```", "leaves"),
        ('```python\ndef twice(n):\n    """Twice."""\n    ...\n```', "leaves"),
        ("```python\ndef twice(n):\n    raise NotImplementedError\n```", "leaves"),
    ],
)
def test_an_answer_without_whole_code_is_refused(answer: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        candidate(answer, ["twice"])


def test_code_that_does_not_parse_is_run_for_its_error_to_be_repaired() -> None:
    assert candidate("```python\ndef twice(n:\n```", ["twice"]) == "def twice(n:\n"


def test_a_long_file_keeps_all_but_what_the_answer_defines() -> None:
    rest = "".join(f"\n\ndef f{i}():\n    return {i}\n" for i in range(LONG))
    current = '"""Numbers."""\n\nimport os\n\n\n@staticmethod\n' + WRONG + rest + "\nEND = os.sep\n"
    answer = (
        f"```python\nimport math\nimport os\n\n\n{RIGHT}\n\ndef new():\n    return math.pi\n```"
    )
    text = candidate(answer, ["twice"], current)
    defined = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert defined == ["twice", *(f"f{i}" for i in range(LONG)), "new"]
    assert "    return 2 * n\n" in text
    assert text.count("import os") == 1
    assert text.startswith('"""Numbers."""\n\nimport os\nimport math\n')
    assert rest in text


def test_splicing_the_file_into_itself_changes_nothing() -> None:
    assert spliced(RIGHT + "\n\nX = 1\n", RIGHT) == RIGHT + "\n\nX = 1\n"


def test_an_import_of_itself_is_left_out() -> None:
    answer = f"```python\nfrom twice import twice\n\n{RIGHT}```"
    assert candidate(answer, ["twice"], module="twice").strip() == RIGHT.strip()
    assert "from twice" in candidate(answer, ["twice"], module="thrice")
