"""Bad input, each with one clear line, non-zero exit and no traceback."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from functools import partial
from pathlib import Path

import pytest

from cogitate.cli import main
from cogitate.verify import judge

NOTES = ("skipped", "is not finished", "was not trained to think")
"""Said beside, of what was done instead."""


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A run with two checkpoints that has not finished: its model is taken from them."""
    out = tmp_path_factory.mktemp("runs") / "canary"
    args = ["--cold-start.num-steps", "3", "--rl.num-steps", "0", "--run.checkpoint-every", "1"]
    args += ["--run.eval-every", "0", "--run.threads", "1"]
    assert main(["train", "canary", "--out", str(out), *args]) == 0
    shutil.rmtree(out / "model")
    return out


@pytest.fixture
def refused(capsys):
    """Run a command that must fail; return its one line."""

    def run(*args):
        capsys.readouterr()
        assert main([str(arg) for arg in args]) not in (0, None)
        lines = capsys.readouterr().err.splitlines()
        messages = [line for line in lines if not any(note in line for note in NOTES)]
        assert len(messages) == 1, lines
        assert messages[0].startswith("cogitate: ")
        return messages[0]

    return run


def evaluate(model, family, *more):
    return ("evaluate", "--model", model, "--family", family, "--n", 2, "--dtype", "fp32", *more)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("trian canary", "did you mean train?"),
        ("sing", "known are tasks, train, models"),
        ("train strawbery", "did you mean strawberry?"),
        ("train canary --rl.lrr 1", "perhaps you meant --rl.lr"),
        ("train canary --rl.lr high", "could not convert string to float"),
        ("train canary --rl.num-steps", "missing value for argument"),
        ("train canary --run.dtype fp16", "Expected one of ('auto', 'fp32', 'bf16')"),
        ("train canary --task a.jsonl", "has its own tasks"),
        ("train canary --recipe own", "cannot change it"),
        ("train own", "needs --task FILE"),
        ("train own --task nowhere.jsonl", "nowhere.jsonl does not exist"),
        ("train canary --rl.group-size 1", "rl.group_size"),
        ("train canary --rl.think=-5", "rl.think: 0 or more is needed"),
        ("train canary --run.trackers wandb", "wandb is not installed"),
        ("train canary --model nanno", "there is no model 'nanno'"),
        ("train canary --tasks.0.family speling", "did you mean spelling?"),
        ("train canary --rl.advantage grppo", "grpo"),
        ("tasks chekc", "Expected one of"),
        ("tasks check", "which family"),
        ("tasks check letter_countin", "did you mean letter_counting?"),
        ("tasks check reasoning_gym:no_such_set", "no_such_set"),
        ("models shwo", "did you mean show?"),
        ("models export", "MODEL TO"),
        ("models show nothing-of-that-name", "there is no model"),
        ("evaluate --family spelling", "--model"),
        ("evaluate --model nothing --family spelling", "there is no model 'nothing'"),
        ("evaluate --model nothing.json --family spelling", "there is no file nothing.json"),
        ("evaluate --model a --family spelling --n 0", "--n: at least 1"),
        ("evaluate --model a --family ,", "no family is named"),
        ("evaluate --model a --family spelling --n many", "invalid literal"),
        ("evaluate --model a --family spelling --answer 0", "--answer: at least 1"),
        ("evaluate --model a --family spelling --probe-every -1", "--probe-every is 0 or more"),
        ("evaluate --model a --deadlines 1s --samples 4", "leave out --samples"),
        ("evaluate --model a --family spelling --json no/such/folder/a.json", "no folder"),
        ("evaluate --model a --family speling", "did you mean spelling?"),
        ("evaluate --model a --family spelling --split all", "questions without end"),
        ("evaluate --model a --family spelling --split all --n 3", "questions without end"),
        ("evaluate --model a --family spelling --temperature nan", "0 or more is needed, not nan"),
        ("compare a b --temperature inf", "0 or more is needed, not inf"),
        ("ask hi --temperature nan", "--temperature: a number of 0 or more is needed, not nan"),
        ("ask hi --temperature -1", "0 or more is needed, not -1"),
        ("ask hi --answer 0", "--answer: at least 1 is needed, not 0"),
        ("ask hi --url http://127.0.0.1:9 --answer 16", "needs --think in tokens, or none"),
        ("ask --json", "need a question"),
        ("models show a/b--c", "neither a folder nor a hub name"),
        ("ask hi --modle a", "perhaps you meant --model"),
        ("doctor --fast", "unrecognized"),
    ],
)
def test_unknown_names_and_keys(args, says, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert says in refused(*args.split())


def test_an_empty_question(refused):
    for question in ("", " ", "\n"):
        assert "question is empty" in refused("ask", question)


def test_bytes_that_are_no_text_are_asked_all_the_same(run_folder):
    command = [b"ask", b"\xff\xfe?", b"--model", bytes(run_folder), b"--answer", b"2"]
    done = subprocess.run(
        [sys.executable, "-m", "cogitate", *command], capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_bytes_that_are_no_text_are_a_turn_of_a_conversation(run_folder, errors):
    command = [sys.executable, "-m", "cogitate", "ask", "--model", str(run_folder), "--answer", "2"]
    done = subprocess.run(
        command, input=b"caf\xe9\n1 + 1?\n", capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": f"utf-8:{errors}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_an_unknown_effort(refused, run_folder):
    assert "did you mean high?" in refused("ask", "hi", "--model", run_folder, "--think", "hihg")


def test_a_split_or_level_that_is_not_there(refused, run_folder):
    assert "levels 1 to" in refused(*evaluate(run_folder, "arithmetic", "--level", 99))
    assert "Expected one of" in refused(*evaluate(run_folder, "arithmetic", "--split", "dev"))


def test_another_architecture(refused, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "vocab_size": 5}))
    assert "gpt2" in refused("ask", "hi", "--model", tmp_path)


def test_a_folder_that_is_no_model(refused, tmp_path):
    assert "config.json" in refused("ask", "hi", "--model", tmp_path)


def test_a_corrupt_checkpoint_is_passed_over_for_the_one_before(run_folder, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(run_folder, run)
    kept, broken = sorted((run / "checkpoints").iterdir())[-2:]
    weights = broken / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    assert main(["models", "show", str(run)]) == 0
    output = capsys.readouterr()
    assert f"skipped: {broken}" in output.err
    assert str(kept) in output.out
    assert main(["train", "canary", "--out", str(run), "--resume"]) == 0
    assert "skipped" in capsys.readouterr().out


def test_a_half_written_checkpoint_is_refused(run_folder, tmp_path, refused):
    run = tmp_path / "run"
    shutil.copytree(run_folder, run)
    for checkpoint in (run / "checkpoints").iterdir():
        (checkpoint / "learner" / "learner.pt").unlink()
    assert "is usable" in refused("ask", "hi", "--model", run)
    assert "learner.pt is missing" in refused("ask", "hi", "--model", checkpoint)
    assert "is usable" in refused("train", "canary", "--out", run, "--resume")


def test_a_broken_weights_file(run_folder, tmp_path, refused):
    model = tmp_path / "model"
    shutil.copytree(sorted((run_folder / "checkpoints").iterdir())[-1] / "model", model)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "model.safetensors" in refused("ask", "hi", "--model", model)


@pytest.mark.parametrize("command", ["tasks check {}", "train own --task {}"])
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"question": "2+2?", "answer": ', "line 2: not JSON"),
        ('{"question": "2+2?"}', "line 2: there is no 'answer'"),
        ("[1, 2]", "line 2: not an object"),
    ],
)
def test_a_line_that_does_not_parse(command, line, says, tmp_path, refused):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"question": "1+1?", "answer": "2"}\n' + line + "\n")
    message = refused(*command.format(path).split())
    assert str(path) in message
    assert says in message


