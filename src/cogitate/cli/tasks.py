"""`cogitate tasks`: lists the families of tasks, or checks one."""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from cogitate.cli.arguments import first_line, parse
from cogitate.errors import UsageError

KINDS = """\
  reasoning_gym:NAME   any data set of the package reasoning-gym; append :key=value to set a field
  FILE.jsonl, FILE.csv questions and answers of your own (columns question, answer; thought if you
                       have worked solutions)
  FILE.py              a family of your own (about 20 lines; see the README)

cogitate tasks check F probes one, shows some of its questions and warns of odd answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """List the families of tasks, or check one: probe its verifier and show some questions."""

    what: Annotated[
        tyro.conf.Positional[Literal["list", "check"]], tyro.conf.arg(metavar="[list|check]")
    ] = "list"
    family: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="[F]")] = ""
    """With check: a name, reasoning_gym:NAME, or a path to .jsonl, .csv or .py."""


def run(args: list[str]) -> int:
    """List or check."""
    options = parse(Options, args, "tasks")
    if options.what == "list":
        print(_overview())
        return 0
    if not options.family:
        raise UsageError("which family? Name one that cogitate tasks lists")
    from cogitate.tasks import check

    report = check(options.family)
    print(report)
    if not report.passed:
        failed = next(probe for probe in report.probes if probe.failure)
        raise UsageError(f"{report.name} is refused: {failed.name}: {failed.failure}")
    return 0


def _overview() -> str:
    from cogitate.tasks import FAMILIES

    own = "\n".join(f"  {name:<21}{first_line(make)}" for name, make in FAMILIES.items())
    return f"{own}\n{KINDS}"
