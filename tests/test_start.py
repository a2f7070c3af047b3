"""What a command imports before its first token."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "huggingface_hub.hf_api", "huggingface_hub.file_download", "transformers", "peft", "scipy",
    "matplotlib", "tensorboard", "wordfreq", "pandas", "rich", "torch._dynamo", "torch._inductor",
    "cogitate.train", "cogitate.update", "cogitate.report", "cogitate.watch",
}  # fmt: skip
"""Modules that take long to import and that neither asking nor serving needs."""
IMPORTS = {
    "ask": "import cogitate.cli.ask, cogitate.runs.opening",
    "serve": "import cogitate.cli.serve, cogitate.runs.opening, cogitate.serve, uvicorn",
}


@pytest.mark.parametrize("verb", IMPORTS)
def test_a_start_imports_only_what_the_first_token_needs(verb: str) -> None:
    code = f"{IMPORTS[verb]}; import json, sys; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(json.loads(done.stdout)) == set()
