"""The words in which code is asked for: a module by its tests, and once more with what failed."""

from collections.abc import Mapping, Sequence

from cogitate.coding.asked import Asked
from cogitate.coding.stubs import stub

LONG = 150
"""Lines of a file from which on an answer holds the definitions that change, and not all of it."""


def module_prompt(
    name: str, tests: Mapping[str, str], asked: Sequence[Asked], current: str | None = None
) -> str:
    """Return the prompt for a module that makes tests pass.

    Args:
        name: the file's name, such as "dotget.py".
        tests: texts of the test files by name.
        asked: what they need of it.
        current: the file's present text.
    """
    parts = [f"These are the tests of the Python module {name}:", _shown(tests)]
    if current is None:
        parts.append(f"{name} does not exist yet. Write it, so that all of these tests pass.")
    else:
        parts += [f"This is {name} now:", block(current)]
        parts.append(f"Change {name}, so that all of these tests pass.")
    if asked:
        parts += ["It has to define:", block(stub(asked))]
    return "\n\n".join([*parts, _reply(name, current)])


def repaired_prompt(name: str, tests: Mapping[str, str], text: str, failures: str) -> str:
    """Return the prompt for one more try on a module, with what failed; see `module_prompt`."""
    return "\n\n".join(
        [
            f"These are the tests of the Python module {name}:",
            _shown(tests),
            f"This is {name} now:",
            block(text),
            f"It fails:\n{failures}",
            f"The tests are correct. Correct {name}, so that all of them pass.",
            _reply(name, text),
        ]
    )


def _reply(name: str, current: str | None) -> str:
    if current is not None and current.count("\n") > LONG:
        return (
            "Answer with each function or class that changes, complete, in one code block, and"
            " nothing else of the file."
        )
    return f"Answer with the complete {name}, without the tests, in one code block."


def _shown(tests: Mapping[str, str]) -> str:
    return block("\n\n\n".join(f"# {name}\n{text.strip()}" for name, text in tests.items()))


def block(text: str, language: str = "python") -> str:
    """Return text as a block of code."""
    fence = "```" if "```" not in text else "~~~~"
    return f"{fence}{language}\n{text.strip()}\n{fence}"
