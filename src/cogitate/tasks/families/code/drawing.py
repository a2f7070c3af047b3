"""From a random generator to a program with its inputs, and from a task's metadata back to them."""

from collections.abc import Mapping, Sequence
from random import Random
from textwrap import fill, indent
from typing import Any

from cogitate.errors import UsageError
from cogitate.tasks.families.code import programs
from cogitate.tasks.families.code.admission import Admitted, admit
from cogitate.tasks.families.code.programs import Program, read, run
from cogitate.tasks.splits import draw_within
from cogitate.types import Task

OOD_STEPS = 1
"""Number of operations that the ood split has more."""
_WIDTH = 88
_TRIES = 100


def draw_admitted(rng: Random, split: str, level: int) -> tuple[Program, Admitted]:
    """Return a program of a split and its inputs.

    Raises:
        UsageError: none was found.
    """
    num_steps = level + (OOD_STEPS if split == "ood" else 0)
    for _ in range(_TRIES):
        program = draw_within(
            split,
            lambda: programs.draw(rng, num_steps),
            lambda drawn: drawn.content,
            f"compositions of level {level}",
        )
        if admitted := admit(program, rng):
            return program, admitted
    raise UsageError(f"no good program of level {level} was found")


def data_of(program: Program, admitted: Admitted) -> dict[str, Any]:
    """Return the metadata of a task; several programs are correct."""
    return {
        "cluster": program.content,
        "several": True,
        "name": program.name,
        "takes": program.steps[0].takes,
        "steps": [[step.operation.name, step.value] for step in program.steps],
        "visible": list(admitted.visible),
        "hidden": list(admitted.hidden),
    }


def program_in(task: Task) -> Program:
    """Return the correct program of a task."""
    given: Mapping[str, Any] = task.metadata
    return read(given["name"], given["takes"], given["steps"])


def says(clauses: Sequence[str]) -> str:
    """Return clauses as sentences."""
    text = ", then ".join(clauses)
    return f"{text[0].upper()}{text[1:]}. Return the result."


def examples(program: Program, inputs: Sequence[Any], form: str) -> str:
    """Return a text for each input, as `form` has it with its call and value.

    Example: examples(program, [[1, 2]], "{call} == {value}") -> "total([1, 2]) == 3"
    """
    return "\n".join(
        form.format(call=call_of(program, value), value=repr(run(program.chain, value)))
        for value in inputs
    )


def call_of(program: Program, value: Any) -> str:
    """Return a call as source."""
    return f"{program.name}({value!r})"


def docstring(text: str, calls: str = "") -> str:
    """Return a docstring with examples below its text, indented."""
    lines = [fill(f'"""{text}', _WIDTH), "", *calls.splitlines(), '"""']
    return indent("\n".join(lines) if calls else f'{lines[0]}\n"""', "    ")


def fenced(source: str) -> str:
    """Return source as a block of an answer."""
    return f"```python\n{source}\n```"
