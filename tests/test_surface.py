"""What a user sees: the public names, the fields of the types, and how fast they come."""

import dataclasses
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cogitate
from cogitate import types

ROOT = Path(__file__).resolve().parent.parent
LIMITS = tomllib.loads((ROOT / "tests" / "limits.toml").read_text())

FIELDS = {
    types.Task: "key family level question target metadata",
    types.Budget: (
        "think stated min_think answer total deadline_s soft_stop break_loops probe_every"
    ),
    types.Request: "prompt budget temperature top_k top_p min_p seed echo schema",
    types.Rollout: "request thought answer logprobs sampled thought_end end version seconds"
    " prompt_scores looped",
    types.Verdict: "reward parts why",
    types.Event: "request_id token rollout",
    types.Datum: "prompt completion weights logprobs temperature",
}

TORCH_FREE = (
    "types", "errors", "budget", "advantage", "verify", "tasks",
    "tokenizer", "prompt", "config", "ask", "evaluate",
)  # fmt: skip

IMPORT_ALL_WITHOUT_TORCH = """
import importlib, importlib.util, pkgutil, sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers"):
            raise ImportError(f"{name} was imported")

sys.meta_path.insert(0, NoTorch())
for name in sys.argv[1:]:
    module = importlib.import_module(f"cogitate.{name}")
    for inner in pkgutil.walk_packages(getattr(module, "__path__", []), f"cogitate.{name}."):
        importlib.import_module(inner.name)
"""

TIME_IMPORT = """
import json, sys, time
start = time.perf_counter()
import cogitate
print(json.dumps([time.perf_counter() - start, "torch" in sys.modules]))
"""


def run(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_public_is_what_is_visible() -> None:
    assert list(cogitate.__all__) == sorted(cogitate.__all__)
    assert cogitate.__all__ == dir(cogitate)
    assert len(cogitate.__all__) <= LIMITS["public_names"]


@pytest.mark.parametrize("name", cogitate.__all__)
def test_public_names_exist(name: str) -> None:
    assert getattr(cogitate, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Rolout'"):
        _ = cogitate.Rolout  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_fields_are_pinned(kind: type) -> None:
    """Renaming a field breaks every stored rollout: change the pin knowingly."""
    assert [field.name for field in dataclasses.fields(kind)] == FIELDS[kind].split()
    assert kind.__dataclass_params__.frozen  # pyright: ignore[reportAttributeAccessIssue]
    assert "Example:" in (kind.__doc__ or "")


def test_import_is_fast_and_brings_no_torch() -> None:
    seconds, has_torch = zip(*(json.loads(run(TIME_IMPORT)) for _ in range(5)), strict=True)
    assert min(seconds) < LIMITS["import_s"]
    assert not any(has_torch)


def test_the_thinking_half_needs_no_torch() -> None:
    present = [name for name in TORCH_FREE if (ROOT / "src" / "cogitate" / name).exists()]
    files = [name for name in TORCH_FREE if (ROOT / f"src/cogitate/{name}.py").exists()]
    run(IMPORT_ALL_WITHOUT_TORCH, *present, *files)
