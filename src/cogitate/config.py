"""Typed configuration of a training run: a recipe is a function that returns one.

Few knobs (STYLE 7): what can be derived is derived. Every field has its docstring, which is
what `cogitate train RECIPE --help` prints. JSON goes in and out; an unknown key is an error.
"""

import dataclasses
import difflib
import json
import math
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cogitate.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfig:
    """One part of a mixture of tasks.

    Example: TaskConfig(family="letter_counting", weight=2.0, level=3)
    """

    family: str
    """A family's name, `reasoning_gym:NAME`, or a path to a .jsonl, .csv or .py file."""
    weight: float = 1.0
    """Share of the draws, relative to the others of the mixture."""
    level: int | None = None
    """Difficulty; None lets the family mix its levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """Pre-training of a model from nothing: worked solutions, answers, your own texts.

    Example: PretrainConfig(num_steps=4000, items_per_step=64, texts=("notes.txt",))
    """

    vocabulary: int = 0
    """Tokens of a new model's own vocabulary, learned from the same texts; 0 for bytes."""
    texts: tuple[str, ...] = ()
    """The user's own text files, in UTF-8, beside questions of the run's tasks."""
    text_share: float = 0.5
    """Of the items, those that are pieces of these files, where there are any."""
    terse_share: float = 0.0
    """Of the worked solutions, those beside which the same question is answered with an empty
    thought as well: little is computed for it, as the question is read once."""
    num_steps: int = 0
    """Updates; 0 leaves the phase out."""
    items_per_step: int = 64
    """Texts in one update."""
    lr: float = 2e-3
    """Peak learning rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeConfig:
    """Bulk practice of questions with their answers, without a thought.

    Example: PracticeConfig(tasks=(TaskConfig(family="spelling"),), num_steps=200)
    """

    tasks: tuple[TaskConfig, ...] = ()
    """What is practised; empty practises the run's own tasks."""
    chat: bool = False
    """Behind the model's own chat template; else, and lessons always, as bare text."""
    num_steps: int = 0
    """Updates; 0 leaves the phase out."""
    items_per_step: int = 64
    """Questions with their answers in one update."""
    items_per_row: int = 1
    """Of them, how many follow each other in one text: each sees those before it as examples."""
    lr: float = 4e-4
    """Peak learning rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStartConfig:
    """Supervised learning of worked solutions: thought and answer behind the real prompt.

    Example: ColdStartConfig(num_steps=60, items_per_step=32, lr=3e-4)
    """

    tasks: tuple[TaskConfig, ...] = ()
    """What is demonstrated; empty demonstrates the run's own tasks."""
    num_steps: int = 0
    """Updates; 0 leaves the phase out."""
    items_per_step: int = 32
    """Worked solutions in one update."""
    detours: float = 1.0
    """Of them, the share with detours and self-corrections, where a family has both kinds."""
    terse_share: float = 0.0
    """Of them, the share that leaves its thought empty, as people mostly write."""
    lr: float = 2e-4
    """Peak learning rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RLConfig:
    """Reinforcement learning on the policy's own rollouts, synchronous and on-policy.

    Example: RLConfig(num_steps=100, groups_per_step=8, group_size=8, think=96, answer=16)
    """

    num_steps: int = 0
    """Updates; 0 leaves the phase out."""
    groups_per_step: int = 8
    """Groups with signal wanted in one update."""
    group_size: int = 8
    """Rollouts of one question."""
    think: int = 128
    """Thought tokens at most; the engine closes a longer thought. 0 answers at once."""
    budgets: tuple[int, ...] = ()
    """Thought budgets of which each question draws one and is told it; a thought that does not
    close by itself within it earns nothing. Empty: always `think`, and untold."""
    deadlines_s: tuple[float, ...] = ()
    """Budgets in seconds instead: of thought, what this machine has time for before an answer."""
    anytime: int = 0
    """Points of each thought at which an answer is forced and judged too; the reward is then the
    mean over all answers (AnytimeReasoner, arXiv 2505.13438)."""
    answer: int = 16
    """Answer tokens at most; a rollout cut off here scores 0."""
    temperature: float = 1.0
    """Of sampling at full support; the learner applies the same."""
    lr: float = 2e-5
    """Peak learning rate."""
    advantage: str = "dr_grpo"
    """Rewards of a group to advantages: a name of cogitate.advantage."""
    objective: str = "reinforce"
    """Advantages to a loss: a name of cogitate.loss."""
    levels: str = "own"
    """Which are asked where no task fixes one: own (as the family mixes them), uniform (all
    alike), adaptive (most where the policy is half right), or numbers such as 2,3,4, all alike."""
    refill_rounds: int = 2
    """Rounds at most that replace groups whose rewards are all equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimConfig:
    """AdamW (arXiv 1711.05101), one schedule per phase: warm-up, flat, then linear decay.

    Example: OptimConfig(warmup=0.05, decay=0.5, clip=1.0)
    """

    warmup: float = 0.05
    """Share of a phase's steps in which the rate rises to its peak."""
    decay: float = 0.5
    """Share of a phase's steps, its last, in which the rate falls to a tenth."""
    beta1: float = 0.9
    """Decay of the gradient's mean."""
    beta2: float = 0.95
    """Decay of the gradient's square."""
    weight_decay: float = 0.0
    """Decoupled, on matrices only."""
    clip: float = 1.0
    """Largest norm of the whole gradient; 0 does not clip."""
    muon: bool = False
    """Orthogonal steps (Muon, arXiv 2502.16982) for the layers' matrices in place of AdamW's: a
    model from nothing learns in fewer of them."""
    frozen_embedding: bool = False
    """Keep the embedding as it is: tied to the output, it else drifts for every token that a
    narrow task never writes, since Adam takes full steps on faint gradients."""
    lora_rank: int = 0
    """Rank of low-rank adapters (arXiv 2106.09685); 0 trains all weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """How a run is kept, watched and stopped, and what of the machine it may use.

    Example: RunConfig(checkpoint_every=20, eval_every=20, eval_n=100)
    """

    checkpoint_every: int = 20
    """Steps between two checkpoints."""
    eval_every: int = 20
    """Steps between two held-out evaluations; 0 never evaluates."""
    eval_n: int = 100
    """Held-out questions of each evaluation."""
    show_every: int = 10
    """RL steps between two rollouts shown in full; 0 shows none."""
    no_signal_steps: int = 8
    """RL steps in a row without a group that carries signal, after which the run stops."""
    truncation_limit: float = 0.5
    """Share of rollouts cut off, over as many steps as above, past which the run stops."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Of forward and backward pass; auto measures once and keeps its choice."""
    threads: int = 0
    """Of torch; 0 takes the processor's cores."""
    memory_gb: float = 0.0
    """Ceiling that micro-batches are planned for; 0 takes two thirds of what is free."""
    trackers: tuple[str, ...] = ("tensorboard",)
    """Where metrics go beside metrics.jsonl: tensorboard, wandb, trackio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything that decides a run; with the same machine and build it decides every bit.

    Example: TrainConfig(recipe="own", model="smollm2-135m",
    tasks=(TaskConfig(family="mine.jsonl"),), rl=RLConfig(num_steps=100))
    """

    recipe: str
    """Name of the recipe that made this."""
    model: str
    """A Hugging Face folder or name, an alias, or new-SIZE to start from nothing."""
    tasks: tuple[TaskConfig, ...]
    """What is learned: the mixture that cold start, RL and held-out evaluation draw from."""
    seed: int = 0
    """All randomness derives from it."""
    pretrain: PretrainConfig = PretrainConfig()
    practice: PracticeConfig = PracticeConfig()
    cold_start: ColdStartConfig = ColdStartConfig()
    rl: RLConfig = RLConfig()
    optim: OptimConfig = OptimConfig()
    run: RunConfig = RunConfig()

    @property
    def num_steps(self) -> int:
        """Updates of all phases together."""
        return sum(phase.num_steps for phase in (*self.supervised.values(), self.rl))

    @property
    def supervised(self) -> dict[str, PretrainConfig | PracticeConfig | ColdStartConfig]:
        """The phases before RL, in the order in which a run goes through them."""
        return {
            "pretrain": self.pretrain,
            "practice": self.practice,
            "cold_start": self.cold_start,
        }


