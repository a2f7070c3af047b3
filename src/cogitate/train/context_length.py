"""Checks, before a run begins, that the questions of a file fit the model's context."""

from cogitate.config import TrainConfig
from cogitate.errors import UsageError
from cogitate.prompt import completion_tokens, prompt_tokens
from cogitate.tasks import Demonstrates, size
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import Mixture, Source
from cogitate.train.data.solutions import solution
from cogitate.types import Budget, Task


def check_context_length(
    mixture: Mixture, config: TrainConfig, tokenizer: Tokenizer, context: int
) -> None:
    """Refuse a question of a finite family that leaves too little room to think and answer.

    Raises:
        UsageError: names the family, the question and the tokens that it needs.
    """
    for source in mixture.sources:
        for index in range(size(source.family, "train", source.level) or 0):
            task = source.family.generate("train", index, source.level)
            needed = _num_tokens(task, source, config, tokenizer)
            if needed > context:
                raise UsageError(
                    f"{source.family.name}: with its thought and answer the question"
                    f" {task.question[:40]!r} takes {needed} tokens and the model has a context of"
                    f" {context}: shorten it, or lower rl.think"
                )


def _num_tokens(task: Task, source: Source, config: TrainConfig, tokenizer: Tokenizer) -> int:
    think = config.rl.think > 0
    prompt = len(prompt_tokens(tokenizer, task.question, Budget(think=config.rl.think)))
    longest = config.rl.think + think + config.rl.answer if config.rl.num_steps else 0
    demonstrated = config.pretrain.num_steps or config.cold_start.num_steps
    is_learned = config.cold_start.empty_thought_share or isinstance(source.family, Demonstrates)
    if demonstrated and is_learned:
        thought, answer = solution(source.family, task)
        tokens = completion_tokens(tokenizer, thought if think else None, answer)
        longest = max(longest, len(tokens))
    return prompt + longest