@pytest.mark.parametrize(
    ("verify", "says"),
    [
        ("raise ValueError('not today')", "ValueError: not today"),
        ("return 'yes'", "'yes'"),
        ("return 0.5", "0.5"),
        ("while True: pass", "no reply within"),
        ("import os; os._exit(3)", "exit status 3"),
        ("return True", "an empty answer"),
    ],
)
def test_a_verifier_that_fails_is_refused(verify, says, tmp_path, refused, monkeypatch):
    monkeypatch.setattr(judge, "__defaults__", (1.0,))
    path = tmp_path / "mine.py"
    path.write_text(
        "def generate(split, seed, level=None):\n"
        "    return {'question': f'{split} {seed}?', 'answer': str(seed)}\n\n"
        f"def verify(task, answer):\n    {verify}\n"
    )
    assert says in refused("tasks", "check", path)
    run = ("--model", "new-nano", "--out", tmp_path / "run")
    assert says in refused("train", "own", "--task", path, *run)


def test_a_prompt_longer_than_the_context(refused, run_folder):
    message = refused("ask", "word " * 2000, "--model", run_folder)
    assert "context of 2048" in message


def test_no_disk_space(refused, run_folder, tmp_path, monkeypatch):
    full = namedtuple("usage", "total used free")(10**9, 10**9, 1000)
    assert "No space left" in refused(
        *evaluate(run_folder, "spelling", "--answer", 2, "--json", "/dev/full")
    )
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    message = refused("train", "canary", "--out", tmp_path / "run")
    assert "no disk space" in message
    assert "--out" in message


