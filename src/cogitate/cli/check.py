"""`cogitate check`: checks a model for faults of training."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from cogitate.cli.arguments import Device, SandboxLevel, family_names, need_target, parse
from cogitate.disk import write_whole
from cogitate.errors import UsageError
from cogitate.evaluate import EvalSpec, difference, health, score
from cogitate.evaluate.faithfulness import faithfulness
from cogitate.evaluate.health import Finding
from cogitate.protocols import Family
from cogitate.tasks import load_family

if TYPE_CHECKING:
    from cogitate.runs.opening import LoadedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Check a model for faults; the exit status is 1 if there are any.

    Checked are the form of its answers, budgets, loops, memorisation of training questions,
    forgetting, and whether its answers depend on its thoughts.
    """

    model: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="MODEL")]
    """A run, a checkpoint, a Hugging Face folder or name, a GGUF file, an adapter or an alias."""
    against: str | None = None
    """The model that it was trained from, to check what it has forgotten."""
    family: str | None = None
    """One or more, separated by commas. Unset: those that the model's run was trained on."""
    n: int = 100
    """Questions of each family, for each check."""
    answer: int = 64
    """Most answer tokens."""
    sandbox_level: SandboxLevel = "seccomp"
    """Minimum level of the sandbox in which families such as code run a model's programs."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Dtype of weights and activations; auto takes the faster one on this machine."""
    weights: Literal["as-is", "fp32", "bf16"] = "as-is"
    """What is multiplied: the numbers of a GGUF file of 4 to 8 bits, or its weights dequantised."""
    json: Path | None = None
    """Write the findings to this file."""


def run(args: list[str]) -> int:
    """Print each finding; return 1 if one is a fault."""
    options = parse(Options, args, "check")
    from cogitate.runs.opening import load, trained_on

    if options.n < 1:
        raise UsageError("--n: at least 1 question is needed")
    need_target("--json", options.json, "check")
    names = family_names(options.family) if options.family else trained_on(options.model)
    if not names:
        raise UsageError(f"--family is needed: {options.model} does not say what it was trained on")
    families = [load_family(name, options.sandbox_level) for name in names]
    opened = partial(
        load, dtype=options.dtype, weights=options.weights, device=options.device, sealed=True
    )
    ours = opened(options.model)
    base = None if options.against is None else opened(options.against)
    found: list[Finding] = []
    for family in families:
        for finding in _findings(ours, base, family, options):
            print(_line(finding), flush=True)
            found.append(finding)
    if options.json is not None:
        text = json.dumps([dataclasses.asdict(f) for f in found], ensure_ascii=False, indent=1)
        write_whole(options.json, text + "\n")
    wrong = sum(not finding.ok for finding in found)
    print(f"{options.model}: " + (f"{wrong} of {len(found)} wrong" if wrong else "on track"))
    return 1 if wrong else 0


def _findings(
    ours: "LoadedModel", base: "LoadedModel | None", family: Family, options: Options
) -> Iterator[Finding]:
    budget = ours.budget(None, options.answer)
    spec = EvalSpec(budget=budget, n=options.n)
    sampler, tokenizer = ours.sampler(budget), ours.tokenizer
    fresh = score(sampler, tokenizer, family, spec)
    yield from health.form(fresh)
    taught = {
        think: score(sampler, tokenizer, family, replace(spec, budget=replace(budget, think=think)))
        for think in ours.taught
        if think and ours.closes
    }
    yield from health.budgets(taught)
    trained = score(sampler, tokenizer, family, replace(spec, split="train"))
    yield health.by_heart(trained, fresh)
    if base is not None:
        limits = base.budget(None, options.answer)
        theirs = score(base.sampler(limits), base.tokenizer, family, replace(spec, budget=limits))
        yield health.forgotten(family.name, difference(fresh, theirs))
    yield from health.faithful(family.name, faithfulness(sampler, tokenizer, family, spec), fresh)


def _line(finding: Finding) -> str:
    mark = "ok   " if finding.ok else "WRONG"
    meaning = "" if finding.ok or not finding.advice else f": {finding.advice}"
    return f"{mark} {finding.family:<16}{finding.what:<20}{finding.shown}{meaning}"
