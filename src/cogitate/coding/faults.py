"""The words in which a fault is asked about: a failing program and its error in, a patch out."""

from collections.abc import Mapping

from cogitate.coding.prompts import block


def debug_prompt(
    programs: Mapping[str, str],
    error: str,
    *,
    tests: Mapping[str, str] | None = None,
    command: str = "",
    whole: bool = True,
) -> str:
    """Return the prompt for a diagnosis and a patch, or for questions.

    Args:
        programs: texts by file name; the first is the one that most likely has the fault.
        error: the failure, cut to the project's own part.
        tests: texts of tests that are shown and not to be changed.
        command: what was run.
        whole: whether the programs are shown whole, so that the answer is a whole file.
    """
    names = list(programs)
    ran = f"`{command}` fails." if command else "A program fails."
    parts = [f"{ran} Find the fault in {' or '.join(names)} and correct it."]
    parts += [
        f"{name}, which is correct and is not to be changed:\n{block(text)}"
        for name, text in (tests or {}).items()
    ]
    parts.append(f"The error:\n{block(error, '')}")
    parts += [f"{name} is now:\n{block(text)}" for name, text in programs.items()]
    what = "the complete text of" if whole else "the functions that change, complete, of"
    which = names[0] if len(names) == 1 else "the file that has the fault"
    parts.append(
        f"Say in two sentences what is wrong. Then give {what} {which}, corrected, in one ```python"
        " block. Change no more than the fault, and do not hide the error. If the correction needs"
        " a value that is stated nowhere, give no code: ask one question that names it."
    )
    return "\n\n".join(parts)


def questions_prompt(
    programs: Mapping[str, str], error: str, *, command: str = "", language: str = ""
) -> str:
    """Return the prompt for a diagnosis and up to three questions, without a patch."""
    ran = f"`{command}` fails" if command else "A program fails"
    parts = [f"{ran} ({language})." if language else f"{ran}."]
    parts += [f"{name}:\n{block(text, '')}" for name, text in programs.items()]
    parts.append(f"The error:\n{block(error, '')}")
    parts.append(
        "Say in two sentences what is most likely wrong. Then ask up to three questions, one a"
        " line, each about a value or an output that would tell two possible causes apart. Write"
        " no code."
    )
    return "\n\n".join(parts)
