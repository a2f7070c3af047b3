"""HumanEval, and its own tests as test files for `cogitate tdd` and aider."""

import ast
import itertools
import json
import math
import sys
from pathlib import Path

import httpx2 as httpx
import pytest

from cogitate.tasks.families.code import humaneval as family
from cogitate.types import Budget, Request

BENCH = Path(__file__).resolve().parent.parent / "bench"


@pytest.fixture(autouse=True)
def bench(monkeypatch):
    """Let tests import the benchmarks' modules."""
    monkeypatch.syspath_prepend(str(BENCH))


# ---------------------------------------------------------------- rows


def test_a_file_of_rows_only_grows(tmp_path):
    import rows

    file = tmp_path / "rows.jsonl"
    assert rows.read(file) == rows.read(None) == {}
    for row in ({"name": "a", "text": "x"}, {"name": "b"}, {"name": "a", "reward": 1.0}):
        rows.add(file, row)
    assert rows.read(file) == {"a": {"name": "a", "text": "x", "reward": 1.0}, "b": {"name": "b"}}
    assert len(file.read_text().splitlines()) == 3


def test_differences_are_paired_by_name():
    import rows

    left, right = {"a": 1.0, "b": 1.0, "c": 0.0}, {"c": 0.0, "b": 0.0, "d": 1.0}
    assert rows.difference(left, right).mean == 0.5
    assert rows.share(left).mean == pytest.approx(2 / 3)
    with pytest.raises(SystemExit, match="in common"):
        rows.difference(left, {"d": 1.0})


# ---------------------------------------------------------------- test files


def outcomes(program, tests):
    """Whether each test of a file passes beside a program."""
    scope = {}
    exec(program, scope)
    for node in ast.parse(tests).body:
        if isinstance(node, ast.FunctionDef):
            try:
                exec("\n".join(map(ast.unparse, node.body)), dict(scope))
            except Exception:  # noqa: BLE001 — whatever a wrong program raises
                yield False
            else:
                yield True


def test_both_halves_of_humaneval_hold_for_the_solution_alone():
    import problems

    found = problems.problems("humaneval")
    assert len(found) == 148
    for problem in found:
        given = family.problems()[problem.name]
        solution = given["prompt"] + given["canonical_solution"]
        for tests in (problem.test, problem.hidden):
            assert all(outcomes(solution, tests)), problem.name
        for value in (None, True, 0, "", []):
            stub = f"def {problem.module}(*_): return {value!r}"
            assert not all(outcomes(stub, problem.test + problem.hidden)), problem.name


def test_a_test_file_describes_the_function_and_hides_half():
    import problems

    for problem in problems.problems("humaneval"):
        assert problem.test.startswith("# ")
        assert problem.module not in sys.stdlib_module_names
        shown, hidden = (
            [
                ast.unparse(node)
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Assert)
            ]
            for text in (problem.test, problem.hidden)
        )
        assert not set(shown) & set(hidden)
        assert len(shown) - len(hidden) in (0, 1)


CHECK = """
def check(candidate):
    assert True, "trivial"
    assert candidate(1) == 2, "message"
    assert candidate(2) == 3
    assert candidate(1) == 2
    assert candidate(5) == candidate(4) + 1
"""
PROMPT = 'def above(x):\n    import math\n    """\n    Adds one.\n\n      >>> above(1)\n    """\n'


def test_assertions_alternate():
    import problems

    found = problems.split("HumanEval/x", {"entry_point": "above", "prompt": PROMPT, "test": CHECK})
    assert found is None  # the last one calls the function on both sides
    begin = "from above import above\n\n\ndef test_1():\n    assert above("
    tests = CHECK.replace("candidate(4) + 1", "6")
    found = problems.split("HumanEval/x", {"entry_point": "above", "prompt": PROMPT, "test": tests})
    assert found is not None
    comment = "# Adds one.\n#\n#   >>> above(1)\n"
    assert found.test == f"{comment}{begin}1) == 2\n\n\ndef test_2():\n    assert above(5) == 6\n"
    assert found.hidden == f"{begin}2) == 3\n"


