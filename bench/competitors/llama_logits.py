"""Logits of llama.cpp: for each line of token ids, writes [tokens, vocabulary] floats to a file.

Run with a Python that has llama-cpp-python: MODEL.gguf FILE CONTEXT
"""

import json
import sys
from pathlib import Path

from llama_cpp import Llama

model = Llama(
    sys.argv[1], n_ctx=int(sys.argv[3]), n_threads=2, n_threads_batch=2, logits_all=True,
    verbose=False,
)  # fmt: skip
for line in sys.stdin:
    tokens = json.loads(line)
    model.reset()
    model.eval(tokens)
    model.scores[: len(tokens)].astype("float32").tofile(Path(sys.argv[2]))
    print("written", flush=True)
