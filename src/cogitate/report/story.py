"""The data of a report about a run, as JSON values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cogitate.config import TrainConfig, to_json
from cogitate.tasks import changed

NUM_ROLLOUTS = 10
"""Rollouts shown of each kind, the latest first."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records in a run's folder."""

    name: str
    config: TrainConfig
    resolved: Json
    """The resolved configuration and the machine; see `train.run`."""
    metrics: Sequence[Json]
    events: Sequence[Json]
    rollouts: Sequence[Json]
    """Verified rollouts, oldest first."""
    evaluations: Mapping[str, Json]
    """File name -> contents written by `cogitate evaluate --json`."""


def story(records: Records) -> dict[str, Any]:
    """Return the data of a report about one run."""
    config = records.config
    return {
        "name": records.name,
        "recipe": config.recipe,
        "model": config.model,
        "tasks": [part.family for part in config.tasks],
        "config": to_json(config),
        "machine": dict(records.resolved["machine"]),
        "version": records.resolved["version"],
        "num_params": records.resolved["num_params"],
        "commands": _commands(records),
        "phases": _phases(records),
        "processes": _processes(records.metrics),
        "series": _series(records.metrics),
        "held_out": _held_out(records.metrics),
        "events": [_event(event) for event in records.events],
        "scores": [s for name, e in records.evaluations.items() for s in _scores(name, e)],
        "notes": list(_notes(records)),
        "differences": [d for name, e in records.evaluations.items() for d in _gaps(name, e)],
        "curves": [c for name, e in records.evaluations.items() for c in _curves(name, e)],
        "deadlines": [d for name, e in records.evaluations.items() for d in _deadlines(name, e)],
        "frontiers": [f for name, e in records.evaluations.items() for f in _frontiers(name, e)],
        "reflections": [
            r for name, e in records.evaluations.items() for r in _reflections(name, e)
        ],
        "rollouts": _chosen(records.rollouts),
    }


def _commands(records: Records) -> list[str]:
    evaluations = [evaluation["command"] for evaluation in records.evaluations.values()]
    return [
        records.resolved.get("command", f"cogitate train {records.config.recipe}"),
        *evaluations,
    ]


def _phases(records: Records) -> list[dict[str, Any]]:
    """Return completed steps, tokens and minutes of each phase."""
    phases: list[dict[str, Any]] = []
    for phase in records.resolved["phases"]:
        lines = [line for line in records.metrics if line["phase"] == phase["name"]]
        seconds = sum(_seconds(line) for line in lines)
        tokens = sum(line["tokens"] for line in lines)
        phases.append(
            {"name": phase["name"], "steps": len(lines), "tokens": tokens, "minutes": seconds / 60}
        )
    return phases


def _processes(metrics: Sequence[Json]) -> list[dict[str, Any]]:
    """Return for each process of a run over several the share of RL's time in which it worked."""
    lines = [line for line in metrics if line["phase"] == "rl"]
    names = sorted({key for line in lines for key in line if key.endswith("_busy")})
    shares = {name: [line[name] for line in lines if name in line] for name in names}
    return [
        {"name": name.removesuffix("_busy").replace("_", " "), "busy": sum(own) / len(own)}
        for name, own in shares.items()
        if not name.endswith("s_busy")
    ]


def _seconds(line: Json) -> float:
    return sum(value for key, value in line.items() if key.endswith("_s") and "tokens" not in key)


def _series(metrics: Sequence[Json]) -> dict[str, list[tuple[int, float, str]]]:
    """Return (step, value, phase) of the plotted metrics, by name."""
    drawn = ("loss", "reward", "thought_tokens", "entropy", "truncated", "thought_forced")
    names = [*drawn, *sorted({key for line in metrics for key in line if "frontier/" in key})]
    series = {
        name: [(line["step"], line[name], line["phase"]) for line in metrics if name in line]
        for name in names
    }
    return {name: points for name, points in series.items() if points}


def _held_out(metrics: Sequence[Json]) -> dict[str, list[tuple[int, float, float, float]]]:
    """Return (step, accuracy, low, high) by family."""
    evaluated = [line for line in metrics if line["phase"] == "held_out"]
    names = sorted(
        {key.partition("/")[2] for line in evaluated for key in line if "held_out/" in key}
    )
    return {
        name: [
            (line["step"], *(line[f"{kind}/{name}"] for kind in
                             ("held_out", "held_out_low", "held_out_high")))
            for line in evaluated
            if f"held_out/{name}" in line
        ]
        for name in names
    }  # fmt: skip


