"""Which run made a model, and whether its training tasks have changed since."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cogitate.disk import given
from cogitate.notices import say
from cogitate.runs.folder import CONFIG, is_run
from cogitate.tasks import Fingerprint, changed


def run_of(model: str) -> str:
    """Return a fingerprint of the run that made a model, twelve hex digits; "" if none did."""
    text = _config_of_run(model)
    return sha256(text).hexdigest()[:12] if text else ""


def say_if_edited(model: str, known: Mapping[str, Fingerprint]) -> None:
    """Report the families that have changed since a model's run."""
    text = _config_of_run(model)
    before = json.loads(text)["resolved"].get("fingerprints", {}) if text else {}
    for name, here in known.items():
        if parts := changed(before.get(name, {}), here):
            say(f"{name} has other {parts} than when {model} was trained on it")


def say_if_retrained(path: str, conditions: Mapping[str, Any]) -> None:
    """Report a saved evaluation that is of an earlier run in the same folder."""
    model, run = conditions.get("model", ""), conditions.get("run")
    if run and run_of(model) not in ("", run):
        say(f"{path} is of an earlier run in {model}, not of the one there now")


def _config_of_run(model: str) -> bytes:
    """Return the config.json of a model's run; empty if the model is not a run's."""
    folder = given(model)
    folder = folder.parent if folder.name == "model" else folder
    return (folder / CONFIG).read_bytes() if is_run(folder) else b""
