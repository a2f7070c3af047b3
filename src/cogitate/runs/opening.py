"""Loads a model by the name that a user gives: a run, a checkpoint, a folder or an alias."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import torch

from cogitate import models, protocols
from cogitate.budget import UNMEASURED, parse_budget, with_stated
from cogitate.config import RLConfig, RunConfig, need
from cogitate.disk import given, spelled
from cogitate.engine.attention import cache_dtype
from cogitate.engine.engine import Engine
from cogitate.engine.memory import cache_rows
from cogitate.errors import CheckpointError, UsageError
from cogitate.evaluate.cached import CachedSampler, RolloutCache
from cogitate.hardware import Machine, Need, apply, detect
from cogitate.models.hub import SHIPPED, ours
from cogitate.models.kernels import native, products
from cogitate.notices import say
from cogitate.prompt import usual_answer
from cogitate.protocols import Family, Sampler
from cogitate.rollout.local import LocalSampler, markers
from cogitate.runs.checkpoint import MANIFEST, best, latest_good, read_checkpoint
from cogitate.runs.deadline_budgets import with_budgets
from cogitate.runs.folder import CONFIG, is_run, read_config, wrote
from cogitate.tasks import FAMILIES
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget
from cogitate.version import version

Dtype = Literal["auto", "fp32", "bf16"]
Device = Literal["auto", "cpu", "cuda"]
Kind = Literal["as-is", "fp32", "bf16"]
"""What weights are multiplied from."""

DEFAULT_EFFORT = "low"
"""The effort if neither the user nor the model's run gives a thought budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A loaded model, with the budgets that it was trained with.

    Example: load("mini").budget("low", 64) -> Budget(think=128, answer=64, break_loops=True)
    """

    policy: models.Policy
    machine: Machine
    """The machine that it runs on, with its dtype."""
    markers: Markers
    """How it opens and closes thoughts, and ends answers."""
    think: int | None = None
    """Thought tokens of its run; None if the model is not a run's."""
    taught: tuple[int, ...] = ()
    """Thought budgets that were stated to the model in training."""
    closes: bool = True
    """Whether it was trained to close its thoughts within them; deadlines close by force."""
    answer: int | None = None
    """Most answer tokens in training; None if the model is not a run's."""
    families: tuple[str, ...] = ()
    """Names of the families that it was trained on."""
    keep: RolloutCache | None = None
    """Keeps the rollouts of an evaluation until it is complete."""

    @property
    def name(self) -> str:
        """The name that the user gave, or its base's; see `Policy`."""
        return self.policy.name

    @property
    def tokenizer(self) -> Tokenizer:
        """Its tokenizer."""
        return self.policy.tokenizer

    @property
    def decoder(self) -> models.Decoder:
        """Its decoder."""
        return self.policy.decoder

    @property
    def context(self) -> int:
        """Context length in tokens."""
        return self.decoder.arch.context

    @property
    def fingerprint(self) -> str:
        """Hash of the weights, in twelve hex digits."""
        return models.fingerprint(self.decoder)

    def budget(self, think: str | None, answer: int | None, min_think: int = 0) -> Budget:
        """Return a budget: that of the arguments, or the run's own, or `DEFAULT_EFFORT`.

        A model that was not trained to think answers at once, which is reported if `think` asks
        for more. Loops are broken, as by the server.

        Args:
            think: an effort, or a number of tokens.
            answer: the most answer tokens.
            min_think: the least thought tokens.

        Raises:
            UsageError: there is no such effort, or a number is out of range.
        """
        own = DEFAULT_EFFORT if self.think is None else str(min(self.think, self.context))
        budget = replace(parse_budget(think or own, self.context, answer), break_loops=True)
        if not 0 <= min_think <= (budget.think or 0):
            raise UsageError(
                f"--min-think is 0 to --think's {budget.think} tokens, not {min_think}"
            )
        if self.tokenizer.think_open is not None:
            return replace(budget, min_think=min_think)
        if think is not None and budget.think:
            say(f"{self.policy.name} was not trained to think; it answers at once")
        return replace(budget, think=0)

    def stated(self, budget: Budget, engine: protocols.Engine) -> Budget:
        """Return the budget with the thought tokens that the prompt states (`with_stated`).

        If it has a deadline, the engine's speed is measured first.
        """
        if budget.deadline_s is not None:
            engine.warm(usual_answer(self.tokenizer, self._families()))
        return with_stated(budget, self.taught, engine.speed())

    def usual_questions(self, num: int) -> list[str]:
        """Return `num` questions of each of this package's families that it was trained on."""
        families = self._families()
        return [family.generate("train", i).question for i in range(num) for family in families]

    def engine(self, rows: int = 1, chunk: int | None = None) -> protocols.Engine:
        """Return an engine for `rows` requests at a time; for `chunk` see `Engine`."""
        return Engine(self.decoder, self.markers, rows=rows, chunk=chunk)

    def compile(self, schema: str) -> None:
        """Compile a JSON Schema of answers in advance, so that no engine waits for it.

        Raises:
            UsageError: it is not supported.
        """
        assert self.markers.schemas is not None
        self.markers.schemas.compiled(schema)

    def sampler(self, budget: Budget, rows: int | None = None) -> LocalSampler:
        """Return a sampler for requests of one budget, `rows` or as many as fit at a time."""
        if rows is None:
            width = cache_dtype(self.decoder).itemsize
            rows = cache_rows(self.decoder.arch, budget, self.machine, width=width)
        return LocalSampler(self.decoder, self.markers, rows=rows)

    def keeper(self, budget: Budget) -> Sampler:
        """Return a sampler that reuses the rollouts in `keep`, if there is one."""
        sampler, known = self.sampler(budget), self.markers
        if self.keep is None:
            return sampler
        ids = (known.open, known.close, known.cue, sorted(known.ends))
        made_by: tuple[object, ...] = (self.fingerprint, self.decoder.arch, ids, version())
        if self.machine.device != "cpu":
            made_by += (self.machine.device,)  # its sums are others
        return CachedSampler(sampler, self.keep, repr(made_by))

    def _families(self) -> list[Family]:
        return [FAMILIES[family]() for family in self.families if family in FAMILIES]