def _notes(records: Records) -> Iterator[str]:
    """Yield a note for each result with other questions, answers or verifiers than the rest."""
    learned_from: Json = records.resolved.get("fingerprints", {})
    known = {family: ("the run", before) for family, before in learned_from.items()}
    unknown = [] if known else ["the run"]
    for name, evaluation in records.evaluations.items():
        if "fingerprints" not in evaluation:
            unknown.append(name)
        for family, here in evaluation.get("fingerprints", {}).items():
            where, before = known.setdefault(family, (name, here))
            if parts := changed(before, here):
                yield f"{name} was measured with other {parts} of {family} than {where}"
    if unknown:
        yield (
            "written without fingerprints, so that questions, answers and verifiers may differ:"
            f" {', '.join(unknown)}"
        )


def _scores(name: str, evaluation: Json) -> list[dict[str, Any]]:
    """Return a row for each family of an evaluation, with accuracy and thinking by level."""
    return [
        {
            "evaluation": name,
            "family": family,
            "split": result["split"],
            "num_questions": result["num_questions"],
            "strict": result["strict"],
            "lenient": result["lenient"],
            "majority": result["majority"]["share"],
            "thought_tokens_mean": result["thought_tokens_mean"],
            "levels": _levels(result["records"]),
        }
        for family, result in evaluation.get("families", {}).items()
    ]


def _gaps(name: str, evaluation: Json) -> list[dict[str, Any]]:
    """Return a row for each family of an evaluation against another model."""
    return [
        {
            "evaluation": name,
            "family": family,
            "num_questions": gap["num_questions"],
            "strict": gap["strict"],
        }
        for family, gap in evaluation.get("differences", {}).items()
    ]


def _curves(name: str, evaluation: Json) -> list[dict[str, Any]]:
    return [
        {
            "evaluation": name,
            "family": family,
            "points": [
                {
                    "budget": point["budget"],
                    "strict": point["result"]["strict"],
                    "by_itself": point["by_itself"],
                    "thought_tokens_mean": point["result"]["thought_tokens_mean"],
                    "levels": _levels(point["result"]["records"]),
                    "voted": point["voted"] and point["voted"]["strict"],
                }
                for point in curve["points"]
            ],
            "scaling": curve["scaling"],
            "control": curve["control"],
            "performance": curve["performance"],
        }
        for family, curve in evaluation.get("curves", {}).items()
    ]


def _deadlines(name: str, evaluation: Json) -> list[dict[str, Any]]:
    return [
        {
            "evaluation": name,
            "family": family,
            "points": [
                {
                    "budget": point["deadline_s"],
                    "in_time": point["in_time"],
                    "strict": point["result"]["strict"],
                    "over_p95_s": point["over_p95_s"],
                }
                for point in points
            ],
        }
        for family, points in evaluation.get("deadlines", {}).items()
    ]


def _frontiers(name: str, evaluation: Json) -> list[dict[str, Any]]:
    return [
        {"evaluation": name, **{key: found[key] for key in ("family", "half", "most", "highest")}}
        for found in evaluation.get("frontiers", {}).values()
    ]


def _reflections(name: str, evaluation: Json) -> list[dict[str, Any]]:
    """Return a row for each family whose revisions were measured."""
    return [
        {"evaluation": name, "family": family, **found}
        for family, found in evaluation.get("reflection", {}).items()
        if found is not None
    ]


def _event(event: Json) -> dict[str, Any]:
    """Return step, kind and text of an event."""
    text = event.get("line") or event.get("why") or ""
    return {"step": event["step"], "event": event["event"], "told": text}


def _levels(records: Sequence[Json]) -> list[dict[str, float]]:
    """Return accuracy and mean thought tokens of each level."""
    found: dict[int, list[Json]] = {}
    for record in records:
        found.setdefault(record["level"], []).append(record)
    return [
        {
            "level": level,
            "num": len(found[level]),
            "strict": sum(r["strict"] or 0.0 for r in found[level]) / len(found[level]),
            "thought_tokens": sum(map(_mean_thought, found[level])) / len(found[level]),
        }
        for level in sorted(found)
    ]


def _mean_thought(record: Json) -> float:
    return record["thought_tokens"] / record.get("samples", 1)


def _chosen(rollouts: Sequence[Json]) -> dict[str, list[Json]]:
    """Return the latest rollouts of each kind, without duplicate questions."""
    kinds: dict[str, dict[str, Json]] = {"right": {}, "wrong": {}, "forced": {}}
    for rollout in reversed(rollouts):
        forced = rollout["thought_end"] == "budget"
        kind = "forced" if forced else "right" if rollout["reward"] == 1 else "wrong"
        if len(kinds[kind]) < NUM_ROLLOUTS:
            kinds[kind].setdefault(rollout["key"], rollout)
    return {kind: list(chosen.values()) for kind, chosen in kinds.items()}
