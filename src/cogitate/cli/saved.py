"""What `cogitate evaluate --json` wrote, for use where a model can be named.

Its answers are judged again by the families as they are now: a saved verdict may be that of
another answer key, or of another verifier.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cogitate.cli.scores import judged_again_text
from cogitate.config import migrations
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.evaluate import Exam, FamilyResult, from_json, judge_again
from cogitate.notices import say
from cogitate.tasks import Fingerprint, changed, fingerprint
from cogitate.types import Family

Results = dict[str, FamilyResult]


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


def read(path: Path, families: Mapping[str, Family], exam: Exam) -> tuple[dict[str, Any], Results]:
    """Return a file's conditions, and its results for the families, judged again.

    Raises:
        UsageError: it is no such file, or was measured with other settings than the exam's.
    """
    document = _document(path)
    conditions = document["conditions"]
    _need_same_settings(path, conditions, exam)
    _say_if_retrained(path, conditions)
    asked = replace(exam, n=conditions.get("n", exam.n))
    results: Results = {}
    for name, family in families.items():
        saved = from_json(_result(path, document, name, family))
        results[name] = judge_again(saved, family, asked)
        if told := judged_again_text(str(path), saved, results[name]):
            say(told)
    return conditions, results


def run_of(model: str) -> str:
    """Return twelve hex digits that tell the run which made a model; "" where none did."""
    text = _config_of_run(model)
    return sha256(text).hexdigest()[:12] if text else ""


def say_if_edited(model: str, known: Mapping[str, Fingerprint]) -> None:
    """Say which families are not what a model's run was trained on."""
    text = _config_of_run(model)
    before = json.loads(text)["resolved"].get("fingerprints", {}) if text else {}
    for name, here in known.items():
        if parts := changed(before.get(name, {}), here):
            say(f"{name} has other {parts} than when {model} was trained on it")


def _document(path: Path) -> dict[str, Any]:
    try:
        saved = dict(json.loads(path.read_text(encoding="utf-8")))
        parts = {name: dict(saved[name]) for name in ("families", "conditions")}
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} was not written by cogitate evaluate --json") from error
    return migrations.evaluation(saved | parts)


def _need_same_settings(path: Path, conditions: Mapping[str, Any], exam: Exam) -> None:
    if tuple(conditions.get("levels", exam.levels)) != exam.levels:
        raise UsageError(f"{path} was measured with --level {conditions['levels']}")
    for name in ("split", "seed", "samples", "temperature", "system"):
        asked = getattr(exam, name)
        if (measured := conditions.get(name, asked)) != asked:
            raise UsageError(f"{path} was measured with --{name} {measured}, not {asked}")


def _say_if_retrained(path: Path, conditions: Mapping[str, Any]) -> None:
    model, run = conditions.get("model", ""), conditions.get("run")
    if run and run_of(model) not in ("", run):
        say(f"{path} is of an earlier run in {model}, not of the one that stands there now")


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


def _config_of_run(model: str) -> bytes:
    """Return what a run keeps of how it began; nothing where the model is no run's."""
    from cogitate.runs.folder import CONFIG, is_run

    folder = given(model)
    folder = folder.parent if folder.name == "model" else folder
    return (folder / CONFIG).read_bytes() if is_run(folder) else b""