def load(
    name: str | Path,
    dtype: Dtype = "auto",
    keep: RolloutCache | None = None,
    weights: Kind = "as-is",
    *,
    device: Device = "auto",
    sealed: bool = False,
) -> LoadedModel:
    """Load a model by its name or path.

    Example: load("mini"), load("runs/canary"), load("Qwen/Qwen3-0.6B", dtype="bf16")

    Args:
        name: a run, a checkpoint, a Hugging Face folder or name, a GGUF file, or an alias.
        dtype: of weights and activations; "auto" takes the faster one on this machine.
        keep: see `LoadedModel`.
        weights: "as-is" multiplies a GGUF file of 4 to 8 bits from its own numbers; "fp32" and
            "bf16" are dequantised, and are the dtype of activations too. On a GPU they always are.
        device: where to compute; "auto" takes a GPU if there is one.
        sealed: keep each weight once, packed for sampling; a learner cannot take it then.

    Raises:
        UsageError, ModelError, CheckpointError: there is no usable model of that name.
    """
    need("dtype", str(dtype), get_args(Dtype))
    need("weights", str(weights), get_args(Kind))
    need("device", str(device), get_args(Device))
    dtype = _dtype(dtype, weights)
    name = spelled(name) if isinstance(name, Path) else name
    folder, rl = locate(name)
    machine = detect(RunConfig(dtype=dtype, device=device))
    apply(machine)
    products.check_switch(machine.torch_dtype)
    # bf16 would round activations before 8 bits do; fp32 is as fast there
    as_is = torch.float32 if dtype == "auto" else machine.torch_dtype
    policy = models.load(
        folder,
        dtype=machine.torch_dtype,
        as_is=as_is if weights == "as-is" and machine.device == "cpu" else None,
        need=_need(machine, weights, sealed=sealed),
    )
    machine = _placed(policy.decoder, machine, sealed=sealed)
    return LoadedModel(
        policy=policy,
        machine=machine,
        markers=markers(policy.tokenizer),
        think=None if rl is None else rl.think,
        taught=() if rl is None else rl.budgets,
        closes=rl is None or not rl.deadlines_s,
        answer=None if rl is None else rl.answer,
        families=tuple(trained_on(name)),
        keep=keep,
    )


