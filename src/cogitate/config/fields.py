"""All settings, with their texts in `cogitate train RECIPE --help`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfig:
    """One part of a mixture of tasks.

    Example: TaskConfig(family="letter_counting", weight=2.0, level=3)
    """

    family: str
    """A family's name, `reasoning_gym:NAME`, or a path to a .jsonl, .csv or .py file or a folder
    of tests."""
    weight: float = 1.0
    """Share of the draws, relative to the other parts of the mixture."""
    level: int | None = None
    """Difficulty; None for the family's own mixture of levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseConfig:
    """Settings of every phase."""

    num_steps: int = 0
    """Updates; 0 leaves the phase out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisedConfig(PhaseConfig):
    """Settings of the phases before RL, which learn from correct texts."""

    tasks: tuple[TaskConfig, ...] = ()
    """Tasks of this phase; empty for the run's own tasks."""
    items_per_step: int = 32
    """Items in one update: a question with its answer or worked solution, or a piece of text."""
    lr: float = 2e-4
    """Peak learning rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionsConfig(SupervisedConfig):
    """Settings of the phases that learn from worked solutions."""

    empty_thought_share: float = 0.0
    """Share of the worked solutions that is learned with an empty thought: in pre-training in
    addition to the whole solution, in the cold start in its place. If it is more than 0, a cold
    start also learns answers that have no thought, of files and references, behind an empty one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig(SolutionsConfig):
    """Pre-training of a new model: worked solutions, answers, your own texts.

    Example: PretrainConfig(num_steps=4000, items_per_step=64, lr=2e-3, texts=("notes.txt",))
    """

    vocabulary: int = 0
    """Size of a new model's own vocabulary, learned from the same texts; 0 for bytes."""
    texts: tuple[str, ...] = ()
    """The user's own text files, in UTF-8, in addition to questions of the tasks."""
    text_share: float = 0.5
    """Share of the items that are pieces of these files, if there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillConfig(SupervisedConfig):
    """Many questions with their answers, without a thought.

    Example: DrillConfig(tasks=(TaskConfig(family="spelling"),), num_steps=200, lr=4e-4)
    """

    chat: bool = False
    """Whether items are in the model's chat template; otherwise, and always for drill items of a
    family, they are bare text."""
    items_per_row: int = 1
    """Items in one text; each has those before it as examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStartConfig(SolutionsConfig):
    """Supervised fine-tuning on worked solutions: thought and answer after the real prompt.

    Example: ColdStartConfig(num_steps=60, items_per_step=32, lr=3e-4)
    """

    self_correction_share: float = 1.0
    """Share of the worked solutions with self-corrections, if a family has both kinds. With stated
    budgets the others leave them out where they do not fit; 0 leaves them out everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RLConfig(PhaseConfig):
    """Reinforcement learning on the policy's own rollouts, synchronous and on-policy.

    Example: RLConfig(num_steps=100, groups_per_step=8, group_size=8, think=96, answer=16)
    """

    groups_per_step: int = 8
    """Groups with signal needed for one update."""
    group_size: int = 8
    """Rollouts of one question."""
    think: int = 128
    """Maximum of thought tokens; the engine closes a longer thought. 0 answers at once."""
    budgets: tuple[int, ...] = ()
    """Thought budgets of which each prompt states one, drawn at random; a thought that the model
    does not close within it has reward 0. Empty: always `think`, which only templates state that
    have a place for it, as mini's."""
    deadlines_s: tuple[float, ...] = ()
    """Budgets in seconds instead, from which this machine's speed gives the thought budget. If a
    thought is closed at a deadline, its answer is judged."""
    anytime: int = 0
    """Points of each thought at which an answer is also forced and judged; the reward is then the
    mean over all answers (AnytimeReasoner, arXiv 2505.13438)."""
    answer: int = 16
    """Maximum of answer tokens; a rollout cut off here scores 0."""
    temperature: float = 1.0
    """Sampling temperature, at full support; the learner applies the same."""
    lr: float = 2e-5
    """Peak learning rate."""
    shorter: float = 0.0
    """Most of a correct rollout's reward that a long thought costs, by its length among the group's
    correct ones (arXiv 2502.04463); below 1, not beside `anytime`. A wrong rollout gains nothing by
    being short."""
    advantage: str = "dr_grpo"
    """Rewards of a group to advantages: a name of cogitate.advantage."""
    objective: str = "reinforce"
    """Advantages to a loss: a name of cogitate.loss."""
    levels: str = "own"
    """Levels to sample if a task sets none: own (the family's mixture), uniform, adaptive (most
    where accuracy is near 50 %), or numbers such as 2,3,4, uniformly."""
    refill_rounds: int = 2
    """Maximum of rounds that replace groups whose rewards are all equal."""
    updates_per_batch: int = 1
    """Updates from the rollouts of one step, each on its share of the groups. From 2 on, as with
    scale.lead, rollouts are older than the weights: reinforce does not correct that, and only then
    do ppo_clip, cispo and gspo differ from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimConfig:
    """AdamW (arXiv 1711.05101), one schedule per phase: warm-up, flat, then linear decay.

    Example: OptimConfig(warmup=0.05, decay=0.5, clip=1.0)
    """

    warmup: float = 0.05
    """Share of a phase's steps in which the rate rises to its peak."""
    decay: float = 0.5
    """Share of a phase's steps, at its end, in which the rate falls to a tenth."""
    betas: tuple[float, float] = (0.9, 0.95)
    """Decay of the gradient's mean and of its square."""
    weight_decay: float = 0.0
    """Decoupled, on matrices only."""
    clip: float = 1.0
    """Largest norm of the whole gradient; 0 does not clip."""
    muon: bool = False
    """Muon (arXiv 2502.16982) instead of AdamW for the layers' matrices; a new model then needs
    fewer steps."""
    frozen_embedding: bool = False
    """Freeze the embedding: tied to the output, it would drift for tokens that a narrow task never
    uses, since Adam takes full steps on tiny gradients."""
    lora_rank: int = 0
    """Rank of low-rank adapters (arXiv 2106.09685); 0 trains all weights. A run from an adapter of
    the same rank continues it; one of another rank is merged, and a new one starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """Checkpoints, evaluations and logging of a run, and its use of the machine.

    Example: RunConfig(checkpoint_every=20, eval_every=20, eval_n=100)
    """

    checkpoint_every: int = 20
    """Steps between two checkpoints."""
    eval_every: int = 20
    """Steps between two held-out evaluations; 0 for none."""
    eval_n: int = 100
    """Held-out questions of each evaluation."""
    show_every: int = 10
    """RL steps between two rollouts shown in full; 0 for none."""
    sampler: str = "local"
    """Sampler: a name of cogitate.train.workers.SAMPLERS."""
    learner: str = "local"
    """Learner: a name of cogitate.train.workers.LEARNERS."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where both compute; auto takes a GPU if there is one. A run may go on on the other."""
    dtype: Literal["auto", "fp32", "bf16"] = "auto"
    """Of forward and backward pass; auto measures once and keeps its choice."""
    threads: int = 0
    """Threads of torch; 0 for the number of cores."""
    memory_gb: float = 0.0
    """Memory limit for micro-batches; 0 for two thirds of what is free, on a GPU of the GPU's. At
    scale it is each process's."""
    compile: bool = False
    """On a GPU, compile the small operations of each layer (torch.compile): faster steps, after a
    minute for the first."""
    trackers: tuple[str, ...] = ("tensorboard",)
    """Trackers of metrics in addition to metrics.jsonl: tensorboard, wandb, trackio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleConfig:
    """A run over several processes, under Ray, on this machine or a cluster.

    Example: ScaleConfig(samplers=6, learners=2, lead=1)
    """

    samplers: int = 0
    """Processes that sample; 0 samples and learns in this process, without Ray."""
    learners: int = 1
    """Processes that share the learner's weights and batch, by FSDP2."""
    address: str = ""
    """Address of a Ray cluster; empty starts Ray on this machine."""
    lead: Literal[0, 1, 2] = 0
    """Batches that are sampled ahead, from weights as many updates old; 1 and 2 need rl.objective
    cispo, which corrects for their age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """Thresholds of the rules of cogitate.watch.

    Example: WatchConfig(thresholds={"entropy_jump": 5.0}, control=("sorting",))
    """

    preset: Literal["strict", "usual", "off"] = "usual"
    """The thresholds of cogitate.watch.thresholds."""
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Thresholds that differ from the preset, by name; 0 switches a rule off."""
    control: tuple[str, ...] = ()
    """Families that are also evaluated, though not trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """The sandbox in which programs of a model are run.

    Example: SandboxConfig(level="full")
    """

    level: Literal["none", "process", "seccomp", "full"] = "seccomp"
    """Minimum level; families that run programs are refused where the machine does not reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything that determines a run, to the bit on the same machine and build.

    Example: TrainConfig(recipe="own", model="smollm2-135m",
    tasks=(TaskConfig(family="mine.jsonl"),), rl=RLConfig(num_steps=100))
    """

    recipe: str
    """Name of the recipe."""
    model: str
    """A Hugging Face folder or name, an alias, or new-SIZE for random weights."""
    tasks: tuple[TaskConfig, ...]
    """The mixture of tasks for cold start, RL and held-out evaluation."""
    seed: int = 0
    """Seed of all randomness."""
    pretrain: PretrainConfig = PretrainConfig(items_per_step=64, lr=2e-3)
    drill: DrillConfig = DrillConfig(items_per_step=64, lr=4e-4)
    cold_start: ColdStartConfig = ColdStartConfig()
    rl: RLConfig = RLConfig()
    optim: OptimConfig = OptimConfig()
    run: RunConfig = RunConfig()
    scale: ScaleConfig = ScaleConfig()
    sandbox: SandboxConfig = SandboxConfig()
    watch: WatchConfig = WatchConfig()

    @property
    def num_steps(self) -> int:
        """Updates of all phases together."""
        return sum(phase.num_steps for phase in (*self.supervised.values(), self.rl))

    @property
    def is_sharded(self) -> bool:
        """Whether the learner's weights are sharded, which decides the form of checkpoints."""
        return self.run.learner == "fsdp" or self.scale.learners > 1

    @property
    def supervised(self) -> dict[str, SupervisedConfig]:
        """The phases before RL, in order."""
        return {"pretrain": self.pretrain, "drill": self.drill, "cold_start": self.cold_start}

    @property
    def families(self) -> tuple[str, ...]:
        """The names of the families of all phases and the controls, without duplicates."""
        parts = [*self.tasks, *(part for phase in self.supervised.values() for part in phase.tasks)]
        return tuple(dict.fromkeys([*(part.family for part in parts), *self.watch.control]))
