"""What is to be mended: from a command that fails, or from an error that some command has printed.

case_of(workspace, ["python", "shop.py"])  ->  (Case(...), Ran(...)); no Case if it passes
case_of_text(text, cwd)                    ->  Case(...)
"""

import itertools
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cogitate.coding.faults import debug_prompt, questions_prompt
from cogitate.sandbox.commands import Ran, Workspace
from cogitate.sandbox.commands.tree import is_own
from cogitate.sandbox.copies import listed
from cogitate.sandbox.suites.project import root_of
from cogitate.sandbox.suites.reports import complaint
from cogitate.work.debugging.failures import Failure, counts, read, stopped
from cogitate.work.debugging.sources import Sources, gather
from cogitate.work.debugging.trees import Tree

_PYTEST = ("-rfE", "--tb=short", "--color=no")
"""Arguments that make pytest say what failed, whatever the project's configuration is."""

_NOT_BEGUN = {4: "pytest refuses its arguments", 5: "pytest finds no tests"}
"""By its exit status."""
_NO_PROGRAM = re.compile(
    r"^\S*python[\d.]*: (can't open file .*|No module named \S+)\s*\Z", re.MULTILINE
)
"""All that an interpreter says that was not given a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is to be mended, and what is known about it.

    Example: Case(failure=Failure(...), tree=Tree(...), sources=Sources(...), command="python a.py")
    """

    failure: Failure
    tree: Tree
    sources: Sources
    command: str = ""
    """For reading, with its program's name alone; empty if there is only its output."""
    before: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many tests passed, failed and so on, of a command that runs tests."""
    printed: bool = False
    """Whether it printed something to standard output that is not the failure."""

    @property
    def can_be_patched(self) -> bool:
        """Whether there is a Python file that may be changed."""
        return self.failure.language == "Python" and bool(self.sources.texts)

    @property
    def prompt(self) -> str:
        """The prompt that all samples share."""
        sources, error = self.sources, self.failure.text
        if not self.can_be_patched:
            shown = sources.programs | sources.tests
            return questions_prompt(
                shown, error, command=self.command, language=self.failure.language
            )
        return debug_prompt(
            sources.programs,
            error,
            tests=sources.tests,
            command=self.command,
            whole=sources.is_whole,
        )


def case_of(workspace: Workspace, argv: Sequence[str], wall_s: int = 20) -> tuple[Case | None, Ran]:
    """Run a command in a copy, and return what it failed of; None if it passes."""
    ran = workspace.run(wall_s=wall_s, more=more(argv))
    if ran.passed:
        return None, ran
    tree = Tree(
        root=workspace.root,
        cwd=workspace.cwd,
        files=frozenset(path.as_posix() for path in workspace.files),
        argv=tuple(argv),
    )
    output = f"{ran.stdout}\n{ran.stderr}"
    failure = stopped(ran.stopped, tree.root, output) if ran.stopped else read(output, tree)
    case = Case(
        failure=failure,
        tree=tree,
        sources=gather(failure, tree, argv),
        command=shlex.join([Path(argv[0]).name, *argv[1:]]),
        before=counts(output) if more(argv) or failure.tests else {},
        printed=bool(ran.stdout.strip() and (ran.stopped or read(ran.stderr, tree).frames)),
    )
    return case, ran


def more(argv: Sequence[str]) -> Sequence[str]:
    """Return what is added to a command so that its failure can be read."""
    names = {Path(argv[0]).name, *(b for a, b in itertools.pairwise(argv) if a == "-m")}
    return _PYTEST if names & {"pytest", "py.test"} else ()


def no_program(argv: Sequence[str], ran: Ran) -> str | None:
    """Return why a command has no program that could have failed; None if it has one.

    Example: "No module named shpo"
    """
    if more(argv) and ran.status in _NOT_BEGUN:
        return complaint(f"{ran.stdout}\n{ran.stderr}") or _NOT_BEGUN[ran.status]
    found = _NO_PROGRAM.search(ran.stderr)
    return found[1] if found else None


def case_of_text(text: str, cwd: Path) -> Case:
    """Return what an error tells of, for the project that a folder is in."""
    root = root_of(cwd)
    own = (path.as_posix() for path in listed(root) if is_own(root / path, root))
    tree = Tree(root=root, cwd=cwd, files=frozenset(own))
    failure = read(text, tree)
    return Case(failure=failure, tree=tree, sources=gather(failure, tree))
