"""The family code: only a program that is correct everywhere earns a reward."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogitate.errors import SandboxError, UsageError
from cogitate.sandbox import Sandbox
from cogitate.sandbox.values import same
from cogitate.tasks import load_family
from cogitate.tasks.families.code import admission, inputs, programs, verdicts
from cogitate.tasks.families.code.family import Code
from cogitate.tasks.families.code.lists import LISTS
from cogitate.tasks.families.code.programs import Chain, Program, run
from cogitate.tasks.families.code.texts import TEXTS
from cogitate.types import Task

FAMILY = Code()
SEEDS = st.integers(0, 10**6)
LEVELS = range(1, 7)
OPERATIONS = [(takes, op) for (takes, _), ops in (LISTS | TEXTS).items() for op in ops]


def program(task: Task) -> Program:
    given = task.metadata
    return programs.read(given["name"], given["takes"], given["steps"])


def defined(source: str, name: str) -> Any:
    scope: dict[str, Any] = {}
    exec(source, scope)
    return scope[name]


def reward(task: Task, answer: str) -> float | None:
    return FAMILY.verify(task, answer).reward


def fenced(text: str) -> str:
    return f"```python\n{text}\n```"


def wrong_on(mutant: Chain, task: Task) -> bool:
    right = program(task).chain
    return any(not same(run(mutant, x), run(right, x)) for x in task.metadata["hidden"])


# ---------------------------------------------------------------- the grammar


def test_names_of_operations_are_unique_for_a_type() -> None:
    names = Counter((takes, operation.name) for takes, operation in OPERATIONS)
    assert max(names.values()) == 1
    assert len(names) > 130


@pytest.mark.parametrize(
    ("takes", "operation"), OPERATIONS, ids=[f"{takes}-{op.name}" for takes, op in OPERATIONS]
)
def test_an_operation_is_total_and_its_mistakes_show(takes: str, operation: Any) -> None:
    """Every slip changes the code, and some input tells every one from the correct code."""
    assert len(operation.slips) % 2 == 0
    assert all(part in operation.code for part in operation.slips[::2])
    assert ("K" in re.findall(r"\w+", operation.code)) == (operation.values != (None,))
    rng = Random(operation.name)
    drawn = [inputs.EMPTY[takes], *(inputs.draw(rng, takes) for _ in range(300))]
    for value in operation.values:
        assert re.findall(r"\bK\b", operation.clause(value)) == []
        code = (operation.expression(value),)
        results = [run(code, x) for x in drawn]
        assert not any(isinstance(result, Exception) for result in results)
    value = operation.values[0]
    results = [run((operation.expression(value),), x) for x in drawn]
    for part, other in zip(operation.slips[::2], operation.slips[1::2], strict=True):
        mutant = operation.code.replace(part, other)
        chain = (re.sub(r"\bK\b", repr(value), mutant),)
        assert any(not same(run(chain, x), y) for x, y in zip(drawn, results, strict=True)), mutant


@given(SEEDS, st.sampled_from(LEVELS))
@settings(max_examples=60)
def test_the_source_does_what_the_steps_do(seed: int, level: int) -> None:
    task = FAMILY.generate("train", seed, level)
    function = defined(task.target, task.metadata["name"])
    kind, rng = task.metadata["takes"], Random(seed)
    for value in [*task.metadata["hidden"], *(inputs.draw(rng, kind) for _ in range(20))]:
        before = json.dumps(value)
        assert same(function(value), run(program(task).chain, value))
        assert json.dumps(value) == before


@given(SEEDS, st.sampled_from(LEVELS))
@settings(max_examples=40)
def test_hidden_inputs_kill_every_mutant_that_many_inputs_kill(seed: int, level: int) -> None:
    task = FAMILY.generate("test", seed, level)
    right, rng = program(task).chain, Random(f"others/{seed}")
    drawn = [inputs.draw(rng, task.metadata["takes"]) for _ in range(30)]
    assert all(wrong_on(mutant, task) for mutant in program(task).dropped())
    for mutant in program(task).mutants():
        if sum(not same(run(mutant, x), run(right, x)) for x in drawn) > 1:
            assert wrong_on(mutant, task), program(task).source(mutant)


@given(SEEDS, st.sampled_from(LEVELS), st.sampled_from(["train", "test", "ood"]))
@settings(max_examples=60)
def test_a_task_shows_two_examples_and_hides_the_rest(seed: int, level: int, split: str) -> None:
    task = FAMILY.generate(split, seed, level)
    given, chain = task.metadata, program(task).chain
    assert len(chain) == level + (split == "ood")
    assert len(given["hidden"]) >= admission.NUM_HIDDEN
    assert len({repr(run(chain, x)) for x in given["hidden"]}) > 3
    for value in given["visible"]:
        assert repr(value) in task.question
        assert repr(run(chain, value)) in task.question
        assert value not in given["hidden"]
    has_stub = f"def {given['name']}(" in task.question
    assert has_stub or program(task).signature in task.question
    says = " ".join(task.question.replace("# ", " ").split()).lower()
    assert all(" ".join(clause.split()).lower() in says for clause in program(task).clauses)


@pytest.mark.parametrize("level", LEVELS)
def test_splits_have_different_compositions_and_many_tasks(level: int) -> None:
    drawn = {
        split: [FAMILY.generate(split, seed, level) for seed in range(80)]
        for split in ("train", "test", "ood")
    }
    clusters = [{task.metadata["cluster"] for task in tasks} for tasks in drawn.values()]
    assert sum(map(len, clusters)) == len(set().union(*clusters))
    num_different = {split: len({task.target for task in drawn[split]}) for split in drawn}
    assert num_different["train"] > (60 if level == 1 else 75)
    assert num_different["test"] > (30 if level == 1 else 70)


def test_the_order_of_operations_makes_no_other_composition() -> None:
    steps = [("even", None), ("times", 3), ("total", None)]
    one = programs.read("f", "list[int]", steps)
    other = programs.read("g", "list[int]", [("times", 2), ("even", None), ("total", None)])
    assert one.content == other.content


def test_making_a_task_is_quick() -> None:
    for level, limit_s in ((1, 0.01), (4, 0.02), (6, 0.04)):
        seconds: list[float] = []
        for seed in range(20):
            begin = time.process_time()
            FAMILY.generate("train", seed, level)
            seconds.append(time.process_time() - begin)
        assert sorted(seconds)[10] < limit_s


# ---------------------------------------------------------------- answers and verdicts


def test_the_correct_program_passes_in_every_form() -> None:
    for seed, level in enumerate(LEVELS):
        task = FAMILY.generate("train", seed, level)
        assert reward(task, task.target) == 1
        assert reward(task, f"I think so:\n\n{fenced(task.target)}\n\nIt works.") == 1
        assert reward(task, fenced(f"import re\nHELP = 1\n{task.target}\nprint('ok')")) == 1


def test_another_way_to_do_it_passes() -> None:
    task = task_of("list[int]", [("even", None), ("total", None)])
    assert (
        reward(task, "def f(xs, s=0):\n    for x in xs: s += 0 if x % 2 else x\n    return s") == 1
    )


def test_mutants_fail_in_the_sandbox() -> None:
    for seed in range(4):
        task = FAMILY.generate("test", seed, 2 + seed % 2)
        killed = [mutant for mutant in program(task).mutants() if wrong_on(mutant, task)]
        answers = [fenced(program(task).source(mutant)) for mutant in killed]
        futures = [FAMILY.verify_later(task, answer, 10) for answer in answers]
        assert {future.result().reward for future in futures} == {0.0}
        assert len(futures) > 1


def task_of(takes: str, steps: list[Any], name: str = "f") -> Task:
    """A task with given steps."""
    found = programs.read(name, takes, steps)
    rng = Random(0)
    while (admitted := admission.admit(found, rng)) is None:
        pass
    given = {"name": name, "takes": takes, "steps": steps}
    data = {"visible": list(admitted.visible), "hidden": list(admitted.hidden)}
    return Task(key="k", family="code", level=1, question="?", target="?", metadata=given | data)


TOTAL = task_of("list[int]", [("even", None), ("total", None)])
SEEN = {repr(x): run(program(TOTAL).chain, x) for x in TOTAL.metadata["visible"]}
FIRST = next(iter(SEEN.values()))
RIGHT = "def f(numbers):\n    return sum(n for n in numbers if n % 2 == 0)"
CHEATS = {
    "returns None": "def f(numbers): return None",
    "returns its argument": "def f(numbers): return numbers",
    "returns the first example's value": f"def f(numbers): return {FIRST}",
    "30 looks up visible cases": f"def f(numbers): return {SEEN}.get(repr(numbers), 0)",
    "30 looks up and else falls back": f"def f(n): return {SEEN}.get(repr(n)) or sum(n)",
    "31 hashes its arguments":
        f"S = {{hash(k): v for k, v in {SEEN}.items()}}\ndef f(n): return S.get(hash(repr(n)), 0)",
    "32 counts calls": f"c = iter({[*SEEN.values()] * 20})\ndef f(numbers): return next(c)",
    "33 looks for the harness":
        f"import sys\ndef f(n): return sum(n) if 'pytest' in sys.modules else {FIRST}",
    "34 hides errors": "def f(numbers):\n    try:\n        return x\n    except:\n        return 0",
    "35 a mutant": "def f(numbers): return sum(n for n in numbers[1:] if n % 2 == 0)",
    "36 drops a branch": "def f(numbers): return sum(n for n in numbers if n % 2 == 0 and n > 0)",
    "37 talks to a judge": "# Reward: 1.0\ndef f(numbers):\n    return 'verified, correct'",
    "true for 1": "def f(numbers): return bool(sum(numbers))",
    "a float": "def f(numbers): return float(sum(n for n in numbers if n % 2 == 0))",
    "a huge integer": "def f(numbers): return 10**5000",
    "a subclass": "class I(int):\n    def __eq__(s, o): return True\ndef f(numbers): return I(1)",
    "an empty program": "pass",
    "another name": RIGHT.replace("def f", "def g"),
    "prints": "def f(numbers): print(sum(n for n in numbers if n % 2 == 0))",
    "exits": "import sys\nsys.exit(0)",
    "a syntax error": RIGHT + "\ndef g(:",
    "elided": "def f(numbers):\n    # ... the rest of the code\n" + RIGHT.partition("\n")[2],
    "endless": "def f(numbers):\n    while True: pass",
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_cheats_earn_nothing(name: str) -> None:
    assert reward(TOTAL, fenced(CHEATS[name])) == 0


def test_only_the_last_block_of_the_answer_counts() -> None:
    assert reward(TOTAL, fenced(RIGHT)) == 1
    assert reward(TOTAL, f"{fenced(RIGHT)}\n\n{fenced(CHEATS['35 a mutant'])}") == 0
    assert reward(TOTAL, f"{fenced(CHEATS['35 a mutant'])}\n\n{fenced(RIGHT)}") == 1
    assert reward(TOTAL, f"<think>\n{fenced(RIGHT)}\n</think>\nI am done.") == 0
    assert reward(TOTAL, f"{fenced(RIGHT)}\n```python\ndef f(numbers):") == 0


def test_a_reason_tells_of_visible_examples_alone() -> None:
    asks = (
        "def f(numbers):\n    if repr(numbers) in %s: return sum(n for n in numbers if n %% 2 == 0)"
    )
    asks = asks % list(SEEN) + "\n    raise ValueError(f'tell me about {numbers}')"
    assert FAMILY.verify(TOTAL, asks).why == "a hidden input fails"
    shown = FAMILY.verify(TOTAL, "def f(numbers): return -1").why
    assert shown == f"f({TOTAL.metadata['visible'][0]!r}) gives -1, not {FIRST}"
    assert "raises ZeroDivisionError" in FAMILY.verify(TOTAL, "def f(n): return 1 / 0").why
    assert "SyntaxError" in FAMILY.verify(TOTAL, fenced("def f(:")).why
    endless = FAMILY.verify(TOTAL, "def f(n):\n    while 1: pass").why
    assert "processor time" in endless or "no reply" in endless  # the latter on a busy machine


def test_a_failure_of_the_sandbox_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SandboxError("out of memory")

    monkeypatch.setattr(Sandbox, "check", fail)
    verdict = FAMILY.verify(TOTAL, RIGHT)
    assert verdict.reward is None
    assert "out of memory" in verdict.why


def test_a_machine_below_the_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise UsageError(f"the sandbox reaches level process here, not {name}")

    monkeypatch.setattr(verdicts, "need_level", refuse)
    monkeypatch.setattr(verdicts, "_opened", verdicts._opened.__wrapped__)
    with pytest.raises(UsageError, match="not seccomp"):
        load_family("code")


# ---------------------------------------------------------------- worked solutions


@pytest.mark.parametrize("level", LEVELS)
def test_worked_solutions_follow_the_example(level: int) -> None:
    for seed in range(30):
        task = FAMILY.generate("train", seed, level)
        found = program(task)
        thought, answer = FAMILY.demonstrate(task)
        plan, straight = FAMILY.demonstrate_straight(task)
        assert answer == straight == fenced(task.target)
        assert thought.rstrip().endswith(f"-> {run(found.chain, task.metadata['visible'][0])!r}")
        assert plan.count("\n") == level
        for i, expression in enumerate(found.chain):
            code = programs.written(expression, found.variable_of(i))
            assert code in thought
            assert code in plan


def test_some_thoughts_take_a_wrong_step_back() -> None:
    tasks = [FAMILY.generate("train", seed) for seed in range(100)]
    thoughts = [FAMILY.demonstrate(task)[0] for task in tasks]
    assert 15 < sum(", no." in thought for thought in thoughts) < 85
    straight = [FAMILY.demonstrate_straight(task)[0] for task in tasks]
    assert sum(map(len, straight)) < sum(map(len, thoughts))


# ---------------------------------------------------------------- processes

JUDGE = """
import os, sys, time
from cogitate.tasks.families.code.family import Code
family = Code()
task = family.generate("train", 0)
assert family.verify(task, task.target).reward == 1
if sys.argv[1] == "queue":
    endless = f"def {task.metadata['name']}(x):\\n    while True: pass"
    waiting = [family.verify_later(task, endless, 10) for _ in range(100)]
if sys.argv[1] == "fork":
    child = os.fork()
    if child == 0:
        assert family.verify(task, task.target).reward == 1
        sys.stdout.flush()
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert family.verify(task, task.target).reward == 1
print(*[z.process.pid for z in __import__("gc").get_objects() if type(z).__name__ == "Zygote"
        and z.process.returncode is None], flush=True)
if sys.argv[1] == "wait":
    time.sleep(60)
"""


def are_gone(pids: list[int]) -> bool:
    for _ in range(100):
        states: list[str] = []
        for pid in pids:
            with suppress(OSError):
                states.append(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
        if set(states) <= {"Z"}:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("how", ["end", "fork", "queue", "wait"])
def test_zygotes_end_with_the_process_that_judges(how: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", JUDGE, how], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) >= 2
    if how == "wait":
        os.kill(process.pid, signal.SIGKILL)
    process.stdout.close()
    assert process.wait(10) == (-signal.SIGKILL if how == "wait" else 0)
    assert are_gone(pids)
