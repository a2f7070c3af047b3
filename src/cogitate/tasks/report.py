"""`cogitate tasks check F`: sizes, capabilities, probes, samples and warnings of a family."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks.capabilities import Demonstrates, capabilities, size
from cogitate.tasks.contamination import NUM_WORDS, shares_words
from cogitate.tasks.files.rows import task_of
from cogitate.tasks.isolated import Isolated
from cogitate.tasks.probes import Probe, run_probes
from cogitate.tasks.sources import LEVEL, is_python, open_family, rows_of
from cogitate.tasks.warnings import case_warning, target_warnings
from cogitate.types import Task

NUM_SAMPLES = 5
_NUM_TRIED = 200
"""Questions of each split that are checked in a Python file without rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Findings of `check`; `str` gives them as text.

    Example: Report(name="arithmetic", sizes={"train": None, "test": None, "ood": None},
    probes=(...), samples=(...), demonstration=("8+6=14 ...", "14"))
    """

    name: str
    sizes: dict[str, int | None]
    """Questions of each split that the family has; None if unbounded."""
    probes: tuple[Probe, ...]
    samples: tuple[Task, ...]
    demonstration: tuple[str, str] | None
    """Thought and answer of the first sample; None without worked solutions."""
    warnings: tuple[str, ...] = ()
    """One line each: targets that no answer matches, targets that an echo matches, and names that
    resemble a capability but are none."""
    capabilities: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the family may be used."""
        return all(probe.failure is None for probe in self.probes)

    def __str__(self) -> str:
        """Return the report as lines of text."""
        sizes = ", ".join(
            f"{split} {'unbounded' if num is None else num}" for split, num in self.sizes.items()
        )
        lines = [self.name, f"  splits: {sizes}"]
        lines.append(f"  capabilities: {', '.join(self.capabilities) or 'none'}")
        lines.append("  probes:")
        for probe in self.probes:
            passed = "ok" if probe.failure is None else f"FAILED: {probe.failure}"
            lines.append(f"    {probe.name} scores {probe.expected:g}: {passed}")
        lines.append("  samples:")
        for task in self.samples:
            question = task.question.replace("\n", "\n      ")
            lines.append(f"    level {task.level}: {question} -> {task.target}")
        if self.demonstration is None:
            lines.append("  no worked solutions: the cold start is skipped")
        else:
            lines.append(f"  worked solution of the first: {self.demonstration[0].strip()}")
        return "\n".join([*lines, *(f"  warning: {warning}" for warning in self.warnings)])


def check(name: str, sandbox_level: str = LEVEL) -> Report:
    """Open a family, probe it and draw samples; failed probes are in the report.

    Raises:
        UsageError: there is no such family, or it makes no tasks.
    """
    family = open_family(name, sandbox_level)
    sizes = _sizes(family)
    split = "test" if sizes["train"] == 0 else "train"
    num = sizes[split]
    seeds = range(NUM_SAMPLES if num is None else min(num, NUM_SAMPLES))
    samples = tuple(family.generate(split, seed) for seed in seeds)
    unread = family.unread if isinstance(family, Isolated) else ()
    shown = None
    if isinstance(family, Demonstrates) and samples:
        shown = family.demonstrate(samples[0])
    probes = tuple(run_probes(family))
    return Report(
        name=name,
        sizes=sizes,
        probes=probes,
        samples=samples,
        demonstration=shown,
        warnings=(*(_warnings(name, family, sizes) if probes[-1].judged else ()), *unread),
        capabilities=capabilities(family),
    )


def _warnings(name: str, family: Family, sizes: dict[str, int | None]) -> Iterator[str]:
    """Yield warnings about the rows of a file, or the questions that a Python file generates."""
    if is_python(Path(name)):
        for split in ("train", "test"):
            num, tasks = sizes[split], dict[int, Task]()
            with suppress(UsageError):  # a user's function may have fewer
                for seed in range(_NUM_TRIED if num is None else num):
                    tasks[seed] = family.generate(split, seed)
            yield from target_warnings(f"{split} question", tasks, family)
    elif rows := rows_of(name):
        tasks = {row.line: task_of(row, name, f"{name}/{row.line}") for row in rows}
        yield from case_warning("line", tasks)
        yield from target_warnings("line", tasks, family)
        shared = [
            str(row.line)
            for row in rows
            if shares_words(row.question, row.answer, row.thought or "")
        ]
        if shared:
            yield (
                f"{len(shared)} of {len(rows)} lines share {NUM_WORDS} words with HumanEval and are"
                f" left out of training; the first is line {shared[0]}"
            )


def _sizes(family: Family) -> dict[str, int | None]:
    sizes: dict[str, int | None] = {"train": size(family, "train"), "test": size(family, "test")}
    try:
        family.generate("ood", 0)
    except UsageError:
        return sizes
    return {**sizes, "ood": size(family, "ood")}
