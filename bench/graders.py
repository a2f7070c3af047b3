"""What other people's tools find in our verifiers of programs.

    pip install --no-deps --target TOOLS falsepass gameability gradecheck
    PYTHONPATH=TOOLS python bench/graders.py code bugfix

- gameability breaks each correct program in one place and asks whether the visible and hidden
  inputs show it; what survives is then judged by the family itself, which draws more inputs.
- gradecheck and falsepass give answers that are known to be wrong or correct.
"""

import argparse
import asyncio
import json
from types import SimpleNamespace
from typing import Any

from falsepass import probes, report, runner
from falsepass.adapter import Adapter
from falsepass.model import Completion, Example, Score
from gameability.engine import Problem, census, summarise
from gradecheck.completion_attacks import run_all
from gradecheck.verifiers_env import VerifiersEnv

from cogitate.protocols import Family
from cogitate.tasks import load_family
from cogitate.tasks.families.code.drawing import examples, program_in
from cogitate.types import Task


def tasks_of(family: Family, num: int) -> list[Task]:
    """Return training tasks whose answer is a program."""
    drawn = (family.generate("train", seed) for seed in range(2 * num))
    return [task for task in drawn if not task.metadata.get("asks")][:num]


def weak(family: Family, tasks: list[Task]) -> dict[str, Any]:
    """Run gameability, and our own verdict on what it finds."""
    problems = {task.key: _problem(task) for task in tasks}
    rows = census(list(problems.values()), workers=2, want_witness=True)
    found = [row for row in rows if row["status"] == "ok" and row["n_survived"]]
    by_key = {task.key: task for task in tasks}
    survivors = [
        (by_key[row["pid"]], example["src"]) for row in found for example in row["examples"]
    ]
    paid = [(task.key, text) for task, text in survivors if family.verify(task, text).reward]
    return {
        **{
            name: value for name, value in summarise(rows).items() if isinstance(value, int | float)
        },
        "survivors_shown": len(survivors),
        "survivors_rewarded": len(paid),
        "rewarded": paid[:5],
    }


def _problem(task: Task) -> Problem:
    program, given = program_in(task), task.metadata
    inputs = [*given["visible"], *given["hidden"]]
    tests = examples(program, inputs, "assert {call} == {value}").splitlines()
    return Problem(pid=task.key, reference=task.target, tests=tests, setup="", entry=given["name"])


def attacked(family: Family, tasks: list[Task]) -> dict[str, str]:
    """Run gradecheck's attacks on completions."""
    known = {task.key: task for task in tasks}
    rows = [
        {"prompt": task.question, "answer": f"```python\n{task.target}\n```", "key": task.key}
        for task in tasks
    ]

    def reward(completion: str, key: str) -> float:
        return family.verify(known[key], completion).reward or 0.0

    rubric = SimpleNamespace(funcs=[reward], weights=[1.0])
    env = SimpleNamespace(message_type="completion", rubric=rubric, get_dataset=lambda: rows)
    findings = run_all(VerifiersEnv(env, sample=len(rows)))
    return {finding.attack: f"{finding.verdict}: {finding.summary}" for finding in findings}


class Ours(Adapter):
    """A family as falsepass asks for it."""

    name = "cogitate"

    def render(self, answer: str, example: Example) -> Completion:
        """Return an answer's text."""
        del example
        return f"Here it is:\n\n```python\n{answer}\n```"

    def wrong_answer(self, example: Example) -> str:
        """Return a program that is wrong on every task."""
        return f"def {example.raw.metadata['name']}(given):\n    return object"


class Scored:
    """Scores as falsepass asks for them."""

    def __init__(self, family: Family) -> None:
        """Take the family."""
        self._family = family

    async def score(self, example: Example, completion: Completion) -> Score:
        """Return the family's verdict on the last text."""
        text = completion if isinstance(completion, str) else str(completion[-1].get("content"))
        verdict = self._family.verify(example.raw, text)
        return Score(verdict.reward, {}, [] if verdict.reward is not None else [verdict.why])


def probed(family: Family, tasks: list[Task]) -> dict[str, Any]:
    """Run falsepass's probes of one turn."""
    given = [Example(task.key, task.question, task.target, task) for task in tasks]
    loop, listed = asyncio.new_event_loop(), [*probes.PER_EXAMPLE, probes.p11_determinism]
    results = runner.score_examples(Ours(), Scored(family), loop, listed, given)
    probes.mark_same_as_good(results)
    failed = [result.to_dict() for result in results if not result.passed]
    kinds = {f"{row['probe']} {row['variant']}": row["detail"] for row in failed}
    return {"headline": report.headline([result.to_dict() for result in results]), "failed": kinds}


def main() -> None:
    """Print one JSON object for each family."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="+")
    parser.add_argument("--n", type=int, default=100, help="tasks of each family")
    options = parser.parse_args()
    for name in options.families:
        family = load_family(name)
        tasks = tasks_of(family, options.n)
        found = {
            "family": name,
            "tasks": len(tasks),
            "gameability": weak(family, tasks),
            "gradecheck": attacked(family, tasks),
            "falsepass": probed(family, tasks),
        }
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
