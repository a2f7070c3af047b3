"""`cogitate compare A B [C ...]`: profiles of models side by side, and their quirks."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from cogitate.ask import need_temperature
from cogitate.cli.arguments import Device, SandboxLevel, need_target, parse
from cogitate.cli.measuring.scores import points_text, unlike_text
from cogitate.cli.measuring.ways import families_of
from cogitate.disk import given, write_whole
from cogitate.errors import UsageError
from cogitate.evaluate import EvalSpec, Measured, saved, score
from cogitate.evaluate.profile import (
    ALL,
    UNITS,
    Place,
    Profile,
    Quirk,
    gaps,
    interval_text,
    on_common_questions,
    profile,
    quirks,
)
from cogitate.notices import say
from cogitate.protocols import Family
from cogitate.types import Budget

_MOST_SHOWN = 12
"""Quirks that are printed; a file has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Measure models on the same questions, and show how they differ.

    A quirk is named only where seeds agree: it needs two or more runs of each of two models, given
    as NAME=RUN,RUN,RUN, and stands out from the spread between them, at a false-discovery rate of
    5 %.
    """

    models: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="A B ...")] = ()
    """Two or more: a run, a checkpoint, a Hugging Face folder or name, a GGUF file, an
    adapter, an alias, or a JSON file that `cogitate evaluate --json` wrote; or
    NAME=RUN,RUN for several runs of one recipe."""
    family: str | None = None
    """One or more, separated by commas. Unset: those of the first model's run."""
    n: int = 200
    """Questions of each family."""
    split: Literal["test", "ood", "train"] = "test"
    """Which questions."""
    think: str | None = None
    """Most thought tokens: a number, or none to max. Unset: what each model's run used."""
    answer: int = 64
    """Most answer tokens."""
    temperature: float = 0.0
    """0 is greedy."""
    samples: int = 1
    """Rollouts of each question; with several, at a temperature above 0, confidence is the share of
    the most common answer."""
    sandbox_level: SandboxLevel = "seccomp"
    """Minimum level of the sandbox in which families such as code run a model's programs."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    out: Path | None = None
    """Write a page to this HTML file."""
    json: Path | None = None
    """Write all numbers to this file."""


Groups = Mapping[str, Sequence[str]]
"""Name of a model -> its runs."""


def run(args: list[str]) -> int:
    """Measure, print and write."""
    options = parse(Options, args, "compare")
    groups = _groups(options.models)
    _check(options, groups)
    first = next(iter(groups.values()))[0]
    families = families_of(options.family, first, options.sandbox_level)
    runs = [run for own in groups.values() for run in own]
    asked = EvalSpec(
        budget=Budget(),
        n=options.n,
        split=options.split,
        samples=options.samples,
        temperature=options.temperature,
        **saved.agreed(runs),
    )
    measured = [_measured(run, families, asked, options) for run in runs]
    left = iter(on_common_questions(measured))
    each = {name: [next(left) for _ in own] for name, own in groups.items()}
    profiles = {name: [profile(run) for run in own] for name, own in each.items()}
    base = measured[0]
    for other in measured[1:]:
        models, conditions = (base.model, other.model), (base.conditions, other.conditions)
        if message := unlike_text(models, conditions):
            say(message)
    for place in _places(profiles):
        print(_line(place, profiles))
    found = gaps({name: runs[0] for name, runs in each.items() if len(runs) == 1})
    for gap in found:
        if gap.level == ALL:
            print(f"{gap.ours} minus {gap.other} on {gap.family}: {points_text(gap.accuracy)}")
    document = {
        "command": shlex.join(["cogitate", "compare", *args]),
        "profiles": {name: list(map(_values, runs)) for name, runs in profiles.items()},
        "differences": [asdict(gap) for gap in found],
        "quirks": [quirk.to_json() for quirk in _quirks(profiles)],
    }
    if options.json is not None:
        write_whole(options.json, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    if options.out is not None:
        from cogitate.report.comparison import comparison_page

        write_whole(options.out, comparison_page(document))
        print(options.out)
    return 0


def _groups(models: Sequence[str]) -> Groups:
    """Return the models with their runs, as they were named."""
    groups: dict[str, list[str]] = {}
    for model in models:
        name, is_group, runs = model.partition("=")
        if given(model).exists():  # a path may have the sign, too
            name, is_group = model, ""
        names = [one.strip() for one in runs.split(",") if one.strip()] if is_group else [model]
        if not name or not names:
            raise UsageError(f"{model!r}: NAME=RUN,RUN names the runs of a model")
        if name in groups:
            raise UsageError(f"{name} is named twice")
        if len(set(names)) < len(names):
            raise UsageError(f"{model!r}: a run is named twice, where each has a seed of its own")
        groups[name] = names
    if len(groups) < 2:
        raise UsageError("two or more models are needed: cogitate compare A B")
    return groups


def _check(options: Options, groups: Groups) -> None:
    """Refuse numbers that are too small, and files that are read or are the same."""
    for name in ("n", "answer", "samples"):
        if getattr(options, name) < 1:
            raise UsageError(f"--{name}: at least 1 is needed, not {getattr(options, name)}")
    need_temperature(options.temperature)
    if options.samples > 1 and options.temperature == 0:
        raise UsageError("--samples: greedy rollouts are all the same; set --temperature")
    reads = [given(run) for runs in groups.values() for run in runs if saved.is_saved(run)]
    need_target("--out", options.out, "page", reads)
    pages = [options.out] if options.out else []
    need_target("--json", options.json, "compare", [*reads, *pages])


def _measured(
    name: str, families: Mapping[str, Family], asked: EvalSpec, options: Options
) -> Measured:
    from cogitate.runs.opening import load

    if saved.is_saved(name):
        return saved.read(name, families, asked)
    model = load(name, device=options.device, sealed=True)
    spec = replace(asked, budget=model.budget(options.think, options.answer))
    sampler = model.sampler(spec.budget)
    results: dict[str, Any] = {}
    for key, family in families.items():
        say(f"{name} on {key}")
        results[key] = score(sampler, model.tokenizer, family, spec)
    return Measured(model=name, conditions=asdict(spec), families=results)


def _places(profiles: Mapping[str, Sequence[Profile]]) -> list[Place]:
    runs = [run for own in profiles.values() for run in own]
    return sorted(set.intersection(*(set(run) for run in runs)))


def _line(place: Place, profiles: Mapping[str, Sequence[Profile]]) -> str:
    """Return a place with each model's number: its interval, or its runs' mean and spread."""
    shown: list[str] = []
    for name, runs in profiles.items():
        values = [run[place].interval for run in runs]
        mean = sum(value.mean for value in values) / len(values)
        low, high = min(v.low for v in values), max(v.high for v in values)
        if len(values) > 1:
            low, high = min(v.mean for v in values), max(v.mean for v in values)
        shown.append(f"{name} {interval_text(place.measure, mean, low, high)}")
    return f"{place!s:<44} {', '.join(shown)}"


def _quirks(profiles: Mapping[str, Sequence[Profile]]) -> list[Quirk]:
    """Return the quirks, printed; none if there are not enough runs, which is said."""
    try:
        found = quirks(profiles)
    except UsageError as error:
        say(f"no quirks are named: {error}")
        return []
    for quirk in found[:_MOST_SHOWN]:
        print(
            f"quirk: {quirk.place}: {quirk.ours} minus {quirk.other} is"
            f" {_size(quirk)} (p {quirk.p:.2g}, named up to {quirk.threshold:.2g})"
        )
    print(f"{len(found)} quirks, of which 5 % may be none")
    return found


def _size(quirk: Quirk) -> str:
    factor, decimals, unit = UNITS[quirk.place.measure]
    return f"{factor * quirk.difference:+.{decimals}f}{unit and ' points'}"


def _values(profile: Profile) -> list[dict[str, Any]]:
    return [asdict(place) | asdict(number) for place, number in sorted(profile.items())]
