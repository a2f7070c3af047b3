"""Which run made a model, and whether what it was trained on is still the same."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cogitate.disk import given
from cogitate.notices import say
from cogitate.runs.folder import CONFIG, is_run
from cogitate.tasks import Fingerprint, changed


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


def say_if_retrained(path: str, conditions: Mapping[str, Any]) -> None:
    """Say whether a saved evaluation is of an earlier run than the one in the same folder."""
    model, run = conditions.get("model", ""), conditions.get("run")
    if run and run_of(model) not in ("", run):
        say(f"{path} is of an earlier run in {model}, not of the one that stands there now")


def _config_of_run(model: str) -> bytes:
    """Return what a run keeps of how it began; nothing where the model is no run's."""
    folder = given(model)
    folder = folder.parent if folder.name == "model" else folder
    return (folder / CONFIG).read_bytes() if is_run(folder) else b""
