"""The ways in which `evaluate` measures a model, each from options to JSON values, printed.

score (the plain one)    budgets    deadlines    frontier    reflection
"""

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cogitate.budget import parse_seconds
from cogitate.cli.arguments import family_names
from cogitate.cli.measuring.scores import (
    curve_text,
    deadlines_text,
    difference_text,
    frontier_text,
    overall_text,
    reflection_text,
    result_text,
    unlike_text,
)
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.evaluate import (
    Deadlines,
    EvalSpec,
    Measured,
    at_deadlines,
    auto_budgets,
    find_frontier,
    saved,
    score,
    trace,
)
from cogitate.evaluate.cached import RolloutCache
from cogitate.evaluate.reflection import reflection
from cogitate.evaluate.scoring import NUM_QUESTIONS
from cogitate.notices import say
from cogitate.prompt import usual_answer
from cogitate.protocols import Family
from cogitate.runs import provenance
from cogitate.types import Budget

if TYPE_CHECKING:
    from cogitate.cli.evaluate import Options
    from cogitate.runs.opening import LoadedModel

AUTO = "auto"


def families_of(named: str | None, model: str, sandbox_level: str) -> dict[str, Family]:
    """Load the families that are named, or those that a model's run was trained on.

    Raises:
        UsageError: none is named, and the model does not say.
    """
    from cogitate.runs.opening import trained_on
    from cogitate.tasks import load_family

    if named is not None:
        names = family_names(named)
    else:
        names = saved.families_of(given(model)) if saved.is_saved(model) else trained_on(model)
    if not names:
        raise UsageError(f"--family is needed: {model} is not a run, which would name its families")
    return {name: load_family(name, sandbox_level) for name in names}


def plain(
    families: Mapping[str, Family], options: "Options", part: RolloutCache | None
) -> dict[str, Any]:
    """Print a model's scores, and the difference to another; return both as JSON values."""
    ours = _measure(options.model, families, options, part)
    for result in ours.families.values():
        print(result_text(options.model, result, ours.requested))
    if ours.overall is not None:
        print(overall_text(options.model, ours.overall))
    if options.against is None:
        return ours.to_json()
    return ours.to_json() | _compare(ours, _measure(options.against, families, options, part))


def _trace(
    families: Mapping[str, Family], options: "Options", part: RolloutCache | None
) -> dict[str, Any]:
    """Print a model's accuracy against thinking budget; return it as JSON values."""
    model, spec = _open(options.model, options, part)
    budgets = _budgets(options.budgets or "", spec.budget.think or 0, model.context)
    if model.tokenizer.think_open is None:
        raise UsageError(f"{model.policy.name} was not trained to think: it has no curve")
    sampler = model.keeper(dataclasses.replace(spec.budget, think=budgets[-1]))
    found: dict[str, Any] = {}
    for name, family, tell in _each(families, options):
        curve = trace(sampler, model.tokenizer, family, spec, budgets, tell)
        found[name] = curve.to_json()
        print(curve_text(curve))
    return _document(options.model, spec, model) | {"curves": found}


def _climb(
    families: Mapping[str, Family], options: "Options", part: RolloutCache | None
) -> dict[str, Any]:
    """Print a model's accuracy by level, up to its frontier; return it as JSON values."""
    model, spec = _open(options.model, options, part)
    sampler = model.keeper(spec.budget)
    found: dict[str, Any] = {}
    for name, family, tell in _each(families, options):
        frontier = find_frontier(sampler, model.tokenizer, family, spec, tell)
        found[name] = frontier.to_json()
        print(frontier_text(frontier))
    return _document(options.model, spec, model) | {"frontiers": found}


def _measure_deadlines(
    families: Mapping[str, Family], options: "Options", _: RolloutCache | None
) -> dict[str, Any]:
    """Print a model's accuracy at deadlines; return it as JSON values."""
    seconds = _seconds(options.deadlines or "")
    model, spec = _open(options.model, options)
    sampler = model.sampler(spec.budget, rows=1)
    usual = usual_answer(model.tokenizer, families.values())
    deadlines = Deadlines(seconds=seconds, taught=model.taught, answer=usual)
    found: dict[str, Any] = {}
    for name, family, tell in _each(families, options):
        points = at_deadlines(sampler, model.tokenizer, family, spec, deadlines, tell)
        found[name] = [point.to_json() for point in points]
        print(deadlines_text(name, points))
    return _document(options.model, spec, model) | {"deadlines": found}


def _reflect(
    families: Mapping[str, Family], options: "Options", part: RolloutCache | None
) -> dict[str, Any]:
    """Print what a model's revisions are worth; return it as JSON values."""
    model, spec = _open(options.model, options, part)
    sampler = model.keeper(spec.budget)
    found: dict[str, Any] = {}
    for name, family, _ in _each(families, options):
        one = reflection(sampler, model.tokenizer, family, spec)
        found[name] = None if one is None else one.to_json()
        print(reflection_text(name, one))
    return _document(options.model, spec, model) | {"reflection": found}


