"""The benchmarks' own bookkeeping, with contenders that answer at once."""

import json
import re
import sys
from pathlib import Path

import pytest

from cogitate import models
from cogitate.cli.arguments import parse
from cogitate.cli.train import Options
from cogitate.config import check
from cogitate.prompt import prompt_tokens
from cogitate.recipes import RECIPES
from cogitate.tasks import load_family
from cogitate.types import Budget

BENCH = Path(__file__).resolve().parent.parent / "bench"
CONFIG = {
    "hidden_size": 8,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "intermediate_size": 16,
    "num_hidden_layers": 3,
    "vocab_size": 100,
}


@pytest.fixture
def measure(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import measure

    return measure


ANSWERS = {
    "cogitate_step.py": {
        "seconds": 1.0,
        "rollout_s": 0.25,
        "update_s": 0.75,
        "learned_tokens": 4096,
    },
    "trl_step.py": {"seconds": 5.0, "learned_tokens": 4096},
    "cogitate_rollout.py": {"seconds": 1.0, "tokens": 4096},
    "transformers_generate.py": {"seconds": 8.0, "tokens": 4096},
    "matmul.py": dict.fromkeys(("qkv", "out", "gate_up", "down", "head"), 0.001),
    "cogitate_update.py": {"seconds": 1.0, "forward_backward_s": 0.9},
}
"""In bf16; fp32 and copied prompts take twice as long."""


class Fake:
    started: list[tuple[str, str, int]]
    """Script, dtype and rank of each."""

    def __init__(self, script, options, python=sys.executable):
        self.script, self.answer, self.dtype = script, ANSWERS[script], options["dtype"]
        self.started.append((script, self.dtype, options.get("lora_rank", 0)))

    def ask(self, **command):
        slower = (self.dtype == "fp32") + (command.get("layout") == "unpacked") + 1
        return {k: v if "tokens" in k else slower * v for k, v in self.answer.items()}

    def close(self):
        pass


@pytest.fixture
def run(measure, monkeypatch, capsys):
    """Run a benchmark's `main` with fake contenders; return its JSON line."""

    def save_weights(model, folder):
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(CONFIG))

    monkeypatch.setattr(measure, "Worker", Fake)
    monkeypatch.setattr(Fake, "started", [], raising=False)
    monkeypatch.setattr(measure, "save_weights", save_weights)
    monkeypatch.setattr(measure, "make_prompts", lambda folder, n, tokens, seed: ["?"] * n)
    monkeypatch.setattr(measure, "prompts_for", lambda options, folder, n: ["?"] * n)
    monkeypatch.setattr(measure, "token_ids", lambda folder, prompts: [[1]] * len(prompts))

    def call(main, *arguments):
        monkeypatch.setattr(sys, "argv", ["bench", *arguments])
        main()
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return call


def test_a_step_is_compared_in_both_dtypes(run):
    import rl_step

    result = run(rl_step.main)
    assert result["ratio_fp32"] == 5.0
    assert result["ratio_best"] == 5.0
    assert result["trl_fp32_over_ours_best"] == 10.0
    assert set(result["seconds"]) == set(rl_step.CONTENDERS)


def test_ours_alone_has_no_ratio(run):
    import rl_step

    result = run(rl_step.main, "--contenders", "ours_bf16", "--rounds", "1")
    assert "ratio_best" not in result
    assert result["seconds"] == {"ours_bf16": 1.0}


def test_adapters_are_trained_by_both_sides_and_one_at_a_time(run):
    import rl_step

    result = run(rl_step.main, "--lora-rank", "16", "--one-at-a-time", "--rounds", "2")
    assert result["ratio_best"] == 5.0
    assert result["seconds"].keys() == {*rl_step.CONTENDERS, "trl_amp"}
    one_round = [
        ("cogitate_step.py" if side == "ours" else "trl_step.py", dtype, 16)
        for side, dtype in (name.split("_") for name in result["seconds"])
    ]
    assert Fake.started == one_round * 2


def test_sampling_is_compared_at_each_batch(run):
    import rollout

    result = run(rollout.main, "--batches", "1", "64", "--rounds", "1")
    assert set(result["bf16"]) == {"1", "64"}
    row = result["bf16"]["64"]
    assert row["grouped_ratio"] == row["own_ratio"] == 8.0
    assert row["grouped_tokens_per_s"] == 64 * 64
    assert 0 < row["grouped_share"] < row["own_share"]


def test_the_order_alternates_by_round_and_a_batch_of_one_is_asked_for_once(run, monkeypatch):
    import rollout

    asked = []

    def ask(self, **command):
        if "prompts" in command:
            asked.append((self.script, len(command["prompts"]), command["group_size"]))
        return dict(self.answer)

    monkeypatch.setattr(Fake, "ask", ask)
    result = run(rollout.main, "--batches", "1", "8", "--rounds", "2")
    ours, theirs = "cogitate_rollout.py", "transformers_generate.py"
    forwards = [(side, *way) for side in (ours, theirs) for way in ((1, 8), (8, 1))]
    alone = [(side, 1, 1) for side in (ours, theirs)]
    backwards = alone[::-1] + forwards[::-1]
    assert asked == backwards + alone + forwards + backwards  # the first warms up
    row = result["bf16"]["1"]
    for name in ("{}_tokens_per_s", "{}_ratio", "{}_share"):
        assert row[name.format("grouped")] == row[name.format("own")]
    assert row["generate_grouped_tokens_per_s"] == row["generate_tokens_per_s"]


