"""One step of TRL's GRPOTrainer at a time: rollouts, rewards, update.

`dtype`: fp32; bf16 (weights and optimizer in bf16, its fastest); amp (fp32 weights, autocast).
`lora_rank`: of PEFT's adapters, 0 for none.
Unless `ends` is set end-of-text is ignored: generation knows no end token and neither does the
trainer's mask.
"""

import tempfile
import time

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from measure import LORA_ALPHA, Channel, make_rewards, wake

MATRICES = [f"{name}_proj" for name in ("q", "k", "v", "o", "gate", "up", "down")]


class Turns(TrainerCallback):
    """Hold the trainer before each step until it is its turn."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.trainer: GRPOTrainer
        self.new_tokens = 0
        self.start = 0.0

    def on_step_begin(self, _args, _state, _control, **_kwargs) -> None:
        if (command := self.channel.receive()) is None:
            raise SystemExit(0)
        wake()
        self.new_tokens = command["new_tokens"]
        self.trainer.generation_config.max_new_tokens = self.new_tokens
        self.start = time.perf_counter()

    def on_step_end(self, _args, _state, _control, **_kwargs) -> None:
        seconds = time.perf_counter() - self.start
        masks = [batch["completion_mask"] for batch in self.trainer._buffered_inputs]
        self.channel.send(seconds=seconds, learned_tokens=int(sum(m.sum() for m in masks)))


def main() -> None:
    channel = Channel()
    options = channel.options
    torch.set_num_threads(options["threads"])
    dtype = torch.bfloat16 if options["dtype"] == "bf16" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(options["folder"], dtype=dtype)
    tokenizer = AutoTokenizer.from_pretrained(options["folder"], padding_side="left")
    prompts, group_size = options["prompts"], options["group_size"]
    assert tokenizer(prompts)["input_ids"] == options["prompt_ids"]
    turns = Turns(channel)

    def reward(completion_ids, trainer_state, **_kwargs) -> list[float]:
        lengths = {len(ids) for ids in completion_ids}
        assert max(lengths) <= turns.new_tokens
        assert options["ends"] or lengths == {turns.new_tokens}
        groups = make_rewards(options["seed"], trainer_state.global_step, len(prompts), group_size)
        return [value for group in groups for value in group]

    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(),
        use_cpu=True,
        bf16=options["dtype"] == "amp",
        gradient_checkpointing=False,
        per_device_train_batch_size=options["micro_batch"],
        gradient_accumulation_steps=len(prompts) * group_size // options["micro_batch"],
        num_generations=group_size,
        max_completion_length=options["new_tokens"],
        generation_kwargs=None if options["ends"] else {"eos_token_id": None},
        temperature=1.0,
        beta=0.0,
        learning_rate=1e-6,
        lr_scheduler_type="constant",
        max_steps=1000,
        shuffle_dataset=False,
        seed=options["seed"],
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=reward,
        args=config,
        train_dataset=Dataset.from_dict({"prompt": prompts * 1000}),
        processing_class=tokenizer,
        callbacks=[turns],
        peft_config=lora(options["lora_rank"]),
    )
    if not options["ends"]:
        trainer.eos_token_ids = []
    turns.trainer = trainer
    channel.send(ready=True)
    trainer.train()


def lora(rank: int) -> LoraConfig | None:
    """Return PEFT's configuration of adapters like ours; None if all weights are trained."""
    if not rank:
        return None
    return LoraConfig(
        r=rank,
        lora_alpha=LORA_ALPHA,
        target_modules=MATRICES,
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )


main()
