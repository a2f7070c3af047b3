"""Sampling with transformers' generate, at temperature 1 and full support."""

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
    model.generation_config.eos_token_id = None
    tokenizer = AutoTokenizer.from_pretrained(options["folder"])

    def work(prompts: list[str], group_size: int, new_tokens: int, seed: int) -> dict[str, float]:
        torch.manual_seed(seed)
        rows = [text for text in prompts for _ in range(group_size)]
        tokens = tokenizer(rows, return_tensors="pt")
        start = time.perf_counter()
        with torch.inference_mode():
            out = model.generate(
                **tokens, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                max_new_tokens=new_tokens, pad_token_id=0,
            )  # fmt: skip
        seconds = time.perf_counter() - start
        assert out.shape == (len(rows), tokens["input_ids"].shape[1] + new_tokens)
        return {"seconds": seconds}

    channel.serve(work)


main()
