"""Configurations as JSON and back; an unknown key is an error."""

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

from cogitate.config import migrations
from cogitate.config.fields import TrainConfig
from cogitate.errors import UsageError


def to_json(config: Any) -> dict[str, Any]:
    """Return the configuration as plain JSON values."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def from_json(values: Mapping[str, Any]) -> TrainConfig:
    """Return the configuration that `to_json` wrote, in today's or the previous format.

    Raises:
        UsageError: a setting is unknown, missing or of another type.
    """
    return _build(TrainConfig, migrations.settings(values), "")


def differences(old: TrainConfig, new: TrainConfig) -> list[str]:
    """Return one line for each field in which two configurations differ.

    Example: ["rl.num_steps is 200, not 100"]
    """
    before, now = leaves(to_json(old), ""), leaves(to_json(new), "")
    return [
        f"{key} is {_written(before, key)}, not {_written(now, key)}"
        for key in before | now
        if before.get(key) != now.get(key)
    ]


def _written(values: Mapping[str, Any], key: str) -> str:
    return json.dumps(values[key]) if key in values else "unset"


def leaves(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return every value that is not a mapping, by its dotted name.

    Example: leaves({"rl": {"lr": 1e-5}}, "") -> {"rl.lr": 1e-5}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= leaves(typing.cast("Mapping[str, Any]", value), f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _build(kind: type[Any], values: Mapping[str, Any], where: str) -> Any:
    hints = typing.get_type_hints(kind)
    for key in values:
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1)
            known = f"did you mean {near[0]}?" if near else f"known are {', '.join(hints)}"
            raise UsageError(f"there is no setting {where}{key}; {known}")
    missing = [
        field.name
        for field in dataclasses.fields(kind)
        if field.name not in values
        and field.default is field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise UsageError(f"the setting {where}{missing[0]} is missing")
    return kind(**{key: _value(hints[key], value, where + key) for key, value in values.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return _build(hint, typing.cast("Mapping[str, Any]", value), f"{where}.")
    if typing.get_origin(hint) is tuple and isinstance(value, list | tuple):
        return _tuple(typing.get_args(hint), typing.cast("list[Any]", value), where)
    if typing.get_origin(hint) is Mapping and isinstance(value, Mapping):
        kind, items = typing.get_args(hint)[1], typing.cast("Mapping[str, Any]", value).items()
        return {key: _value(kind, item, f"{where}.{key}") for key, item in items}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not _fits(hint, value):
        expected = getattr(hint, "__name__", str(hint))
        raise UsageError(f"{where} should be {expected}, not {value!r}")
    return value


def _tuple(kinds: tuple[Any, ...], values: list[Any], where: str) -> tuple[Any, ...]:
    if Ellipsis not in kinds and len(values) != len(kinds):
        raise UsageError(f"{where} should be {len(kinds)} values, not {len(values)}")
    return tuple(_value(kinds[0], item, f"{where}[{place}]") for place, item in enumerate(values))


def _fits(hint: Any, value: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin is Literal:
        return value in typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(option, value) for option in typing.get_args(hint))
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
