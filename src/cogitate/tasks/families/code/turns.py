"""Tasks in up to three turns: after a wrong program, the visible examples that fail are shown.

    code:turns=3    "... f([1]) gives 2, not 1 ..." -> "```python ..." -> verdict

An episode ends where all visible examples pass, or after the last turn; hidden inputs decide.
Tasks are those of the family itself.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Literal

from cogitate.errors import UsageError
from cogitate.tasks.families.code.bugfix import Bugfix
from cogitate.tasks.families.code.family import Code
from cogitate.tasks.families.code.verdicts import LEVEL, Judged
from cogitate.types import Message, Step, Task, Verdict
from cogitate.verify.judge import TIMEOUT_S
from cogitate.verify.pool import after, known

_FAMILIES: Mapping[str, type[Code] | type[Bugfix]] = {"code": Code, "bugfix": Bugfix}
_TURNS = {"turns=2": 2, "turns=3": 3}
_NUM_SHOWN, _MOST_LINE = 3, 400
"""Maximum number of failures shown, and of characters of each."""
FEEDBACK = "This is not correct yet:\n\n{failures}\n\nGive the whole function again, corrected."


class Turns:
    """A family of programs whose episodes have several turns."""

    history: Literal["last", "all"] = "last"

    def __init__(self, family: Code | Bugfix, num_turns: int) -> None:
        """Take the family and the maximum number of turns."""
        self.name = f"{family.name}:turns={num_turns}"
        self.num_levels = family.num_levels
        self.sandbox_level = family.sandbox_level
        self.verify_later = family.verify_later
        self.demonstrate = family.demonstrate
        self.demonstrate_straight = family.demonstrate_straight
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


def open_turns(name: str, sandbox_level: str = LEVEL) -> Turns:
    """Return the family that a name such as code:turns=3 means.

    Raises:
        UsageError: there is no such family or option.
    """
    family, _, option = name.partition(":")
    if family not in _FAMILIES or option not in _TURNS:
        known_names = " and ".join(_FAMILIES)
        raise UsageError(f"{name}: only {known_names} take an option, :turns=2 or :turns=3")
    return Turns(_FAMILIES[family](sandbox_level), _TURNS[option])


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
