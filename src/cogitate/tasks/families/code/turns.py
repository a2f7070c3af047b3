"""Tasks in up to three turns: after a wrong program, the visible examples that fail are shown.

    code:turns=3, modules:turns=2, mine/:turns=3
    "... f([1]) gives 2, not 1 ..." -> "```python ..." -> verdict

An episode ends where all visible examples pass, or after the last turn; hidden inputs decide.
Tasks are those of the family itself.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Literal, Protocol, runtime_checkable

from cogitate.protocols import Family
from cogitate.tasks.capabilities import take_over
from cogitate.tasks.families.code.verdicts import Judged
from cogitate.types import Message, Step, Task, Verdict
from cogitate.verify.judge import TIMEOUT_S
from cogitate.verify.pool import after, known

OPTION = ":turns="
MOST = 3
"""Maximum number of turns."""
_NUM_SHOWN, _MOST_LINE = 3, 400
"""Maximum number of failures shown, and of characters of each."""
FEEDBACK = "This is not correct yet:\n\n{failures}\n\nGive the whole function again, corrected."


@runtime_checkable
class TellsFailures(Family, Protocol):
    """A family of programs that tells which of the visible tests fail."""

    def judge_later(self, task: Task, answer: str, timeout_s: float) -> Future[Judged]:
        """Begin to judge."""
        ...


class Turns:
    """A family of programs whose episodes have several turns."""

    history: Literal["last", "all"] = "last"

    def __init__(self, family: TellsFailures, num_turns: int) -> None:
        """Take the family and the maximum number of turns."""
        self.name = f"{family.name}{OPTION}{num_turns}"
        take_over(self, family)
        self._family, self._num_turns = family, num_turns

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return the family's task."""
        task = self._family.generate(split, seed, level)
        key = self.name + task.key.removeprefix(self._family.name)
        return replace(task, key=key, family=self.name)

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge a first answer."""
        return self._family.verify(task, answer)

    def turn_later(self, task: Task, answers: Sequence[str]) -> Future[Step]:
        """Begin the step after the last answer; without one, ask the question."""
        if not answers:
            return known(Step(messages=(_said(task.question),)))
        judged = self._family.judge_later(task, answers[-1], TIMEOUT_S)
        return after(judged, partial(_step, is_last=len(answers) >= self._num_turns))


def _step(judged: Judged, *, is_last: bool) -> Step:
    if is_last or not judged.failures:
        return Step(done=True, verdict=judged.verdict)
    return Step(messages=(_said(feedback(judged.failures)),))


def feedback(failures: Sequence[str]) -> str:
    """Return what is said of failures: the shortest ones, one line each."""
    shown = sorted(failures, key=len)[:_NUM_SHOWN]
    lines = [line if len(line) <= _MOST_LINE else f"{line[: _MOST_LINE - 3]}..." for line in shown]
    return FEEDBACK.format(failures="\n".join(lines))


def _said(text: str) -> Message:
    return {"role": "user", "content": text}
