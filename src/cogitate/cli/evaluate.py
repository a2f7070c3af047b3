"""`cogitate evaluate`: accuracy and thinking of a model, or its difference to another."""

import dataclasses
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cogitate.budget import parse_seconds
from cogitate.cli.arguments import Device, SandboxLevel, family_names, need_target, parse
from cogitate.cli.scores import (
    curve_text,
    deadlines_text,
    difference_text,
    frontier_text,
    overall_text,
    result_text,
    unlike_text,
)
from cogitate.disk import given, write_whole
from cogitate.errors import Interrupted, UsageError
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
from cogitate.evaluate.scoring import NUM_QUESTIONS, default_n
from cogitate.notices import say
from cogitate.prompt import usual_answer
from cogitate.protocols import Family
from cogitate.runs import provenance
from cogitate.types import Budget

if TYPE_CHECKING:
    from cogitate.runs.opening import LoadedModel

AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Measure a model on held-out questions: accuracy, thinking, truncation, with 95 % intervals.

    Intervals are clustered (by word, template, ...). Strict: the answer is the correct answer.
    Lenient: the answer contains the correct answer in a readable form.
    """

    model: str
    """A run, a checkpoint, a Hugging Face folder or name, or an alias; or a JSON file that
    --json wrote."""
    family: str | None = None
    """One or more, separated by commas: a name (see `cogitate tasks`), reasoning_gym:NAME, or a
    path to .jsonl, .csv or .py. Unset: those of the model's run, or of the JSON file."""
    n: int | None = None
    """Questions of each family. Unset: 200, or with --split all every question."""
    split: Literal["test", "ood", "train", "all"] = "test"
    """Which questions: held-out, out of distribution, or those that training draws from; or all
    rows of a file, train and test together."""
    level: str | None = None
    """Difficulty: a number, or several, such as 2,3,4, with equal numbers of questions; unset
    mixes the family's levels."""
    against: str | None = None
    """Another model, for the paired difference on the same questions."""
    think: str | None = None
    """Most thought tokens: a number, or none, minimal, low, medium, high, xhigh, max. Unset:
    what the model's run used, else low."""
    min_think: int = 0
    """Least thought tokens: "Wait," replaces an earlier close."""
    probe_every: int = 0
    """Thought tokens between probes of the answer: a thought ends once three consecutive probes
    agree. 0 is off."""
    budgets: str | None = None
    """Measure accuracy against thinking budget: thought tokens, such as 0,16,64,256, or auto for
    doublings up to --think. The questions are the same at each."""
    deadlines: str | None = None
    """Measure the share of answers in time, and accuracy, at deadlines such as 500ms,1s,2s. The
    questions are the same at each, one at a time."""
    frontier: bool = False
    """Measure each level in turn, until no answer is correct: at which level does accuracy fall
    below 50 %, and below 90 %?"""
    samples: int = 1
    """Rollouts of each question, of which the most common answer counts (case and white space
    are ignored). With --budgets a second series, in which they share each budget, at temperature
    1 unless it is set."""
    answer: int = 64
    """Most answer tokens."""
    temperature: float = 0.0
    """0 is greedy."""
    seed: int = 0
    """Selects the questions."""
    system: str | None = None
    """A system message."""
    sandbox_level: SandboxLevel = "seccomp"
    """Minimum level of the sandbox in which families such as code run a model's programs."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Dtype of weights and activations; auto takes the faster one on this machine."""
    weights: Literal["as-is", "fp32", "bf16"] = "as-is"
    """What is multiplied: the numbers of a GGUF file of 4 to 8 bits, or its weights dequantised."""
    json: Path | None = None
    """Write all results to this file, with each question. The same command continues an
    interrupted evaluation, whose rollouts are kept in FILE.part until it is complete."""


