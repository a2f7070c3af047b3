"""The scores of a model: measured now, or read from what `cogitate evaluate --json` wrote.

Saved answers are judged again by the families as they are now: a saved verdict may be that of
another answer key, or of another verifier.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cogitate.config import migrations
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.evaluate.compare import Difference, difference, pooled
from cogitate.evaluate.result import FamilyResult, from_json
from cogitate.evaluate.score import EvalSpec, judge_again
from cogitate.notices import say
from cogitate.protocols import Family
from cogitate.tasks import changed, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One model's results, and what they were measured with.

    Example: Measured(model="mini", conditions={"n": 200, ...}, families={"countdown": ...})
    """

    model: str
    conditions: Mapping[str, Any]
    """Questions, budget, dtype and machine, as JSON values."""
    families: Mapping[str, FamilyResult]

    @property
    def wanted(self) -> int:
        """Questions of each family that were asked for."""
        return self.conditions["n"]

    @property
    def overall(self) -> FamilyResult | None:
        """All questions together, where there are several families."""
        return pooled(list(self.families.values())) if len(self.families) > 1 else None

    def minus(self, base: "Measured") -> dict[str, Difference]:
        """Return the paired difference on each family, and on all together."""
        pairs = {name: (result, base.families[name]) for name, result in self.families.items()}
        ours, theirs = self.overall, base.overall
        if ours is not None and theirs is not None:
            pairs[ours.family] = ours, theirs
        return {name: difference(*pair) for name, pair in pairs.items()}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        families = {name: result.to_json() for name, result in self.families.items()}
        return {"model": self.model, "conditions": self.conditions, "families": families}


def is_saved(model: str) -> bool:
    """Say whether a model's name is that of a file which --json wrote."""
    return model.endswith(".json") and not given(model).is_dir()


def families_of(path: Path) -> list[str]:
    """Return the names of the families in a file."""
    return list(_document(path)["families"])


def fingerprints(families: Mapping[str, Family]) -> dict[str, dict[str, str]]:
    """Return what a file keeps of its families; thoughts have no part in an evaluation."""
    return {
        name: {part: value for part, value in fingerprint(family).items() if part != "thoughts"}
        for name, family in families.items()
    }


def read(model: str, families: Mapping[str, Family], spec: EvalSpec) -> Measured:
    """Return what a file says of the families, judged again, and say where that differs.

    Args:
        model: the path of the file, as the user wrote it.
        families: by the names that they are asked for.
        spec: which questions are compared.

    Raises:
        UsageError: it is no such file, or was measured with other settings than the spec's.
    """
    path = given(model)
    document = _document(path)
    conditions = document["conditions"]
    _need_same_settings(path, conditions, spec)
    asked = replace(spec, n=conditions.get("n", spec.n))
    results: dict[str, FamilyResult] = {}
    for name, family in families.items():
        saved = from_json(_result(path, document, name, family))
        results[name] = judge_again(saved, family, asked)
        _say_if_changed(path, saved, results[name])
    return Measured(model=model, conditions=conditions, families=results)


def _say_if_changed(path: Path, saved: FamilyResult, again: FamilyResult) -> None:
    """Say what is other than a file says, now that its answers are judged again."""
    before = {record.question: record for record in saved.records}
    pairs = [(before[record.question], record) for record in again.records]
    counts = {
        "no longer asked": len(saved.records) - len(pairs),
        "with another target": sum(old.target != new.target for old, new in pairs),
        "with another verdict": sum(old.strict != new.strict for old, new in pairs),
    }
    found = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    if found:
        say(
            f"{again.family} is not what it was when {path} was written: of its"
            f" {len(saved.records)} questions {found}; its answers are judged again"
        )


def _document(path: Path) -> dict[str, Any]:
    try:
        saved = dict(json.loads(path.read_text(encoding="utf-8")))
        parts = {name: dict(saved[name]) for name in ("families", "conditions")}
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} was not written by cogitate evaluate --json") from error
    return migrations.evaluation(saved | parts)


def _need_same_settings(path: Path, conditions: Mapping[str, Any], spec: EvalSpec) -> None:
    if tuple(conditions.get("levels", spec.levels)) != spec.levels:
        raise UsageError(f"{path} was measured with --level {conditions['levels']}")
    for name in ("split", "seed", "samples", "temperature", "system"):
        asked = getattr(spec, name)
        if (measured := conditions.get(name, asked)) != asked:
            raise UsageError(f"{path} was measured with --{name} {measured}, not {asked}")


def _result(path: Path, document: Mapping[str, Any], name: str, family: Family) -> dict[str, Any]:
    """Return what was found of a family: of this name or, where it has moved, of the same rows."""
    results = document["families"]
    if name in results:
        return results[name]
    here = fingerprint(family)
    for other, before in document.get("fingerprints", {}).items():
        if other in results and not changed(before, here):
            return results[other]
    raise UsageError(f"{path} has no family {name}; it has {', '.join(results)}")
