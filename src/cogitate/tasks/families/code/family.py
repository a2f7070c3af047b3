r"""Code: small functions, composed of operations on numbers, words, texts and dictionaries.

    def get_even_total(numbers: list[int]) -> int:  "Keep only the even numbers, then ..."
    -> thought "...", answer "```python\ndef get_even_total ..."

Level n has n operations; the ood split has one more. The split is that of the composition, whatever
its order and its parameters. A thought plans one step after the other and then follows an example;
a self-correction tries a wrong expression, sees it fail on the example, and takes it back. Answers
are run in the sandbox.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from operator import attrgetter
from random import Random
from typing import Any, Literal

from cogitate.tasks.families.code import programs, test_files, verdicts
from cogitate.tasks.families.code.drawing import (
    data_of,
    docstring,
    draw_admitted,
    examples,
    fenced,
    program_in,
    says,
)
from cogitate.tasks.families.code.programs import Program, run
from cogitate.tasks.families.code.verdicts import Judged
from cogitate.tasks.splits import begin, draw_phrasing
from cogitate.types import Task, Verdict
from cogitate.verify.judge import TIMEOUT_S
from cogitate.verify.pool import after

_STUB = "```python\ndef {signature}:\n{docstring}\n```"
TESTS = "{tests}"
"""The prompt of `cogitate tdd`, with a test file."""
PHRASINGS = (
    f"Complete this Python function.\n\n{_STUB}",
    f"Implement this function; answer with all of it in one code block.\n\n{_STUB}",
    "Write a Python function `{signature}`.\n{says}\n\nExamples:\n{examples}",
    TESTS,
)
OOD_PHRASINGS = (
    "I need `{signature}` in Python. What it has to do: {says}\nFor instance:\n{examples}",
    f"Fill in the body and give the whole function back:\n\n{_STUB}",
)
NUM_LEVELS = 6
LEVEL_WEIGHTS = (2, 3, 3, 2)
_SELF_CORRECTION_SHARE = 0.25
"""Share of the steps that begin with a wrong expression, in solutions with self-corrections."""


class Code:
    """The family: see the module."""

    name = "code"
    num_levels = NUM_LEVELS
    one_block: Literal[True] = True

    def __init__(self, sandbox_level: str = verdicts.LEVEL) -> None:
        """Take the minimum level of the sandbox."""
        self.sandbox_level = sandbox_level

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return task `seed` of a split; without a level, of one to four operations."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), LEVEL_WEIGHTS)[0]
        program, admitted = draw_admitted(rng, split, level)
        phrasing = draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=_question(phrasing, program, admitted.visible),
            target=program.source(),
            metadata=data_of(program, admitted),
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 if the program in the answer is correct on every input, else 0."""
        return self.verify_later(task, answer, TIMEOUT_S).result()

    def verify_later(self, task: Task, answer: str, timeout_s: float) -> Future[Verdict]:
        """Begin to judge; a failure of the sandbox gives a verdict without a reward.

        Raises:
            UsageError: the sandbox does not hold programs well enough on this machine.
        """
        return after(self.judge_later(task, answer, timeout_s), attrgetter("verdict"))

    def judge_later(self, task: Task, answer: str, timeout_s: float) -> Future[Judged]:
        """Begin to judge, and tell the failures on visible examples."""
        return verdicts.judge_later(task, answer, timeout_s, self.sandbox_level)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Plan the steps, some with a wrong expression first, and follow the first example."""
        rng = Random(f"slips/{task.key}")
        return _thought(task, rng, _SELF_CORRECTION_SHARE), fenced(task.target)

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Plan the steps."""
        return _plan(program_in(task)), fenced(task.target)


def _thought(task: Task, rng: Random, share: float) -> str:
    program, example = program_in(task), task.metadata["visible"][0]
    mutants, value, lines = program.mutants(), example, list[str]()
    for i, (clause, expression) in enumerate(zip(program.clauses, program.chain, strict=True)):
        variable = program.variable_of(i)
        result = run((expression,), value)
        slips = [
            (mutant[i], wrong)
            for mutant in mutants
            if mutant[:i] == program.chain[:i] and mutant[i] not in (programs.KEPT, expression)
            if (wrong := run((mutant[i],), value)) != result and not isinstance(wrong, Exception)
        ]
        line = f"{i + 1}. {clause}: "
        if slips and rng.random() < share:
            mutant, wrong = rng.choice(slips)
            line += f"{programs.written(mutant, variable)} of {value!r} is {wrong!r}, no. "
        lines.append(f"{line}{programs.written(expression, variable)} -> {result!r}")
        value = result
    return f"\n{program.variable} = {example!r}\n" + "\n".join(lines)


def _plan(program: Program) -> str:
    lines = [
        f"{i + 1}. {programs.written(expression, program.variable_of(i))}"
        for i, expression in enumerate(program.chain)
    ]
    return "\n" + "\n".join(lines)


def _question(phrasing: str, program: Program, visible: Sequence[Any]) -> str:
    text = says(program.clauses)
    if phrasing == TESTS:
        return test_files.prompt(program, visible, text)
    return phrasing.format(
        signature=program.signature,
        says=text,
        docstring=docstring(text, examples(program, visible, ">>> {call}\n{value}")),
        examples=examples(program, visible, "{call} == {value}"),
    )
