"""One table of renamed settings, keys and flags: the previous format's names -> today's.

    settings({"practice": {...}})       -> {"drill": {...}}        config.json, checkpoints, models
    record({"unjudged": 2.0, ...})      -> {"verifier_failed": 2.0, ...}   metrics, events, rollouts
    evaluation({"conditions": ...})     what `cogitate evaluate --json` wrote
    renamed_flag("--practice.chat")     -> "--drill.chat"          the command line

Values in today's format are unchanged, so that one reader serves both.
"""

from collections.abc import Mapping
from typing import Any, cast

Json = Mapping[str, Any]

USUAL_BEFORE: dict[str, float] = {
    "no_signal_steps": 8, "truncation_limit": 0.5, "window": 10, "entropy_floor": 0.001,
    "entropy_jump": 3.0, "length_jump": 3.0, "bad_share": 0.2, "verifier_failed": 0.05,
    "effective_samples": 0.99, "disagreement_growth": 4.0, "step_kl": 0.02, "grad_spike": 10.0,
    "loss_jump": 3.0, "slowdown": 3.0, "held_out_fall": 0.1, "rollbacks": 3,
}  # fmt: skip
"""Thresholds with their defaults in the previous format: these defaults become no overrides."""

_THRESHOLD = "watch.thresholds."
_MOVED = {
    "no_signal_steps": "run.no_signal_steps",
    "truncation_limit": "run.truncation_limit",
    "verifier_failed": "watch.unjudged",
}
"""Thresholds that were not named `watch.NAME`."""

SETTINGS: dict[str, str] = {
    "practice": "drill",
    "pretrain.terse_share": "pretrain.empty_thought_share",
    "cold_start.terse_share": "cold_start.empty_thought_share",
    "cold_start.detours": "cold_start.self_correction_share",
    "optim.beta1": "optim.betas.0",
    "optim.beta2": "optim.betas.1",
    **{_MOVED.get(name, f"watch.{name}"): f"{_THRESHOLD}{name}" for name in USUAL_BEFORE},
}
"""Settings by dotted name: a section, a field, an element of a field, or a threshold."""

KEYS: dict[str, str] = {
    "unjudged": "verifier_failed",
    "underived": "unsupported",
    "worth": "return",
}
"""Keys of metrics, events and rollouts; also names of rules and events."""

VALUES: dict[str, dict[str, str]] = {
    "phase": {"practice": "drill"},
    "event": KEYS,
    "rule": KEYS,
}
"""Keys whose values are names too -> old value -> new value."""

BUDGET: dict[str, str] = {"least": "min_think", "told": "stated", "grace": "soft_stop"}
"""Fields of a `Budget`."""

FLAGS: dict[str, str] = {"--least": "--min-think", "--most": "--max-think"}
"""Options of the command line that are not settings."""


def settings(values: Json) -> dict[str, Any]:
    """Return the values of a `TrainConfig` under today's names.

    A section or field with both names is left unchanged; the reader refuses it.
    """
    now = _copied(values)
    for old, new in SETTINGS.items():
        section, _, name = old.rpartition(".")
        holder = cast("dict[str, Any]", now.get(section) if section else now)
        if not isinstance(holder, dict) or name not in holder:  # pyright: ignore[reportUnnecessaryIsInstance]
            continue
        if new.startswith(_THRESHOLD):
            _to_threshold(now, holder, name, new)
        elif new[-1].isdigit():
            _to_place(holder, name, new)
        elif (here := new.rpartition(".")[2]) not in holder:
            holder[here] = holder.pop(name)
    return now


def _to_threshold(now: dict[str, Any], holder: dict[str, Any], old: str, new: str) -> None:
    """Move a threshold to the overrides, unless it has its old default."""
    name = new.removeprefix(_THRESHOLD)
    value = holder.pop(old)
    if value != USUAL_BEFORE[name]:
        now.setdefault("watch", {}).setdefault("thresholds", {})[name] = value


def _to_place(holder: dict[str, Any], old: str, new: str) -> None:
    """Append a value to a list; the table has the values of a list in order."""
    name = new.split(".")[-2]
    holder.setdefault(name, []).append(holder.pop(old))


def record(values: Json) -> dict[str, Any]:
    """Return a line of metrics.jsonl, events.jsonl or rollouts/ under today's names.

    Example: record({"phase": "practice", "unjudged": 2.0}) -> {"phase": "drill",
    "verifier_failed": 2.0}
    """
    now = {KEYS.get(key, key): _value(key, value) for key, value in values.items()}
    if (
        "groups_with_signal" in now
    ):  # a step of RL, before what thoughts cost and turns were counted
        now = {"return": now["reward"], "episodes": now["rollouts"]} | now
    return now


def resolved(values: Json) -> dict[str, Any]:
    """Return a run's resolved configuration, with its phases under today's names."""
    phases = [
        {**phase, "name": _value("phase", phase["name"])} for phase in values.get("phases", ())
    ]
    return {**values, "phases": phases} if phases else dict(values)


def watched(saved: Json) -> dict[str, Any]:
    """Return the state of the rules in a checkpoint, under today's names."""
    seen = {part: record(values) for part, values in saved["seen"].items()}
    signal = _renamed(saved["signal"], {"rewards": "returns"})
    return {**record(saved), "seen": seen, "quiet": record(saved["quiet"]), "signal": signal}


def evaluation(document: Json) -> dict[str, Any]:
    """Return a document of `cogitate evaluate --json`, with its budgets under today's names."""
    now = dict(document)
    conditions = now.get("conditions")
    if isinstance(conditions, Mapping) and "budget" in conditions:
        budget = cast("Json", conditions["budget"])
        now["conditions"] = {**conditions, "budget": _renamed(budget, BUDGET)}
    if "against" in now:
        now["against"] = evaluation(now["against"])
    return now


def renamed_flag(flag: str) -> str | None:
    """Return the new name of a command-line option; None if it has not changed.

    Example: renamed_flag("--watch.entropy-jump") -> "--watch.thresholds entropy_jump VALUE"
    """
    if flag in FLAGS:
        return FLAGS[flag]
    name = flag.removeprefix("--").replace("-", "_")
    section, dot, field = name.partition(".")
    new = SETTINGS.get(name) or (f"{SETTINGS[section]}{dot}{field}" if section in SETTINGS else "")
    if new.startswith(_THRESHOLD):
        return f"--watch.thresholds {new.removeprefix(_THRESHOLD)} VALUE"
    if new[-1:].isdigit():
        return f"--{new[:-2]} VALUE VALUE"
    return f"--{new.replace('_', '-')}" if new else None


def _value(key: str, value: Any) -> Any:
    return VALUES[key].get(value, value) if key in VALUES and isinstance(value, str) else value


def _renamed(values: Json, names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in values.items()}


def _copied(values: Json) -> dict[str, Any]:
    """Return a copy with mutable sections."""
    return {
        key: _copied(cast("Json", value)) if isinstance(value, Mapping) else value
        for key, value in values.items()
    }
