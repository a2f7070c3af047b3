"""What can be set, field by field, with what `cogitate train RECIPE --help` says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


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
class PhaseConfig:
    """What every phase of a run has."""

    num_steps: int = 0
    """Updates; 0 leaves the phase out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisedConfig(PhaseConfig):
    """What the phases before RL have in common: they learn texts that are known to be correct."""

    tasks: tuple[TaskConfig, ...] = ()
    """What is learned in this phase; empty for the run's own tasks."""
    items_per_step: int = 32
    """Items in one update: a question with its answer or worked solution, or a piece of text."""
    lr: float = 2e-4
    """Peak learning rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionsConfig(SupervisedConfig):
    """What the phases that learn from worked solutions have in common."""

    empty_thought_share: float = 0.0
    """Of the worked solutions, the share that is learned with an empty thought: in pre-training
    beside the whole solution, in the cold start in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig(SolutionsConfig):
    """Pre-training of a model from nothing: worked solutions, answers, your own texts.

    Example: PretrainConfig(num_steps=4000, items_per_step=64, lr=2e-3, texts=("notes.txt",))
    """

    vocabulary: int = 0
    """Tokens of a new model's own vocabulary, learned from the same texts; 0 for bytes."""
    texts: tuple[str, ...] = ()
    """The user's own text files, in UTF-8, beside questions of the tasks."""
    text_share: float = 0.5
    """Of the items, those that are pieces of these files, where there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillConfig(SupervisedConfig):
    """Many questions with their answers, without a thought.

    Example: DrillConfig(tasks=(TaskConfig(family="spelling"),), num_steps=200, lr=4e-4)
    """

    chat: bool = False
    """Behind the model's own chat template; otherwise, and always for drill tasks, as bare text."""
    items_per_row: int = 1
    """Items that follow each other in one text: each sees those before it as examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStartConfig(SolutionsConfig):
    """Supervised learning of worked solutions: thought and answer behind the real prompt.

    Example: ColdStartConfig(num_steps=60, items_per_step=32, lr=3e-4)
    """

    self_correction_share: float = 1.0
    """Of the worked solutions, the share with self-corrections, where a family has both kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RLConfig(PhaseConfig):
    """Reinforcement learning on the policy's own rollouts, synchronous and on-policy.

    Example: RLConfig(num_steps=100, groups_per_step=8, group_size=8, think=96, answer=16)
    """

    groups_per_step: int = 8
    """Groups with signal wanted in one update."""
    group_size: int = 8
    """Rollouts of one question."""
    think: int = 128
    """Thought tokens at most; the engine closes a longer thought. 0 answers at once."""
    budgets: tuple[int, ...] = ()
    """Thought budgets of which each prompt states one, drawn at random; a thought that does not
    close by itself within it earns nothing. Empty: always `think`, which is not stated."""
    deadlines_s: tuple[float, ...] = ()
    """Budgets in seconds instead: of thought, what this machine has time for before an answer. A
    thought that they close is judged by its answer, as at a deadline."""
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
    betas: tuple[float, float] = (0.9, 0.95)
    """Decay of the gradient's mean and of its square."""
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
    """Rank of low-rank adapters (arXiv 2106.09685); 0 trains all weights. A run from an adapter of
    the same rank goes on with it; from another one it starts anew, with that one merged in."""


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
    sampler: str = "local"
    """What rolls out: a name of cogitate.train.workers.SAMPLERS."""
    learner: str = "local"
    """What updates the weights: a name of cogitate.train.workers.LEARNERS."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where both compute; auto is the CPU."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Of forward and backward pass; auto measures once and keeps its choice."""
    threads: int = 0
    """Of torch; 0 takes the processor's cores."""
    memory_gb: float = 0.0
    """Ceiling that micro-batches are planned for; 0 takes two thirds of what is free."""
    trackers: tuple[str, ...] = ("tensorboard",)
    """Where metrics go beside metrics.jsonl: tensorboard, wandb, trackio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """From which values on the rules of cogitate.watch take something for wrong.

    Example: WatchConfig(thresholds={"entropy_jump": 5.0}, control=("sorting",))
    """

    preset: Literal["strict", "usual", "off"] = "usual"
    """The thresholds of cogitate.watch.thresholds."""
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Thresholds that differ from the preset, by name; 0 switches a rule off."""
    control: tuple[str, ...] = ()
    """Families that are asked at each evaluation though they are not trained on."""


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
    pretrain: PretrainConfig = PretrainConfig(items_per_step=64, lr=2e-3)
    drill: DrillConfig = DrillConfig(items_per_step=64, lr=4e-4)
    cold_start: ColdStartConfig = ColdStartConfig()
    rl: RLConfig = RLConfig()
    optim: OptimConfig = OptimConfig()
    run: RunConfig = RunConfig()
    watch: WatchConfig = WatchConfig()

    @property
    def num_steps(self) -> int:
        """Updates of all phases together."""
        return sum(phase.num_steps for phase in (*self.supervised.values(), self.rl))

    @property
    def supervised(self) -> dict[str, SupervisedConfig]:
        """The phases before RL, in the order in which a run goes through them."""
        return {"pretrain": self.pretrain, "drill": self.drill, "cold_start": self.cold_start}

    @property
    def families(self) -> tuple[str, ...]:
        """The families of all phases and the controls, each once, as they were named."""
        parts = [*self.tasks, *(part for phase in self.supervised.values() for part in phase.tasks)]
        return tuple(dict.fromkeys([*(part.family for part in parts), *self.watch.control]))