def test_a_folder_that_may_not_be_written(refused):
    assert "proc" in refused("train", "canary", "--out", "/proc/run")


def test_other_settings_or_no_resume(refused, run_folder):
    assert "--resume" in refused("train", "canary", "--out", run_folder)
    message = refused("train", "canary", "--out", run_folder, "--resume", "--seed", 5)
    assert "seed is 0, not 5" in message
    assert "of the recipe canary" in refused("train", "strawberry", "--out", run_folder, "--resume")


@pytest.mark.slow
def test_ctrl_c_while_training(tmp_path):
    out = tmp_path / "run"
    command = [sys.executable, "-m", "cogitate", "train", "canary", "--out", str(out)]
    metrics = out / "metrics.jsonl"
    code, lines = _interrupted(
        command, tmp_path, lambda _: metrics.is_file() and "cold_start" in metrics.read_text()
    )
    assert code == 130
    assert "--resume" in lines[-1]
    assert list((out / "checkpoints").glob("step-*"))


@pytest.mark.slow
def test_ctrl_c_while_evaluating(run_folder, tmp_path):
    command = [sys.executable, "-m", "cogitate", *map(str, evaluate(run_folder, "spelling"))]
    command[command.index("--n") + 1] = "100000"
    code, lines = _interrupted(command, tmp_path, lambda text: "is not finished" in text)
    assert code == 130
    assert lines[-1] == "cogitate: interrupted"


def _interrupted(command, folder, ready, patience_s=120.0):
    """Start a command, press Ctrl-C once `ready`; return its exit code and what it said.

    A shell that runs tests in the background has them ignore Ctrl-C, which children inherit.
    """
    said = folder / "stderr"
    listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with said.open("w") as stderr:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=stderr, preexec_fn=listen
        )
    deadline = time.monotonic() + patience_s
    while not ready(said.read_text()) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    code = process.wait(patience_s)
    assert "Traceback" not in said.read_text()
    return code, said.read_text().splitlines()


def test_nothing_here_leaves_a_child(tmp_path):
    """A command that is refused ends at once, children included."""
    command = [sys.executable, "-m", "cogitate", "train", "own", "--task", str(tmp_path / "x.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_an_evaluation_under_other_conditions_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.json"
    asked = ["--family", "sorting, logic", "--n", "2", "--temperature", "1"]
    assert main(["evaluate", "--model", "mini", *asked, "--json", str(kept)]) == 0
    assert main(["evaluate", "--model", str(kept), *asked]) == 0
    assert main(["evaluate", "--model", str(kept)]) == 2
    assert "was measured with --temperature 1.0, not 0.0" in capsys.readouterr().err