def to_json(config: Any) -> dict[str, Any]:
    """Return the configuration as plain JSON values."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def from_json(values: Mapping[str, Any]) -> TrainConfig:
    """Return the configuration that `to_json` wrote; an unknown key is a `UsageError`."""
    return _build(TrainConfig, values, "")


def differences(old: TrainConfig, new: TrainConfig) -> list[str]:
    """Return one line for each field in which two configurations differ.

    Example: ["rl.num_steps is 200, not 100"]
    """
    old_leaves, new_leaves = _leaves(to_json(old), ""), _leaves(to_json(new), "")
    return [
        f"{key} is {json.dumps(value)}, not {json.dumps(new_leaves[key])}"
        for key, value in old_leaves.items()
        if new_leaves[key] != value
    ]


MIN_VOCABULARY = 261
"""Of a model from nothing: 256 bytes and the five markers."""
_MAY_BE_NEGATIVE = ("seed",)
_SHARES = ("optim.warmup", "optim.decay", "run.truncation_limit", "pretrain.text_share",
           "pretrain.terse_share", "cold_start.detours",
           "cold_start.terse_share")  # fmt: skip


def check(config: TrainConfig) -> None:
    """Refuse settings that mean nothing, with a `UsageError` that names the field."""
    at_least_one = {
        **{f"{name}.items_per_step": p.items_per_step for name, p in config.supervised.items()},
        "practice.items_per_row": config.practice.items_per_row,
        "rl.groups_per_step": config.rl.groups_per_step,
        "rl.answer": config.rl.answer,
        "run.checkpoint_every": config.run.checkpoint_every,
        "run.eval_n": config.run.eval_n,
        "run.no_signal_steps": config.run.no_signal_steps,
        "the steps of all phases": config.num_steps,
        "tasks": len(config.tasks),
    }
    for key, value in at_least_one.items():
        if value < 1:
            raise UsageError(f"{key}: at least 1 is needed, not {value}")
    for key, value in _leaves(to_json(config), "").items():
        if key in _MAY_BE_NEGATIVE or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not value >= 0:
            raise UsageError(f"{key}: 0 or more is needed, not {value}")
        if key in _SHARES and value > 1:
            raise UsageError(f"{key}: a share of at most 1 is needed, not {value}")
    if 0 < config.pretrain.vocabulary < MIN_VOCABULARY:
        raise UsageError(
            f"pretrain.vocabulary: {MIN_VOCABULARY} or more, which bytes and markers take; or 0"
        )
    if max(config.optim.beta1, config.optim.beta2) >= 1:
        raise UsageError("optim.beta1 and optim.beta2: less than 1 is needed")
    _check_rl(config.rl)


def _check_rl(rl: RLConfig) -> None:
    if rl.group_size < 2:
        raise UsageError(
            f"rl.group_size: a group of {rl.group_size} has nothing to be compared with;"
            " take 2 or more"
        )
    if rl.temperature == 0:
        raise UsageError("rl.temperature: training samples at more than 0")
    if rl.anytime and not rl.think:
        raise UsageError("rl.anytime: without a thought (rl.think) there is nothing to cut")
    if rl.budgets and not 0 <= min(rl.budgets) <= max(rl.budgets) <= rl.think:
        raise UsageError(f"rl.budgets: each is from 0 to rl.think, which is {rl.think}")
    if rl.deadlines_s and (rl.budgets or not all(0 < s < math.inf for s in rl.deadlines_s)):
        raise UsageError(
            "rl.deadlines_s: each is more than 0 seconds, and no rl.budgets beside them"
        )


def need(key: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that a registry does not have, with the nearest one that it has."""
    if name not in (names := list(known)):
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
        raise UsageError(f"{key} {name!r} does not exist; {hint}")


def _leaves(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            leaves |= _leaves(typing.cast("Mapping[str, Any]", value), f"{prefix}{key}.")
        else:
            leaves[f"{prefix}{key}"] = value
    return leaves


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
        if field.name not in values and field.default is dataclasses.MISSING
    ]
    if missing:
        raise UsageError(f"the setting {where}{missing[0]} is missing")
    return kind(**{key: _value(hints[key], value, where + key) for key, value in values.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return _build(hint, typing.cast("Mapping[str, Any]", value), f"{where}.")
    if typing.get_origin(hint) is tuple and isinstance(value, list | tuple):
        inner = typing.get_args(hint)[0]
        items = enumerate(typing.cast("list[Any]", value))
        return tuple(_value(inner, item, f"{where}[{index}]") for index, item in items)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not _fits(hint, value):
        wanted = getattr(hint, "__name__", str(hint))
        raise UsageError(f"{where} should be {wanted}, not {value!r}")
    return value


def _fits(hint: Any, value: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin is Literal:
        return value in typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(option, value) for option in typing.get_args(hint))
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
