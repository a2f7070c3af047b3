"""Sampling with transformers' generate, at temperature 1 and full support.

Unless `ends` is set it goes on behind an end-of-text token.
"""

import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from measure import Channel


def main() -> None:
    channel = Channel()
    options = channel.options
    torch.set_num_threads(options["threads"])
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[options["dtype"]]
    model = AutoModelForCausalLM.from_pretrained(options["folder"], dtype=dtype).eval()
    tokenizer = AutoTokenizer.from_pretrained(options["folder"], padding_side="left")
    tokenizer.pad_token = tokenizer.eos_token
    if not options["ends"]:
        model.generation_config.eos_token_id = None
    eos = model.generation_config.eos_token_id
    ends = {eos} if isinstance(eos, int) else set(eos or ())

    def work(prompts: list[str], group_size: int, new_tokens: int, seed: int) -> dict[str, float]:
        torch.manual_seed(seed)
        rows = [text for text in prompts for _ in range(group_size)]
        tokens = tokenizer(rows, return_tensors="pt", padding=True)
        start = time.perf_counter()
        with torch.inference_mode():
            out = model.generate(
                **tokens, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                max_new_tokens=new_tokens, pad_token_id=0,
            )  # fmt: skip
        seconds = time.perf_counter() - start
        new = out[:, tokens["input_ids"].shape[1] :]
        if not options["ends"]:
            assert new.shape == (len(rows), new_tokens)
        return {"seconds": seconds, "tokens": sum(map(num_whole, new.tolist()))}

    def num_whole(row: list[int]) -> int:
        """Return the tokens up to the one that ends the row, which counts."""
        return next((i + 1 for i, token in enumerate(row) if token in ends), len(row))

    channel.serve(work)


main()
