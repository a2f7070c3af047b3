"""Tasks: questions with known answers, from families.

    load_family("letter_counting").generate("train", 7) -> Task(question=..., target="3", ...)

A family is a name of `FAMILIES`, `reasoning_gym:NAME`, or a path to a .jsonl, .csv or .py file or a
folder of tests.
"""

from cogitate.protocols import Family
from cogitate.tasks.capabilities import (
    Demonstrates,
    Finite,
    capabilities,
    item,
    num_levels,
    size,
)
from cogitate.tasks.fingerprints import Fingerprint, changed, fingerprint
from cogitate.tasks.keys import find_task
from cogitate.tasks.probes import probe
from cogitate.tasks.report import Report, check
from cogitate.tasks.sources import FAMILIES, LEVEL, open_family

__all__ = [
    "FAMILIES",
    "LEVEL",
    "Demonstrates",
    "Fingerprint",
    "Finite",
    "Report",
    "capabilities",
    "changed",
    "check",
    "find_task",
    "fingerprint",
    "item",
    "load_family",
    "num_levels",
    "open_family",
    "size",
]


def load_family(name: str, sandbox_level: str = LEVEL) -> Family:
    """Return a family that passed its probes.

    Args:
        name: a name of `FAMILIES`, `reasoning_gym:NAME`, or a path.
        sandbox_level: minimum level of the sandbox, for families that run programs.

    Raises:
        UsageError: the family does not exist, its file does not parse, or a probe failed.
    """
    return probe(open_family(name, sandbox_level))