def test_rollouts_that_end_by_themselves_may_have_other_numbers_of_tokens(run, monkeypatch):
    import rl_step
    import rollout

    monkeypatch.setitem(ANSWERS, "trl_step.py", {"seconds": 9.0, "learned_tokens": 3000})
    monkeypatch.setitem(ANSWERS, "transformers_generate.py", {"seconds": 8.0, "tokens": 2048})
    step = run(rl_step.main, "--questions", "countdown")
    assert step["ratio_best"] == 9.0
    assert step["learned_tokens"]["trl_bf16"] == 3000
    row = run(rollout.main, "--questions", "countdown", "--batches", "64", "--rounds", "1")
    assert row["bf16"]["64"]["own_ratio"] == 16.0
    assert "own_share" not in row["bf16"]["64"]


def test_prompts_are_what_the_model_was_trained_on(measure, tmp_path):
    options = measure.parser_with_questions(None).parse_args(
        ["--model", "mini", "--questions", "countdown,calendar"]
    )
    prompts = measure.prompts_for(options, tmp_path, 4)
    tokenizer = models.load("mini").tokenizer
    found = re.fullmatch(r".*?u (.*) \[think at most (\d+)\].*", prompts[0])
    assert found is not None
    asked = prompt_tokens(tokenizer, found[1], Budget(think=int(found[2])))
    assert len(set(prompts)) == 4
    assert tuple(tokenizer.encode_markup(prompts[0])) == asked


def test_packed_and_unpacked_updates_are_compared(run):
    import update

    row = run(update.main, "--rounds", "1")["bf16"]
    assert row["packing_ratio"] == 2.0
    assert row["packed_share"] == pytest.approx(2 * row["unpacked_share"])
    assert row["packed_forward_backward_share"] > row["packed_share"]


def test_unknown_options_are_refused(run):
    import rl_step

    with pytest.raises(SystemExit):
        run(rl_step.main, "--contenders", "nobody")


def test_every_group_gets_a_signal(measure):
    rewards = measure.make_rewards(0, 3, 50, 8)
    assert all(len(group) == 8 and set(group) == {0.0, 1.0} for group in rewards)
    assert rewards == measure.make_rewards(0, 3, 50, 8)
    assert rewards != measure.make_rewards(0, 4, 50, 8)


def test_useful_arithmetic_is_counted_by_hand(measure, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    sizes = measure.Sizes.read(tmp_path)
    layer = 8 * (8 + 2 * 4) + 8 * 8 + 8 * 32 + 16 * 8
    assert sizes.multiplications(2, 5) == 2 * 3 * layer + 5 * 8 * 100
    assert sizes.attention(1, 3) == 3 * 2 * 8 * (1 + 2 + 3)
    assert sizes.attention(3, 4) == 3 * 2 * 8 * (3 + 4)
    seconds = dict.fromkeys(("qkv", "out", "gate_up", "down"), 1.0) | {"head": 2.0}
    assert measure.machine_seconds(sizes, seconds, 10, (20, 5, 0)) == 4 * 2 + 2 / 2


def test_a_worker_answers_in_its_own_process(measure, monkeypatch, tmp_path):
    (tmp_path / "competitors").mkdir()
    monkeypatch.setattr(measure, "BENCH", tmp_path)
    start = f"import sys; sys.path.append({str(BENCH)!r}); import measure\n"
    (tmp_path / "competitors" / "broken.py").write_text(
        start + "raise RuntimeError('no such luck')"
    )
    (tmp_path / "competitors" / "echo.py").write_text(
        start + "measure.wake = lambda: None\nchannel = measure.Channel()\nprint('noise')\n"
        "channel.serve(lambda x: {'twice': 2 * x})\n"
    )
    worker = measure.Worker("echo.py", {"threads": 1})
    assert worker.ask(x=21) == {"twice": 42}
    worker.close()
    with pytest.raises(SystemExit, match="no such luck"):
        measure.Worker("broken.py", {"threads": 1})


def test_every_variant_of_every_experiment_is_a_run_that_can_be_planned(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import ablations

    for experiment in ablations.EXPERIMENTS.values():
        for overrides in experiment.variants.values():
            default = Options(config=RECIPES[experiment.recipe]())
            words = ["9" if word == ablations.AS_LONG else word for word in overrides]
            config = parse(Options, words, f"train {experiment.recipe}", default=default).config
            check(config)
            assert config.rl.num_steps or config.cold_start.num_steps


def test_capitals_are_a_family_that_no_echo_and_no_list_can_cheat() -> None:
    family = load_family(str(BENCH / "capitals.py"))
    italy = next(
        t for t in (family.generate("test", i) for i in range(142)) if "Italy" in t.question
    )
    rewards = {
        answer: family.verify(italy, answer).reward
        for answer in (
            "Rome",
            "The capital of Italy is Rome.",
            "Romes",
            "Rome or Paris",
            "Italy",
            "",
        )
    }
    assert [answer for answer, reward in rewards.items() if reward] == list(rewards)[:2]


@pytest.mark.parametrize(
    ("country", "answer"),
    [
        ("Brazil", "Brasília"), ("Chad", "N’Djamena"), ("Haiti", "Port au Prince"),
        ("Moldova", "Chişinău"), ("Yemen", "Sana'a"), ("Myanmar", "Naypyidaw."),
    ],
)  # fmt: skip
def test_capitals_may_be_written_in_other_ways(country: str, answer: str) -> None:
    family = load_family(str(BENCH / "capitals.py"))
    tasks = [family.generate("test", i) for i in range(142)]
    (task,) = [t for t in tasks if f" {country}?" in t.question]
    assert family.verify(task, answer).reward == 1
