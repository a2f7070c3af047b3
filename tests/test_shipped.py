"""The models inside the package: there, small, told apart, read by others, and better after RL."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cogitate.cli import main
from cogitate.config import from_json
from cogitate.evaluate import EvalSpec, difference, pooled, score
from cogitate.models.hub import SHIPPED, known, shipped
from cogitate.prompt import prompt_tokens
from cogitate.rollout.local import LocalSampler, markers
from cogitate.runs.opening import trained_on
from cogitate.tasks import load_family
from cogitate.types import Budget, Request

MEGABYTES = {"coder": 10, "mini": 8, "mini-base": 8, "strawberry": 14}
"""At most; the adapter that counts letters below 12 itself."""
HERE = {"mini", "mini-base", "strawberry"}
"""Models whose bases every machine that runs these tests has."""


def test_all_can_be_named_without_a_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert shipped() == list(MEGABYTES)
    assert {model.name for model in known() if model.pulled} >= HERE
    assert main(["models", "show", "mini"]) == 0
    assert "mini" in capsys.readouterr().out


@pytest.mark.parametrize("name", MEGABYTES)
def test_each_is_small_and_says_what_it_is(name: str) -> None:
    files = [path for path in (SHIPPED / name).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MEGABYTES[name] * 1e6
    card = (SHIPPED / name / "model" / "README.md").read_text("utf-8")
    for said in ("license: apache-2.0", "## Data", "## Compute", "## Measured", "## Limits"):
        assert said in card
    values = json.loads((SHIPPED / name / "config.json").read_text("utf-8"))
    assert values["resolved"]["command"] in card
    assert [part.family for part in from_json(values["config"]).tasks] == trained_on(name)


def test_transformers_reads_it_alike() -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from cogitate import models

    folder = SHIPPED / "mini" / "model"
    ours = models.load(str(folder), dtype=torch.float32)
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    text = "What is 478 + 356?"
    ids = list(AutoTokenizer.from_pretrained(folder)(text)["input_ids"])
    assert ids == list(ours.tokenizer.encode(text))
    asked = torch.tensor([prompt_tokens(ours.tokenizer, text, Budget(think=64))])
    wrote = theirs.generate(
        asked, max_new_tokens=60, do_sample=False, eos_token_id=ours.tokenizer.end
    )
    sampler = LocalSampler(ours.decoder, markers(ours.tokenizer), rows=1)
    request = Request(
        prompt=tuple(asked[0].tolist()), budget=Budget(think=64, answer=40), temperature=0.0
    )
    (rollout,) = sampler.sample([request])
    assert wrote[0, asked.shape[1] :].tolist() == list(rollout.tokens)


def test_ask_answers_out_of_the_box(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "What is 17 + 25?", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["model"] == "mini"
    assert said["answer"] == "42"
    assert said["thought_tokens"] > 1


def test_it_thinks_for_min_think_tokens_at_least(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask = ["ask", "What is 17 + 25?", "--json", "--think", "64"]
    assert main([*ask, "--min-think", "40"]) == 0
    assert json.loads(capsys.readouterr().out)["thought_tokens"] > 40
    assert main([*ask, "--min-think", "65"]) == 2
    assert "--min-think is 0 to --think's 64 tokens" in capsys.readouterr().err


def test_several_thoughts_vote(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["ask", "What is 17 + 25?", "--samples", "8"]
    assert main([*asked, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["answer"] == "42"
    assert sum(count for _, count in said["votes"]) == 8
    assert main(asked) == 0
    assert capsys.readouterr().out.startswith("42  #")


def test_a_deadline_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["ask", "What is 17 + 25?", "--json", "--effort", "max", "--min-think", "1500"]
    assert main([*asked, "--deadline", "400ms"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["seconds"] < 0.6
    assert said["thought_end"] in ("deadline", "loop")  # a fast machine gets as far as a loop
    assert said["answer"]
    assert main([*asked, "--deadline", "soon"]) == 2
    assert "is not a time above 0, such as 5s or 250ms" in capsys.readouterr().err


def test_accuracy_at_deadlines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "deadlines.json"
    args = ["evaluate", "--model", "mini", "--family", "arithmetic", "--n", "12"]
    assert main([*args, "--deadlines", "2s,1ms", "--json", str(table)]) == 0
    assert "deadline  in time" in capsys.readouterr().out
    never, always = json.loads(table.read_text())["deadlines"]["arithmetic"]
    assert (never["deadline_s"], never["in_time"]["mean"]) == (0.001, 0)
    assert always["in_time"]["mean"] == 1
    assert always["over_p95_s"] == 0
    assert always["result"]["strict"]["mean"] > 0.5
    assert main([*args, "--deadlines", "soon"]) == 2
    assert main([*args, "--deadlines", "1s", "--frontier"]) == 2
    assert "--deadlines and --frontier are measured one at a time" in capsys.readouterr().err


def test_a_conversation_goes_on_until_the_input_ends() -> None:
    turns = "What is 17 + 25?\n\nWhat is 40 - 3?\n"
    command = [sys.executable, "-m", "cogitate", "ask", "--effort", "low"]
    done = subprocess.run(command, input=turns, capture_output=True, text=True, check=True)
    assert "42" in done.stdout.split()


def test_rl_made_it_think_and_be_right() -> None:
    from cogitate import models

    found = {}
    for name in ("mini", "mini-base"):
        policy = models.load(str(SHIPPED / name / "model"), dtype=torch.float32)
        sampler = LocalSampler(policy.decoder, markers(policy.tokenizer), rows=64)
        spec = EvalSpec(n=60, seed=7, budget=Budget(think=256, answer=40))
        families = map(load_family, ("arithmetic", "calendar"))
        found[name] = pooled([score(sampler, policy.tokenizer, f, spec) for f in families])
    assert difference(found["mini"], found["mini-base"]).strict.low > 0.05
    assert found["mini"].thought_tokens_mean > 2 * found["mini-base"].thought_tokens_mean


def test_the_adapter_counts_letters_that_its_base_cannot(smollm2) -> None:
    from cogitate import models

    adapter = SHIPPED / "strawberry" / "model" / "adapter_model.safetensors"
    assert adapter.stat().st_size < 12e6
    found = []
    for policy in (models.load("strawberry"), smollm2):
        sampler = LocalSampler(policy.decoder, markers(policy.tokenizer), rows=48)
        spec = EvalSpec(n=48, seed=7, budget=Budget(think=48, answer=4))
        found.append(score(sampler, policy.tokenizer, load_family("letter_counting"), spec))
    assert difference(*found).strict.low > 0.4
