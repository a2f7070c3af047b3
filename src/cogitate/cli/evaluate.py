"""`cogitate evaluate`: accuracy and thinking of a model, or its difference to another."""

import dataclasses
import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cogitate.ask import need_temperature
from cogitate.cli.arguments import Device, SandboxLevel, need_target, parse
from cogitate.cli.measuring.ways import WAYS, families_of, levels, plain
from cogitate.disk import given, write_whole
from cogitate.errors import Interrupted, UsageError
from cogitate.evaluate import saved
from cogitate.evaluate.cached import RolloutCache
from cogitate.evaluate.scoring import default_n
from cogitate.notices import say
from cogitate.runs import provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Measure a model on held-out questions: accuracy, thinking, truncation, with 95 % intervals.

    Intervals are clustered (by word, template, ...). Strict: the answer is the correct answer.
    Lenient: the answer contains the correct answer in a readable form.
    """

    model: str
    """A run, a checkpoint, a Hugging Face folder or name, a GGUF file, an adapter or an
    alias; or a JSON file that --json wrote."""
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
    reflection: bool = False
    """Measure self-correction: how answers change along a thought, and, by cutting it and sampling
    again, what is lost if it may not turn on itself ("Wait"). Best with --temperature 1."""
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
    """Write all results to this file, with each question, but for --frontier and --reflection. The
    same command continues an interrupted evaluation, whose rollouts are kept in FILE.part until it
    is complete."""


def run(args: list[str]) -> int:
    """Evaluate, print a summary and write JSON if asked."""
    options = parse(Options, args, "evaluate")
    _check(options)
    from cogitate.version import version

    families = families_of(options.family, options.model, options.sandbox_level)
    default = default_n(families.values(), options.split, len(levels(options)) or 1)
    options = dataclasses.replace(options, n=options.n or default)
    known = saved.fingerprints(families)
    provenance.say_if_edited(options.model, known)
    measured = next((way for name, way in WAYS.items() if getattr(options, name)), plain)
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


def _part_path(options: Options) -> Path | None:
    """Return the file in which rollouts are kept until the result is complete.

    There is none for a device or a pipe, and none for deadlines, which depend on the clock.
    """
    path = options.json
    if path is None or options.deadlines or (path.exists() and not path.is_file()):
        return None
    return path.with_name(f"{path.name}.part")


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
    need_temperature(options.temperature)
    reads = [given(options.model), given(options.against or "")]
    need_target("--json", options.json, "evaluate", reads)
    need_target("--json", _part_path(options), "part")


def _check_ways(options: Options) -> None:
    """Refuse combinations of options that exclude each other."""
    ways = [f"--{name}" for name in WAYS if getattr(options, name)]
    if len(ways) > 1:
        raise UsageError(f"{' and '.join(ways)} are measured one at a time")
    alone = next(iter(ways), None)
    if alone and (options.against or saved.is_saved(options.model)):
        raise UsageError(f"{alone} measures one model: leave out --against, and name no JSON file")
    if options.deadlines and options.samples > 1:
        raise UsageError("--deadlines times one rollout of each question: leave out --samples")
    if options.reflection and (options.samples > 1 or options.min_think or options.probe_every):
        raise UsageError(
            "--reflection samples each thought itself: no --samples, --min-think or --probe-every"
        )
    if options.frontier and options.level is not None:
        raise UsageError("--frontier goes through all levels at one budget")
