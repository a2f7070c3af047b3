"""Checks, before a run begins, that the questions of files fit the model's context."""

from collections.abc import Sequence

from cogitate.config import TrainConfig
from cogitate.errors import UsageError
from cogitate.prompt import completion_tokens, prompt_tokens
from cogitate.protocols import Family
from cogitate.tasks import Demonstrates, size
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.pretrain import Pretrain
from cogitate.train.data.rl import Reinforce
from cogitate.train.data.sft import ColdStart
from cogitate.train.data.solutions import solution
from cogitate.train.plan import Phase
from cogitate.types import Budget, Task


def check_context_length(
    phases: Sequence[Phase], config: TrainConfig, tokenizer: Tokenizer, context: int
) -> None:
    """Refuse a question of a finite family that a phase has too little room for.

    Raises:
        UsageError: names the family, the question and the tokens that it needs.
    """
    for source in (phase.source for phase in phases):
        if not isinstance(source, Pretrain | ColdStart | Reinforce):
            continue
        needed = _rolled_out if isinstance(source, Reinforce) else _learned
        for part in source.mixture.sources:
            for index in range(size(part.family, "train", part.level) or 0):
                task = part.family.generate("train", index, part.level)
                prompt = prompt_tokens(tokenizer, task.question, Budget(think=config.rl.think))
                _need(task, len(prompt) + needed(part.family, task, config, tokenizer), context)


def _rolled_out(_family: Family, _task: Task, config: TrainConfig, _tokenizer: Tokenizer) -> int:
    """Return the most tokens of a thought, its close and an answer."""
    return config.rl.think + (config.rl.think > 0) + config.rl.answer


def _learned(family: Family, task: Task, config: TrainConfig, tokenizer: Tokenizer) -> int:
    """Return the tokens of a worked solution; 0 where a family's answers are not learned."""
    if not (config.cold_start.empty_thought_share or isinstance(family, Demonstrates)):
        return 0
    thought, answer = solution(family, task)
    return len(completion_tokens(tokenizer, thought if config.rl.think else None, answer))


def _need(task: Task, needed: int, context: int) -> None:
    if needed > context:
        raise UsageError(
            f"{task.family}: with its thought and answer the question {task.question[:40]!r} takes"
            f" {needed} tokens and the model has a context of {context}: shorten it, or lower"
            " rl.think"
        )
