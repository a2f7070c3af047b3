"""Admission: a program becomes a task only with inputs that no wrong program survives.

Hidden inputs are chosen so that every mutant gives a wrong value on one of them. A mutant that is
right on every drawn input counts as equivalent; a program of which a step can be left out is
refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from cogitate.sandbox.values import same
from cogitate.tasks.families.code import inputs
from cogitate.tasks.families.code.programs import Chain, Program, run

_FEW, _MANY = 24, 120
"""Inputs that are drawn at first, and for a mutant that is right on all of those."""
NUM_VISIBLE, NUM_HIDDEN = 2, 12
"""Number of examples, and the minimum of hidden inputs."""
_VARIETY = 5
"""Minimum number of different values on the hidden inputs."""
_MOST_SHOWN, _MOST_SIZE = 64, 2000
"""Maximum length of an example's input and value, and of any value, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The inputs of a task.

    Example: Admitted(visible=([3, 4], [2, 2]), hidden=([], [1], [8, 3, 5]))
    """

    visible: tuple[Any, ...]
    hidden: tuple[Any, ...]


class Drawn:
    """Inputs of a program and their values; more are drawn when they are needed."""

    def __init__(self, program: Program, rng: Random) -> None:
        """Draw the first inputs; the empty one is among them."""
        self._kind, self._rng = program.steps[0].takes, rng
        self._chain = program.chain
        self.inputs: list[Any] = [inputs.EMPTY[self._kind]]
        self.values: list[Any] = [run(self._chain, self.inputs[0])]
        self.grow(_FEW)
        self.visible = self._examples()

    def grow(self, size: int) -> None:
        """Draw inputs up to a number."""
        while len(self.inputs) < size:
            value = inputs.draw(self._rng, self._kind)
            if value not in self.inputs:
                self.inputs.append(value)
                self.values.append(run(self._chain, value))

    def killer(self, mutant: Chain, hidden: Sequence[int]) -> int | None:
        """Return the index of a hidden input on which the mutant is wrong, or of one to hide."""
        for index in hidden:
            if self._differs(mutant, index):
                return index
        for begin, end in ((0, _FEW), (_FEW, _MANY)):
            self.grow(end)
            for index in range(begin, end):
                if index not in self.visible and self._differs(mutant, index):
                    return index
        return None

    def _differs(self, mutant: Chain, index: int) -> bool:
        return not same(run(mutant, self.inputs[index]), self.values[index])

    def _examples(self) -> list[int]:
        """Return indices of inputs that are short and whose values tell something."""
        found: list[int] = []
        for index, (given, value) in enumerate(zip(self.inputs, self.values, strict=True)):
            short = max(len(repr(given)), len(repr(value))) <= _MOST_SHOWN
            known = [self.values[other] for other in found]
            if index and short and value and value != given and value not in known:
                found.append(index)
        return found[:NUM_VISIBLE]


def admit(program: Program, rng: Random) -> Admitted | None:
    """Return inputs for a program; None if it makes no good task."""
    drawn = Drawn(program, rng)
    if len(drawn.visible) < NUM_VISIBLE or any(len(repr(v)) > _MOST_SIZE for v in drawn.values):
        return None
    hidden = [0]
    dropped = program.dropped()
    for mutant in (*dropped, *program.mutants()):
        killer = drawn.killer(mutant, hidden)
        if killer is None and mutant in dropped:
            return None
        hidden += [killer] if killer is not None and killer not in hidden else []
    spare = [index for index in range(_FEW) if index not in (*hidden, *drawn.visible)]
    hidden += spare[: max(0, NUM_HIDDEN - len(hidden))]
    if len({repr(drawn.values[index]) for index in hidden}) < _VARIETY:
        return None
    return Admitted(
        visible=tuple(drawn.inputs[index] for index in drawn.visible),
        hidden=tuple(drawn.inputs[index] for index in hidden),
    )
