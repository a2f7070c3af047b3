"""What goes into the sandbox and what comes out.

Call(function="add", args=(1, 2)) -> Returned(value=3) | Raised(kind="TypeError", ...)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cogitate.sandbox.values import same, spelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a function of the program, with plain values.

    Example: Call(function="clamp", args=(7, 0, 5), kwargs={"strict": True})
    """

    function: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    takes_builtins: bool = False
    """Whether a dictionary of Python's built-in names comes first, as they were before the program
    could change them."""

    def __str__(self) -> str:
        """Return the call as source, such as "clamp(7, 0, 5, strict=True)"."""
        named = (f"{name}={spelled(value)}" for name, value in self.kwargs.items())
        return f"{self.function}({', '.join([*map(spelled, self.args), *named])})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one execution, that is a program and all its calls, may use.

    Example: Limits(cpu_s=2, wall_s=10.0, memory_mb=256, output_bytes=262144, stdout_chars=4096)
    """

    cpu_s: int = 2
    """Processor time: the limit that decides, because it does not depend on the machine's load."""
    wall_s: float = 10.0
    """For programs that wait."""
    memory_mb: int = 256
    """Address space, with the 40 MB or so of the interpreter."""
    output_bytes: int = 2**18
    """All values, messages and captured output together, as JSON."""
    stdout_chars: int = 4096
    """Captured output; what is printed after that is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A call returned a plain value.

    Example: Returned(value=[1, 2])
    """

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A call, or the program itself, raised an exception or returned no plain value.

    Example: Raised(kind="IndexError", message="list index out of range", line=3)
    """

    kind: str
    """The exception's name; `NotPlain` if the value was none."""
    message: str
    line: int | None
    """Innermost line of the program that the traceback shows."""


Outcome = Returned | Raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A program and its calls, executed.

    Example: Execution(outcomes=(Returned(value=3),), error=None, stopped="no reply within 10 s",
    stdout="3", cpu_s=0.01)
    """

    outcomes: tuple[Outcome, ...]
    """Of the first calls, in order; fewer than calls if it stopped early."""
    error: Raised | None
    """What the program itself raised, before any call."""
    stopped: str | None
    """Why its process ended before all calls were answered, in one line."""
    stdout: str
    """What was printed, standard error included. It never counts."""
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call and the value that it has to return.

    Example: Case(call=Call(function="add", args=(1, 2)), expected=3)
    """

    call: Call
    expected: Any
    tolerance: float = 0.0
    """Of floats in the value; see `values.same`."""

    def accepts(self, outcome: Outcome) -> bool:
        """Return whether the outcome is the expected value, of exactly the expected type."""
        return isinstance(outcome, Returned) and same(outcome.value, self.expected, self.tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A program held against cases.

    Example: Checked(passed=False, num_passed=3, failed=7, execution=Execution(...))
    """

    passed: bool
    num_passed: int
    """Cases that passed before the first failure, in random order."""
    failed: int | None
    """Index of the case that failed; None if all passed or the program itself raised."""
    execution: Execution
    """The last execution; its last outcome is that of the failed case, if there is one."""
