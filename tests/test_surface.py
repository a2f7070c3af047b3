"""What a user sees: the public names, the fields of the types, and how fast they come."""

import dataclasses
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch

import cogitate
from cogitate import types
from cogitate.cli import main

ROOT = Path(__file__).resolve().parent.parent
LIMITS = tomllib.loads((ROOT / "tests" / "limits.toml").read_text())

FIELDS = {
    types.Task: "key family level question target metadata",
    types.Budget: (
        "think stated min_think answer total deadline_s soft_stop break_loops probe_every one_block"
    ),
    types.Request: "prompt budget temperature top_k top_p min_p seed echo schema banned",
    types.Rollout: "request thought answer logprobs sampled thought_end end versions seconds"
    " prompt_scores looped",
    types.Verdict: "reward parts why",
    types.Event: "request_id token rollout",
    types.Datum: "prompt completion weights logprobs temperature",
}

TORCH_FREE = (
    "types", "errors", "budget", "advantage", "verify", "sandbox", "tasks",
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
    assert getattr(cogitate, name).__name__.removeprefix("cogitate.") == name


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


VERBS = {"ask": "Answer", "evaluate": "EvalSpec", "train": "dry_run"}


@pytest.mark.parametrize(("verb", "inside"), VERBS.items())
def test_a_verb_is_called_and_imported_from_in_either_order(verb: str, inside: str) -> None:
    """The module of a verb has its name: importing it must not take the verb away."""
    called = f"import cogitate; assert callable(cogitate.{verb}); assert cogitate.{verb}.{verb}"
    imported = f"from cogitate.{verb} import {inside}; assert {inside}"
    run(f"{called}; {imported}; {called}")
    run(f"{imported}; {called}; from cogitate import {verb}; assert {verb} is cogitate.{verb}")


def test_a_verb_wants_a_loaded_model() -> None:
    for verb in (cogitate.ask, cogitate.evaluate):
        with pytest.raises(cogitate.UsageError, match=r"pass cogitate\.load\('mini'\)"):
            verb("mini", "arithmetic")
    with pytest.raises(cogitate.UsageError, match=r"dtype 'torch\.bfloat16' does not exist"):
        cogitate.load("mini", torch.bfloat16)


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"family": "arithmetic", "n": 0}, "n: at least 1"),
        ({"family": "arithmetic", "split": "dev"}, "split 'dev' does not exist"),
        ({"family": "arithmetics"}, "did you mean arithmetic"),
        ({"family": "arithmetic", "think": "lots"}, "neither a number of tokens nor"),
    ],
)
def test_what_cannot_be_measured_is_refused(wrong: dict[str, Any], advice: str) -> None:
    with pytest.raises(cogitate.UsageError, match=advice):
        cogitate.evaluate(cogitate.load("mini", "fp32"), **wrong)


def test_training_by_the_name_of_a_recipe_that_is_none_is_refused(tmp_path: Path) -> None:
    for name, advice in {"canry": "did you mean canary", "own": r"recipes\.own\(task="}.items():
        with pytest.raises(cogitate.UsageError, match=advice):
            cogitate.train(name, tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_the_verbs_give_what_the_command_line_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = cogitate.load("mini", "fp32")
    found = cogitate.evaluate(model, "arithmetic", n=10, think=32)
    common = ["--model", "mini", "--think", "32", "--dtype", "fp32"]
    where = tmp_path / "scores.json"
    options = ["--family", "arithmetic", "--n", "10", "--json", str(where)]
    assert main(["evaluate", *common, *options]) == 0
    records = json.loads(where.read_text())["families"]["arithmetic"]["records"]
    assert [record.answer for record in found.records] == [r["answer"] for r in records]
    capsys.readouterr()
    assert main(["ask", *common, "--json", "What is 2 + 3?"]) == 0
    output = json.loads(capsys.readouterr().out)
    answer = cogitate.ask(model, "What is 2 + 3?", think=32)
    assert (answer.text, answer.thought) == (output["answer"], output["thought"])


def test_a_loaded_model_is_saved_as_a_policy_is(tmp_path: Path) -> None:
    """What `load` returned before was the policy: its names are still there."""
    model = cogitate.load("mini", "fp32")
    assert (model.decoder, model.tokenizer, model.name) == (
        model.policy.decoder, model.policy.tokenizer, model.policy.name,
    )  # fmt: skip
    cogitate.save(model, tmp_path / "model")
    assert cogitate.load(tmp_path / "model", "fp32").fingerprint == model.fingerprint


def test_asking_imports_no_training() -> None:
    run(
        "import sys; from cogitate.cli import main;"
        "main(['ask', '--think', '0', '--answer', '2', 'What is 2 + 3?']);"
        "assert not [name for name in sys.modules if name.startswith('cogitate.train')]"
    )
