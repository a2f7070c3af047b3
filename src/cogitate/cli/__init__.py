"""The command line: one file per verb, each with `run(args) -> exit code`.

A verb is imported when it is called, so that `cogitate --help` imports neither torch nor anything
else that is slow. To add a verb, write its file and its line in `VERBS`.
"""

import difflib
import importlib
import io
import os
import sys
from collections.abc import Sequence

import cogitate
from cogitate.errors import CogitateError, UsageError
from cogitate.extras import advice
from cogitate.notices import say

VERBS: dict[str, str] = {
    "tasks": "list the families of tasks, check one, or judge an answer",
    "train": "teach a model to think before it answers, by a recipe",
    "models": "list, pull, remove, show and export models",
    "evaluate": "measure accuracy and thinking, with intervals, on held-out questions",
    "challenge": "keep questions that models are said to fail, and try models on them",
    "compare": "profile models by family and level, and name the quirks on which seeds agree",
    "check": "check a model for faults: form, budgets, memorisation, forgetting, faithfulness",
    "report": "write one HTML file about runs: curves, accuracies, rollouts, commands",
    "serve": "serve OpenAI's API, with thinking budgets and deadlines",
    "ask": "ask one question: the thought streams, then the answer",
    "tdd": "write the module that your tests import, until they pass",
    "debug": "find out why a command fails: a patch with which it passes, or questions",
    "doctor": "show what this machine can do, what is missing and how to install it",
}
"""In the order of use; last the one that inspects the machine."""

INTERRUPTED = 130
_SPINS = "10000"
"""Turns, up to half a millisecond, for which a thread of OpenMP waits for the others before it
sleeps. By its own default of 300,000 the waiting thread keeps a core from the one that it waits
for, if another program takes the other: ten times and more as slow."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; errors of the user are one line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for text that this terminal cannot show
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)  # read when torch is loaded
    try:
        code = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except CogitateError as error:
        say(str(error))
        return error.exit_code
    except (ModuleNotFoundError, RuntimeError) as error:
        if (what := _advice(error)) is None:
            raise
        say(what)
        return UsageError.exit_code
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has closed the pipe (`| head`): write nothing more, also not at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        say(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return CogitateError.exit_code
    return code


def _advice(error: ModuleNotFoundError | RuntimeError) -> str | None:
    """Return what to do about an error of the machine; None if the error is ours."""
    if isinstance(error, ModuleNotFoundError):
        return advice(error)
    kinds = [kind.__name__ for kind in type(error).__mro__]  # also of another process, by Ray
    if "OutOfMemoryError" in kinds:  # torch's, which need not be loaded here
        return (
            "the GPU has too little memory for this: ask for fewer rows or a lower"
            " --run.memory-gb, or hide the GPU by CUDA_VISIBLE_DEVICES="
        )
    return None


def _dispatch(args: list[str]) -> int:
    if not args or args[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    if args[0] in ("-V", "--version"):
        print(f"cogitate {cogitate.__version__}")
        return 0
    verb, rest = args[0], args[1:]
    if verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(VERBS)}"
        raise UsageError(f"there is no verb {verb!r}; {hint}")
    return importlib.import_module(f"cogitate.cli.{verb}").run(rest)


def _overview() -> str:
    title, _, rest = (cogitate.__doc__ or "").partition("\n\n")
    line, _, _ = rest.partition("\n\n")
    verbs = "\n".join(f"  {verb:<10}{about}" for verb, about in VERBS.items())
    return (
        f"usage: cogitate VERB ...\n\n{title}\n\n{line}\n\n{verbs}\n\n"
        "cogitate VERB --help lists the options of a verb."
    )
