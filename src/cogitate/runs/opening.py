"""What a user calls a model, to a policy: a run, a checkpoint, a folder, a name or an alias."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from cogitate import models
from cogitate.budget import UNMEASURED, parse_budget
from cogitate.config import RLConfig, RunConfig
from cogitate.disk import given, spelled
from cogitate.engine.engine import Engine
from cogitate.engine.memory import cache_rows
from cogitate.errors import CheckpointError, UsageError
from cogitate.evaluate.kept import Kept, Part
from cogitate.hardware import Machine, settle
from cogitate.models.hub import SHIPPED, ours
from cogitate.notices import say
from cogitate.prompt import usual_answer
from cogitate.rollout.local import LocalSampler, markers
from cogitate.runs.checkpoint import MANIFEST, best, latest_good, read_checkpoint
from cogitate.runs.deadline_budgets import with_budgets
from cogitate.runs.folder import CONFIG, is_run, read_config, wrote
from cogitate.tasks import FAMILIES
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Family, Sampler
from cogitate.version import version

Dtype = Literal["auto", "fp32", "bf16"]

DEFAULT_EFFORT = "low"
"""Where neither the user nor the model's own run says how long to think."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A model ready to be asked, with the thought budget that it was trained under."""

    policy: models.Policy
    think: int | None
    """Tokens; None where the model does not come from a run."""
    taught: tuple[int, ...]
    """Thought budgets that the model was told in training."""
    closes: bool
    """Whether it was to close its thoughts within them by itself; deadlines do it by force."""
    answer: int | None
    """Answer tokens at most in training; None where the model does not come from a run."""
    machine: Machine
    """What it runs on, dtype included."""
    keep: Part | None = None
    """Where rollouts of evaluations are kept until these are whole."""

    @property
    def context(self) -> int:
        """Positions at most."""
        return self.policy.decoder.arch.context

    @property
    def weights(self) -> str:
        """Twelve hex digits that tell the weights from any others."""
        return models.fingerprint(self.policy.decoder)

    def budget(self, think: str | None, answer: int | None, min_think: int = 0) -> Budget:
        """Return the budget asked for, or the run's own, or `DEFAULT_EFFORT`.

        A model never taught to think answers at once, and this says so where it was to think.
        Loops are broken in all that is asked, as they are by the server.

        Raises:
            UsageError: no such effort, or the thought is to be longer than it may be.
        """
        own = DEFAULT_EFFORT if self.think is None else str(min(self.think, self.context))
        wanted = replace(parse_budget(think or own, self.context, answer), break_loops=True)
        if not 0 <= min_think <= (wanted.think or 0):
            raise UsageError(
                f"--min-think is 0 to --think's {wanted.think} tokens, not {min_think}"
            )
        if self.policy.tokenizer.think_open is not None:
            return replace(wanted, min_think=min_think)
        if think is not None and wanted.think:
            say(f"{self.policy.name} was never taught to think; it answers at once")
        return replace(wanted, think=0)

    def engine(self, rows: int = 1) -> Engine:
        """Return an engine for so many requests at a time."""
        return Engine(self.policy.decoder, markers(self.policy.tokenizer), rows=rows)

    def sampler(self, budget: Budget, rows: int | None = None) -> LocalSampler:
        """Return a sampler for many requests of one budget, as many at a time as memory allows."""
        rows = rows or cache_rows(self.policy.decoder.arch, budget, self.machine)
        return LocalSampler(self.policy.decoder, markers(self.policy.tokenizer), rows=rows)

    def keeper(self, budget: Budget) -> Sampler:
        """Return the same, which samples nothing again that is kept already."""
        sampler = self.sampler(budget)
        if self.keep is None:
            return sampler
        known = markers(self.policy.tokenizer)
        ids = (known.open, known.close, known.cue, sorted(known.ends))
        made_by = (self.weights, self.policy.decoder.arch, ids, version())
        return Kept(sampler, self.keep, repr(made_by))


def open_policy(name: str, dtype: Dtype, keep: Part | None = None) -> Opened:
    """Load what `name` stands for; for `keep` see `Opened`.

    Raises:
        UsageError, ModelError, CheckpointError: nothing usable stands there.
    """
    folder, rl = locate(name)
    machine = settle(RunConfig(dtype=dtype))
    policy = models.load(folder, dtype=machine.torch_dtype)
    return Opened(
        policy=policy,
        think=None if rl is None else rl.think,
        taught=() if rl is None else rl.budgets,
        closes=rl is None or not rl.deadlines_s,
        answer=None if rl is None else rl.answer,
        machine=machine,
        keep=keep,
    )


def locate(name: str) -> tuple[str, RLConfig | None]:
    """Return what `models.load` is to be given, and the RL of the run behind it."""
    alias = ours(name)
    if alias is not None:
        return name, _rl(SHIPPED / alias)
    path = given(name)
    if not path.is_dir():
        return name, None
    if not (path / CONFIG).is_file() or is_run(path):  # else a model, whatever stands in it
        if (path / MANIFEST).is_file() and (path / "model").is_dir():
            return spelled(_model_of(read_checkpoint(path).path)), _rl(path)
        if is_run(path) or (path / "checkpoints").is_dir() or (path / "rollouts").is_dir():
            return spelled(_model_of_run(path)), _rl(path)
    return spelled(path), _rl(path.parent) if path.name == "model" else None


def trained_on(name: str) -> list[str]:
    """Return the families of the run that `name` stands for; none where it is not a run's."""
    alias = ours(name)
    folder = given(name) if alias is None else SHIPPED / alias
    folder = folder.parent if folder.name == "model" else folder
    read = read_config(folder)
    return [] if read is None else [part.family for part in read[0].tasks]


def usual_answer_of(name: str, tokenizer: Tokenizer) -> int:
    """Return the tokens of answers such as the model was trained to give, of the same families."""
    return usual_answer(tokenizer, _families(name))


def usual_questions(name: str, num: int) -> list[str]:
    """Return questions such as the model was trained on, of the families in this package."""
    families = _families(name)
    return [family.generate("train", i).question for i in range(num) for family in families]


def _families(name: str) -> list[Family]:
    return [FAMILIES[family]() for family in trained_on(name) if family in FAMILIES]


def _model_of_run(run: Path) -> Path:
    if (run / "model" / CONFIG).is_file() and wrote(run, "model"):
        return run / "model"
    checkpoints = run / "checkpoints"
    used = latest_good(checkpoints, say)
    if used is None:
        raise UsageError(f"the run {run} has no checkpoint yet")
    if used.score is not None:  # without one it may have learned much since the best was measured
        try:
            used = read_checkpoint(best(checkpoints) or used.path)
        except CheckpointError as error:
            say(f"checkpoint passed over: {error}")
    say(f"{run} is not finished; using {used.path.name}")
    return _model_of(used.path)


def _model_of(checkpoint: Path) -> Path:
    return checkpoint / "model"


def _rl(folder: Path) -> RLConfig | None:
    """Read it from the configuration that a run and each of its checkpoints hold."""
    read = read_config(folder)
    if read is None:
        return None
    config, resolved = read
    machine = resolved.get("machine")
    return with_budgets(config, Machine(**machine).speed if machine else UNMEASURED).rl