def _dtype(dtype: Dtype, weights: Kind) -> Dtype:
    """Return the dtype of activations: dequantised weights are of the same."""
    if weights == "as-is":
        return dtype
    if dtype not in ("auto", weights):
        raise UsageError(f"weights {weights} and dtype {dtype} disagree; give one of them")
    return weights


def _placed(decoder: models.Decoder, machine: Machine, *, sealed: bool) -> Machine:
    """Put a model where it computes; return the machine with the memory that is left there."""
    if decoder.dtype == torch.float32:
        machine = replace(machine, dtype="fp32")
    if machine.device == "cpu":
        if sealed:
            models.seal(decoder)
        return machine
    decoder.to(machine.device)
    taken_gb = sum(p.numel() * p.element_size() for p in decoder.parameters()) / 1e9
    return replace(machine, memory_gb=max(0.0, machine.memory_gb - taken_gb))


def _need(machine: Machine, weights: Kind, *, sealed: bool) -> Need:
    """Return what sampling takes: each weight packed, and plain too unless the model is sealed."""
    setting = "dtype" if weights == "as-is" else "weights"
    copies = 1
    if machine.device == "cpu":
        plain = 0 if sealed and native.operations() is not None else 1
        copies = plain + products.num_copies(machine.torch_dtype)
    return Need(
        each=machine.width * copies,
        less=f"{setting} bf16" if machine.dtype == "fp32" else "",
        less_in_few_bits="weights as-is" if weights != "as-is" and machine.device == "cpu" else "",
        device=machine.device,
    )


def locate(name: str) -> tuple[str, RLConfig | None]:
    """Return the name for `models.load`, and the RL configuration of the model's run, if any."""
    alias = ours(name)
    if alias is not None:
        return name, _rl(SHIPPED / alias)
    path = given(name)
    if not path.is_dir():
        return name, None
    if not (path / CONFIG).is_file() or is_run(path):  # else a model
        if (path / MANIFEST).is_file() and (path / "model").is_dir():
            return spelled(_model_of(read_checkpoint(path).path)), _rl(path)
        if is_run(path) or (path / "checkpoints").is_dir() or (path / "rollouts").is_dir():
            return spelled(_model_of_run(path)), _rl(path)
    return spelled(path), _rl(path.parent) if path.name == "model" else None


def recorded_name(model: str) -> str:
    """Return how a run writes down what it starts from: a run or checkpoint as its model folder."""
    if models.new_size(model) is not None or not given(model).is_dir():
        return models.recorded(model)
    return models.recorded(locate(model)[0])


def trained_on(name: str) -> list[str]:
    """Return the families that a model's run was trained on; none if it is not a run's."""
    alias = ours(name)
    folder = given(name) if alias is None else SHIPPED / alias
    folder = folder.parent if folder.name == "model" else folder
    read = read_config(folder)
    return [] if read is None else [part.family for part in read[0].tasks]


def _model_of_run(run: Path) -> Path:
    if (run / "model" / CONFIG).is_file() and wrote(run, "model"):
        return run / "model"
    checkpoints = run / "checkpoints"
    used = latest_good(checkpoints, say)
    if used is None:
        raise UsageError(f"the run {run} has no checkpoint yet")
    if used.score is not None:  # else it may have learned much since the best was measured
        try:
            used = read_checkpoint(best(checkpoints) or used.path)
        except CheckpointError as error:
            say(f"checkpoint skipped: {error}")
    say(f"{run} is not finished; using {used.path.name}")
    return _model_of(used.path)


def _model_of(checkpoint: Path) -> Path:
    return checkpoint / "model"


def _rl(folder: Path) -> RLConfig | None:
    """Return the RL configuration of a run or of one of its checkpoints."""
    read = read_config(folder)
    if read is None:
        return None
    config, resolved = read
    machine = resolved.get("machine")
    return with_budgets(config, Machine(**machine).speed if machine else UNMEASURED).rl