def run(args: list[str]) -> int:
    """Evaluate, print a summary and write JSON if asked."""
    options = parse(Options, args, "evaluate")
    _check(options)
    from cogitate.version import version

    families = _families(options)
    default = default_n(families.values(), options.split, len(_levels(options)) or 1)
    options = dataclasses.replace(options, n=options.n or default)
    known = saved.fingerprints(families)
    provenance.say_if_edited(options.model, known)
    measured = next((way for name, way in _WAYS.items() if getattr(options, name)), _score)
    path = _part_path(options)
    part = None if path is None else RolloutCache(path)
    try:
        found = measured(families, options, part)
    except KeyboardInterrupt as stop:
        kept = "" if part is None else "; the same command continues where it was"
        raise Interrupted(f"interrupted{kept}") from stop
    if options.json is not None:
        document = {
            "command": shlex.join(["cogitate", "evaluate", *args]),
            "cogitate": version(),
            "options": dataclasses.asdict(options),
            "fingerprints": known,
            **found,
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
        write_whole(options.json, text + "\n")
    if part is not None and not part.remove():
        say(f"{part.path} is kept: it has rollouts of another evaluation, which was interrupted")
    return 0


def _score(
    families: Mapping[str, Family], options: Options, part: RolloutCache | None
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
    families: Mapping[str, Family], options: Options, part: RolloutCache | None
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
    families: Mapping[str, Family], options: Options, part: RolloutCache | None
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
    families: Mapping[str, Family], options: Options, _: RolloutCache | None
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


_WAYS = {"budgets": _trace, "deadlines": _measure_deadlines, "frontier": _climb}
"""Option -> the measurement that it asks for in place of a plain score."""


def _each(
    families: Mapping[str, Family], options: Options
) -> Iterator[tuple[str, Family, Callable[[int, int], None]]]:
    """Print the model's name; yield each family with its name and a progress function."""
    print(f"{options.model}:")
    for name, family in families.items():
        yield name, family, _progress(f"{options.model} on {name}")


def _part_path(options: Options) -> Path | None:
    """Return the file in which rollouts are kept until the result is complete.

    There is none for a device or a pipe, and none for deadlines, which depend on the clock.
    """
    path = options.json
    if path is None or options.deadlines or (path.exists() and not path.is_file()):
        return None
    return path.with_name(f"{path.name}.part")


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


def _check(options: Options) -> None:
    if options.family is not None and not options.family.strip(", "):
        raise UsageError("--family: no family is named; cogitate tasks lists them")
    for name, value in (("n", options.n), ("answer", options.answer), ("samples", options.samples)):
        if value is not None and value < 1:
            raise UsageError(f"--{name}: at least 1 is needed, not {value}")
    _check_ways(options)
    if options.samples > 1 and options.temperature == 0 and not options.budgets:
        raise UsageError("--samples: greedy rollouts are all the same; set --temperature")
    if options.min_think and (options.budgets or options.frontier):
        raise UsageError("--min-think goes with one budget, not with --budgets or --frontier")
    if options.probe_every < 0:
        raise UsageError(f"--probe-every is 0 or more tokens, not {options.probe_every}")
    if options.probe_every and options.deadlines:
        raise UsageError("--deadlines asks one question at a time: leave out --probe-every")
    if options.temperature < 0:
        raise UsageError(f"--temperature is 0 or more, not {options.temperature}")
    need_target("--json", options.json, [given(options.model), given(options.against or "")])
    need_target("--json", _part_path(options))


def _check_ways(options: Options) -> None:
    """Refuse combinations of options that exclude each other."""
    ways = [f"--{name}" for name in _WAYS if getattr(options, name)]
    if len(ways) > 1:
        raise UsageError(f"{' and '.join(ways)} are measured one at a time")
    alone = next(iter(ways), None)
    if alone and (options.against or saved.is_saved(options.model)):
        raise UsageError(f"{alone} measures one model: leave out --against, and name no JSON file")
    if options.deadlines and options.samples > 1:
        raise UsageError("--deadlines times one rollout of each question: leave out --samples")
    if options.frontier and options.level is not None:
        raise UsageError("--frontier goes through all levels at one budget")


def _families(options: Options) -> dict[str, Family]:
    """Load those asked for, or those that the model's run was trained on."""
    from cogitate.runs.opening import trained_on
    from cogitate.tasks import load_family

    model = options.model
    if options.family is not None:
        names = family_names(options.family)
    else:
        names = saved.families_of(given(model)) if saved.is_saved(model) else trained_on(model)
    if not names:
        raise UsageError(f"--family is needed: {model} is not a run, which would name its families")
    return {name: load_family(name, options.sandbox_level) for name in names}


def _measure(
    name: str, families: Mapping[str, Family], options: Options, part: RolloutCache | None
) -> Measured:
    if saved.is_saved(name):
        found = saved.read(name, families, _spec(Budget(), options))
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
    name: str, options: Options, part: RolloutCache | None = None
) -> tuple["LoadedModel", EvalSpec]:
    """Load a model, and return it with the specification of its evaluation."""
    from cogitate.runs.opening import load

    model = load(name, options.dtype, part, options.weights, device=options.device, sealed=True)
    return model, _spec(model.budget(options.think, options.answer, options.min_think), options)


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


def _levels(options: Options) -> tuple[int, ...]:
    """Return the levels that `--level` names; none leaves them to the family."""
    words = [word.strip() for word in (options.level or "").split(",") if word.strip()]
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise UsageError(f"--level {options.level}: numbers from 1 are needed, such as 2 or 2,3,4")
    return tuple(sorted({int(word) for word in words}))


def _spec(budget: Budget, options: Options) -> EvalSpec:
    return EvalSpec(
        n=options.n or NUM_QUESTIONS,
        split=options.split,
        seed=options.seed,
        budget=dataclasses.replace(budget, probe_every=options.probe_every),
        temperature=options.temperature,
        samples=options.samples,
        levels=_levels(options),
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
