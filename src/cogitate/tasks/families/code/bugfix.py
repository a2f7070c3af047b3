"""Bugfix: a small function with a bug, and the error or the failing example that shows it.

    "... get_total([1]) raises NameError: name 'number' is not defined (line 3)"
    -> thought "Line 3 ...", answer "```python ..."

Programs, levels and splits are those of the family `code`. A thought finds the wrong lines and
corrects them; a self-correction first blames another line. Answers are run in the sandbox. In some
tasks a fact is missing: there, a question that asks for it is correct, and a guess is not.
"""

import re
from collections.abc import Iterator
from concurrent.futures import Future
from difflib import SequenceMatcher
from operator import attrgetter
from random import Random
from typing import Literal

from cogitate.coding.faults import debug_prompt
from cogitate.errors import UsageError
from cogitate.tasks.families.code import bugs, verdicts
from cogitate.tasks.families.code.drawing import (
    data_of,
    draw_admitted,
    fenced,
    program_in,
)
from cogitate.tasks.families.code.family import LEVEL_WEIGHTS, NUM_LEVELS
from cogitate.tasks.families.code.verdicts import Judged
from cogitate.tasks.splits import begin, draw_phrasing
from cogitate.types import Task, Verdict
from cogitate.verify.judge import TIMEOUT_S
from cogitate.verify.pool import after, known

DEBUG = "{debug}"
"""The prompt of `cogitate debug`."""
PHRASINGS = (
    "This function has a bug.\n\n{source}\n\n{report}\n\nGive the corrected function.",
    "{report}\n\nCorrect this function, and answer with all of it in one code block.\n\n{source}",
    "Here is my code:\n\n{source}\n\nBut {report}\nCan you fix it?",
    DEBUG,
)
OOD_PHRASINGS = (
    "Why is it that {report}\n\n{source}\n\nI need it repaired.",
    "{source}\n\nRunning it shows a fault: {report} Please send back a working version.",
)
_SELF_CORRECTION_SHARE = 0.25
"""Share of the solutions with self-corrections that blame a correct line first."""
_CONSTANT_SHARE = 0.3
"""Share of the bugs that are an undefined constant; half of these have to be asked for."""
_ASKING = "What is the value of {}?"
_QUESTION = (
    r"(?i:what|which|how|could|can|would|should|is|are|does|do|where)\b[^?`]*`?\b{}\b`?[^?`]*\?"
)
_ENDS_IN = r"(?:.*[.!:\n]\s*)?"
_MAX_QUESTION, _MAX_ANSWER = 200, 500
"""Maximum length of a question, alone and with what is said before it, in characters."""
_TRIES = 50


class Bugfix:
    """The family: see the module."""

    name = "bugfix"
    num_levels = NUM_LEVELS
    one_block: Literal[True] = True

    def __init__(self, sandbox_level: str = verdicts.LEVEL) -> None:
        """Take the minimum level of the sandbox."""
        self.sandbox_level = sandbox_level

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return task `seed` of a split; without a level, of one to four operations."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), LEVEL_WEIGHTS)[0]
        for _ in range(_TRIES):
            program, admitted = draw_admitted(rng, split, level)
            draw = bugs.draw_constant if rng.random() < _CONSTANT_SHARE else bugs.draw
            if bug := draw(rng, program, admitted.visible):
                break
        else:
            raise UsageError(f"no bug of level {level} was found for {key}")
        phrasing = draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=phrasing.format(
                source=fenced(bug.source),
                report=bug.report,
                debug=debug_prompt({f"{program.name}.py": bug.source}, bug.report),
            ),
            target=_ASKING.format(bug.asks)
            if bug.asks
            else bugs.with_docstring(program.source(), bug.text),
            metadata=data_of(program, admitted)
            | {"broken": bug.source, "report": bug.report, "asks": bug.asks},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for a correct program, or for the question where a fact is missing."""
        return self.verify_later(task, answer, TIMEOUT_S).result()

    def verify_later(self, task: Task, answer: str, timeout_s: float) -> Future[Verdict]:
        """Begin to judge; a failure of the sandbox gives a verdict without a reward.

        Raises:
            UsageError: the sandbox does not hold programs well enough on this machine.
        """
        return after(self.judge_later(task, answer, timeout_s), attrgetter("verdict"))

    def judge_later(self, task: Task, answer: str, timeout_s: float) -> Future[Judged]:
        """Begin to judge, and tell the failures on visible examples; none where to ask is due."""
        if name := task.metadata["asks"]:
            return known(Judged(verdict=_asked(name, answer)))
        return verdicts.judge_later(task, answer, timeout_s, self.sandbox_level)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Find the wrong lines, in some solutions after a correct one was blamed."""
        rng, wrong = Random(f"blame/{task.key}"), ""
        code = task.metadata["broken"].rpartition('"""\n')[2]
        lines = [line.strip() for line in code.splitlines() if line in task.target]
        if lines and rng.random() < _SELF_CORRECTION_SHARE:
            wrong = f"\nIs it `{rng.choice(lines)}`? No, that does what it has to."
        return f"\n{task.metadata['report']}{wrong}{_diagnosis(task)}", _answer(task)

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Find the wrong lines."""
        return _diagnosis(task), _answer(task)


def _asked(name: str, answer: str) -> Verdict:
    """Judge an answer that has to end in one question for the constant's value, without code."""
    text = answer.strip()
    found = re.fullmatch(f"{_ENDS_IN}({_QUESTION.format(name)})", text, re.DOTALL)
    is_short = found and len(str(found[1])) <= _MAX_QUESTION and len(text) <= _MAX_ANSWER
    if is_short and text.count("?") == 1 and "```" not in text:
        return Verdict(reward=1.0, why=f"it asks for {name}")
    return Verdict(reward=0.0, why=f"nothing states {name}: one question for it is correct")


def _answer(task: Task) -> str:
    return task.target if task.metadata["asks"] else fenced(task.target)


def _diagnosis(task: Task) -> str:
    if name := task.metadata["asks"]:
        return f"\nNothing says what {name} is. A guess could be wrong, so I ask."
    clauses = program_in(task).clauses
    steps = "".join(f"\n{i}. {clause}" for i, clause in enumerate(clauses, 1))
    return f"{steps}{''.join(_corrections(task))}"


def _corrections(task: Task) -> Iterator[str]:
    """Yield a text for each group of lines that differ."""
    broken, correct = task.metadata["broken"].splitlines(), task.target.splitlines()
    for kind, a, b, c, d in SequenceMatcher(None, broken, correct, autojunk=False).get_opcodes():
        old, new = (" ".join(map(str.strip, lines)) for lines in (broken[a:b], correct[c:d]))
        if kind == "insert":
            yield f"\nAfter line {a} there is no `{new}`."
        elif kind == "delete":
            yield f"\nLine {a + 1}, `{old}`, must not be there."
        elif kind == "replace":
            yield f"\nLine {a + 1} is `{old}`. It has to be `{new}`."