def _each(
    families: Mapping[str, Family], options: "Options"
) -> Iterator[tuple[str, Family, Callable[[int, int], None]]]:
    """Print the model's name; yield each family with its name and a progress function."""
    print(f"{options.model}:")
    for name, family in families.items():
        yield name, family, _progress(f"{options.model} on {name}")


def _compare(ours: Measured, base: Measured) -> dict[str, Any]:
    """Print the base's results and the paired differences; return both for the document."""
    if message := unlike_text((ours.model, base.model), (ours.conditions, base.conditions)):
        say(message)
    gaps = ours.minus(base)
    for name, gap in gaps.items():
        if name in base.families:
            print(result_text(base.model, base.families[name], base.requested))
        elif base.overall is not None:
            print(overall_text(base.model, base.overall))
        print(difference_text(ours.model, base.model, name, gap))
    differences = {name: dataclasses.asdict(gap) for name, gap in gaps.items()}
    return {"against": base.to_json(), "differences": differences}


def _measure(
    name: str, families: Mapping[str, Family], options: "Options", part: RolloutCache | None
) -> Measured:
    if saved.is_saved(name):
        found = saved.read(name, families, spec_of(Budget(), options))
        provenance.say_if_retrained(name, found.conditions)
        return found
    model, spec = _open(name, options, part)
    sampler, tokenizer = model.keeper(spec.budget), model.tokenizer
    return Measured(
        **_document(name, spec, model),
        families={
            key: score(sampler, tokenizer, family, spec, _progress(f"{name} on {key}"))
            for key, family in families.items()
        },
    )


def _open(
    name: str, options: "Options", part: RolloutCache | None = None
) -> tuple["LoadedModel", EvalSpec]:
    """Load a model, and return it with the specification of its evaluation."""
    from cogitate.runs.opening import load

    model = load(name, options.dtype, part, options.weights, device=options.device, sealed=True)
    return model, spec_of(model.budget(options.think, options.answer, options.min_think), options)


def _budgets(text: str, largest: int, context: int) -> list[int]:
    """Return the budgets that an option names: numbers, or "auto" for doublings up to `largest`.

    Raises:
        UsageError: not numbers of tokens within the model's context, or fewer than two.
    """
    if text == AUTO and largest == 0:
        raise UsageError(f"--budgets {AUTO}: --think 0 leaves no budget to go up to")
    if text == AUTO:
        return auto_budgets(largest)
    words = [word.strip() for word in text.split(",") if word.strip()]
    budgets = sorted({int(word) for word in words if word.isascii() and word.isdigit()})
    if not all(word.isascii() and word.isdigit() for word in words) or len(budgets) < 2:
        raise UsageError(f"--budgets {text!r}: two or more numbers of tokens, 0,16,64, or {AUTO}")
    if budgets[-1] > context:
        raise UsageError(f"--budgets: {budgets[-1]} is more than the context of {context}")
    return budgets


def _seconds(text: str) -> tuple[float, ...]:
    """Return the seconds that an option names, in order: "2s,500ms" -> (0.5, 2.0).

    Raises:
        UsageError: one of them is not a time, or there are none.
    """
    found = {parse_seconds(word, "--deadlines") for word in text.split(",") if word.strip()}
    if not found:
        raise UsageError("--deadlines: name some, such as 500ms,1s,2s")
    return tuple(sorted(found))


def levels(options: "Options") -> tuple[int, ...]:
    """Return the levels that `--level` names; none leaves them to the family."""
    words = [word.strip() for word in (options.level or "").split(",") if word.strip()]
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise UsageError(f"--level {options.level}: numbers from 1 are needed, such as 2 or 2,3,4")
    return tuple(sorted({int(word) for word in words}))


def spec_of(budget: Budget, options: "Options") -> EvalSpec:
    return EvalSpec(
        n=options.n or NUM_QUESTIONS,
        split=options.split,
        seed=options.seed,
        budget=dataclasses.replace(budget, probe_every=options.probe_every),
        temperature=options.temperature,
        samples=options.samples,
        levels=levels(options),
        system=options.system,
    )


def _document(name: str, spec: EvalSpec, model: "LoadedModel") -> dict[str, Any]:
    """Return a model's name and the conditions of the measurement, as JSON values."""
    conditions = {
        **dataclasses.asdict(spec),
        "machine": model.machine.to_json(),
        "model": name,
        "weights": model.fingerprint,
        "run": provenance.run_of(name),
    }
    return {"model": name, "conditions": conditions}


def _progress(what: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            print(f"\r{what}: {done} of {total}", end=end, file=sys.stderr, flush=True)

    return tell


WAYS = {
    "budgets": _trace,
    "deadlines": _measure_deadlines,
    "frontier": _climb,
    "reflection": _reflect,
}
"""Option -> the measurement that it asks for in place of a plain score."""