@pytest.mark.parametrize(
    "more",
    [
        "for x in range(9): assert candidate(x) == x + 1",
        "assert abs(candidate(1) - 2) < 1e-6",
        "assert candidate(1)",
        "assert candidate(1) == 2 == above(1)",
        "assert candidate(1) == helper(2)",
    ],
)
def test_what_is_no_equality_of_a_call_cannot_be_split(more):
    import problems

    tests = CHECK.replace("candidate(4) + 1", "6") + f"    {more}\n"
    given = {"entry_point": "above", "prompt": PROMPT, "test": tests}
    assert problems.split("HumanEval/x", given) is None


def test_the_first_problems_are_the_same_for_every_bench():
    import problems

    first = problems.problems("humaneval", 40)
    assert first == problems.problems("humaneval")[:40]
    assert [problem.name for problem in first[:3]] == [
        "HumanEval/145", "HumanEval/91", "HumanEval/84"
    ]  # fmt: skip
    assert [problem.name for problem in problems.problems("development", 2)] == [
        "changelog", "cleanpath"
    ]  # fmt: skip


# ---------------------------------------------------------------- answers


def test_pass_at_k_is_the_share_of_draws_with_a_correct_one():
    import humaneval

    for num, num_correct, k in itertools.product((4, 8), (0, 1, 3), (1, 2, 4)):
        draws = list(itertools.combinations(range(num), k))
        hits = sum(min(draw) < num_correct for draw in draws) / len(draws)
        assert math.isclose(humaneval.pass_at(num, num_correct, k), hits)


def handled(**changes):
    """A llama.cpp that answers at once."""
    bodies = []

    def handle(request):
        body = json.loads(request.content)
        bodies.append(body)
        found = {"content": " x = 1 ", "tokens_predicted": 5, "stop_type": "eos",
                 "tokens_evaluated": len(body["prompt"])}  # fmt: skip
        return httpx.Response(200, json=found | changes)

    return httpx.Client(transport=httpx.MockTransport(handle), base_url="http://llama"), bodies


REQUEST = Request(prompt=(1, 2, 3), budget=Budget(think=0, answer=64), temperature=0.8, seed=5)


def test_llama_gets_the_same_tokens():
    import humaneval

    client, bodies = handled()
    assert humaneval.completion(client, REQUEST) == ("x = 1", 5, "done")
    asked = {key: bodies[0][key] for key in ("prompt", "n_predict", "temperature", "seed")}
    assert asked == {"prompt": [1, 2, 3], "n_predict": 64, "temperature": 0.8, "seed": 5}
    assert humaneval.completion(handled(stop_type="limit")[0], REQUEST)[2] == "truncated"
    with pytest.raises(SystemExit, match="read 4 tokens of a prompt, not 3"):
        humaneval.completion(handled(tokens_evaluated=4)[0], REQUEST)


def test_what_was_asked_is_not_asked_again(monkeypatch, tmp_path, capsys):
    import humaneval

    file = tmp_path / "rows.jsonl"

    def run(limit):
        words = ["--model", "mini", "--limit", str(limit), "--answer", "8", "--samples", "2"]
        monkeypatch.setattr(
            sys, "argv", ["humaneval", *words, "--temperature", "0.8", "--out", str(file)]
        )
        humaneval.main()
        said = capsys.readouterr().out
        return said.count("answers of cogitate"), json.loads(said.splitlines()[-1])

    assert run(2)[0] == 4
    kept = file.read_text()
    assert run(2)[0] == 0
    assert file.read_text() == kept
    asked, result = run(3)
    assert asked == 2
    assert file.read_text().startswith(kept)
    assert result["cogitate"]["answers"] == 6
    assert result["cogitate"].keys() >= {"pass@1", "pass@2", "cut off", "tokens/s"}


def test_both_sides_are_compared_on_the_same_problems(capsys):
    import argparse

    import humaneval

    options = argparse.Namespace(model="it", samples=1, limit=4, against=None)
    rewards = {"cogitate": [1, 1, 0, 1], "llama.cpp": [1, 0, 0, 1]}
    rows = [
        humaneval.row(side, f"HumanEval/{i}", 0)
        | {"reward": float(reward), "tokens": 10, "seconds": 0.5, "end": "done"}
        for side, each in rewards.items()
        for i, reward in enumerate(each)
    ]
    humaneval.report(options, list(rewards), rows)
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["cogitate"]["pass@1"][0] == 0.75
    assert result["llama.cpp"]["tokens/s"] == 20
    assert result["difference"][0] == 0.25
    assert result["difference"][1] < 0 < result["difference"][2]
