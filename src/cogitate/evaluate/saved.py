"""The results of a model: measured now, or read from a file of `cogitate evaluate --json`.

Saved answers are judged again by the current families, since targets or verifiers may have changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cogitate.config import migrations
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.evaluate.compare import Difference, difference, pooled
from cogitate.evaluate.result import FamilyResult, from_json
from cogitate.evaluate.scoring import EvalSpec, judge_again
from cogitate.notices import say
from cogitate.protocols import Family
from cogitate.tasks import changed, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One model's results, with their conditions.

    Example: Measured(model="mini", conditions={"n": 200, ...}, families={"countdown": ...})
    """

    model: str
    conditions: Mapping[str, Any]
    """Questions, budget, dtype and machine, as JSON values."""
    families: Mapping[str, FamilyResult]

    @property
    def requested(self) -> int:
        """Number of questions requested of each family."""
        return self.conditions["n"]

    @property
    def overall(self) -> FamilyResult | None:
        """All questions together; None for a single family."""
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
    """Return whether a model's name is that of a file written by --json."""
    return model.endswith(".json") and not given(model).is_dir()


def agreed(models: Sequence[str]) -> dict[str, Any]:
    """Return levels, seed and system message that models are compared with, as in `EvalSpec`.

    They are those of the files, if all are files, else the defaults.

    Example: agreed(["a.json", "b.json"]) -> {"levels": (2, 3), "seed": 0, "system": None}

    Raises:
        UsageError: files differ, or a model is to be compared with a file of other settings.
    """
    defaults: dict[str, Any] = {"levels": (), "seed": 0, "system": None}
    found: dict[str, dict[str, Any]] = {}
    for model in filter(is_saved, models):
        conditions = _document(given(model))["conditions"]
        found[model] = {name: conditions.get(name, usual) for name, usual in defaults.items()}
        found[model]["levels"] = tuple(found[model]["levels"])
    wanted = found[models[0]] if all(map(is_saved, models)) else defaults
    for model, own in found.items():
        if others := [_option(name, own[name]) for name in own if own[name] != wanted[name]]:
            raise UsageError(
                f"{model} was measured with {' '.join(others)}, and others are not: measure all"
                " alike with cogitate evaluate --json FILE, and compare the files"
            )
    return wanted


def families_of(path: Path) -> list[str]:
    """Return the names of the families in a file."""
    return list(_document(path)["families"])


def fingerprints(families: Mapping[str, Family]) -> dict[str, dict[str, str]]:
    """Return the fingerprints to save; without thoughts, which evaluations do not use."""
    return {
        name: {part: value for part, value in fingerprint(family).items() if part != "thoughts"}
        for name, family in families.items()
    }


def read(model: str, families: Mapping[str, Family], spec: EvalSpec) -> Measured:
    """Return a file's results, judged again, and print a notice if they differ.

    Args:
        model: the path of the file, as the user gave it.
        families: by their names on the command line.
        spec: which questions are compared.

    Raises:
        UsageError: the file is not an evaluation, or its settings differ from the spec's.
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
    """Print how the results differ from the file, now that answers are judged again."""
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
            f"{again.family} has changed since {path} was written: of its"
            f" {len(saved.records)} questions {found}; its answers are judged again"
        )


def _document(path: Path) -> dict[str, Any]:
    try:
        saved = dict(json.loads(path.read_text(encoding="utf-8")))
        parts = {name: dict(saved[name]) for name in ("families", "conditions")}
        _ = int(parts["conditions"]["n"]), dict(parts["conditions"]["budget"])
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} holds no answers: it is no file of cogitate evaluate --json, or one of"
            " --budgets, --deadlines, --frontier or --reflection"
        ) from error
    return migrations.evaluation(saved | parts)


def _need_same_settings(path: Path, conditions: Mapping[str, Any], spec: EvalSpec) -> None:
    if (levels := tuple(conditions.get("levels", spec.levels))) != spec.levels:
        raise UsageError(f"{path} was measured with {_option('levels', levels)}")
    for name in ("split", "seed", "samples", "temperature", "system"):
        asked = getattr(spec, name)
        if (measured := conditions.get(name, asked)) != asked:
            raise UsageError(f"{path} was measured with --{name} {measured}, not {asked}")


def _option(name: str, value: Any) -> str:
    """Return a setting as an option of the command: "--level 2,3", "no --system"."""
    flag = "--level" if name == "levels" else f"--{name}"
    if value in ((), None):
        return f"no {flag}"
    return f"{flag} {','.join(map(str, value)) if name == 'levels' else value}"


def _result(path: Path, document: Mapping[str, Any], name: str, family: Family) -> dict[str, Any]:
    """Return the result of a family by name, or if it was moved, by fingerprint."""
    results = document["families"]
    if name in results:
        return results[name]
    here = fingerprint(family)
    for other, before in document.get("fingerprints", {}).items():
        if other in results and not changed(before, here):
            return results[other]
    raise UsageError(f"{path} has no family {name}; it has {', '.join(results)}")
