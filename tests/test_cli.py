"""The verbs, as a user types them."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

import cogitate
from cogitate.cli import VERBS, main
from cogitate.cli.arguments import one_line, parse
from cogitate.errors import UsageError
from cogitate.tasks import find_task, open_family

ROWS = [{"question": f"What follows {i}?", "answer": i + 1} for i in range(40)]

SAME = ("family", "key", "level", "question", "target", "answer")
"""What a rollout and a verdict both say."""
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


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A finished run of a few steps."""
    out = tmp_path_factory.mktemp("runs") / "canary"
    args = ["--cold-start.num-steps", "2", "--rl.num-steps", "2", "--run.eval-n", "4"]
    args += ["--run.checkpoint-every", "2", "--run.threads", "1"]
    args += ["--watch.thresholds", "no_signal_steps", "9"]
    assert main(["train", "canary", "--out", str(out), *args]) == 0
    return out


@pytest.fixture
def sums(tmp_path):
    path = tmp_path / "sums.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS))
    return str(path)


def test_help_prints_the_line_and_the_verbs_in_its_order(capsys):
    assert main(["--help"]) == 0
    output = capsys.readouterr().out
    assert "task -> prompt -> rollout (thought + answer) -> verify (reward)" in output
    places = [output.index(f"\n  {verb} ") for verb in VERBS]
    assert places == sorted(places)
    assert all(len(line) <= 100 for line in output.splitlines())


def test_help_is_quick_and_needs_no_torch():
    code = (
        "import sys; from cogitate.cli import main; main(['--help']);"
        "assert not {'torch', 'tyro', 'scipy', 'tokenizers'} & set(sys.modules)"
    )
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.5


@pytest.mark.parametrize("verb", IMPORTS)
def test_a_start_imports_only_what_the_first_token_needs(verb: str) -> None:
    code = f"{IMPORTS[verb]}; import json, sys; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(json.loads(done.stdout)) == set()


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cogitate {cogitate.__version__}\n"


@pytest.mark.parametrize("verb", [*VERBS, "train canary", "train own", "models export"])
def test_every_verb_has_help(verb, capsys):
    try:
        code = main([*verb.split(), "--help"])
    except SystemExit as stop:
        code = stop.code
    assert code in (0, None)
    assert "usage: cogitate" in capsys.readouterr().out


def test_train_help_lists_every_setting(capsys):
    with pytest.raises(SystemExit):
        main(["train", "canary", "--help"])
    output = capsys.readouterr().out
    for setting in ("--model", "--out", "--resume", "--dry-run", "--seed", "--rl.group-size"):
        assert setting in output


def test_a_broken_pipe_is_quiet():
    pipe = f"{sys.executable} -m cogitate train canary --help | head -n 1"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True, check=False)
    assert "usage" in done.stdout
    assert done.stderr == ""


def test_tasks_are_listed_and_checked(capsys, sums):
    assert main(["tasks"]) == 0
    assert "letter_counting" in capsys.readouterr().out
    assert main(["tasks", "check", sums]) == 0
    assert "What follows" in capsys.readouterr().out


def test_models_are_listed_shown_and_exported(capsys, run_folder, tmp_path):
    assert main(["models"]) == main(["models", "list"]) == 0
    assert "smollm2-135m" in capsys.readouterr().out
    assert main(["models", "show", str(run_folder)]) == 0
    assert "llama" in capsys.readouterr().out
    assert main(["models", "export", str(run_folder), str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert main(["models", "export", "cogitate:mini", str(tmp_path / "out.gguf")]) == 0
    assert main(["models", "show", str(tmp_path / "out.gguf")]) == 0


def test_evaluate_against_another_and_from_json(capsys, run_folder, sums, tmp_path):
    written = tmp_path / "result.json"
    args = ["evaluate", "--model", str(run_folder), "--family", f"spelling,{sums}", "--n", "6"]
    checkpoint = sorted((run_folder / "checkpoints").iterdir())[0]
    args += ["--answer", "4", "--dtype", "fp32", "--against", str(checkpoint)]
    assert main([*args, "--json", str(written)]) == 0
    output = capsys.readouterr().out
    assert "strict" in output
    assert "minus" in output
    saved = json.loads(written.read_text())
    assert set(saved["families"]) == {"spelling", sums}
    assert set(saved["differences"]) == {"spelling", sums, "all families"}
    for result in saved["families"].values():
        for measure in ("strict", "lenient"):
            assert set(result[measure]) == {"mean", "low", "high"}
        assert len(result["records"]) == 6
    again = ["evaluate", "--model", str(written), "--family", "spelling", "--against", str(written)]
    assert main(again) == 0
    assert "+0.0 points" in capsys.readouterr().out
    assert main(["evaluate", "--model", str(written)]) == 0
    assert "all families together: 12 questions" in capsys.readouterr().out


def test_every_row_of_a_file_is_asked_unless_a_number_is_given(sums, tmp_path, capsys):
    saved = tmp_path / "all.json"
    ask = ["evaluate", "--family", sums, "--split", "all", "--dtype", "fp32"]
    model = ["--model", "mini", "--think", "0", "--answer", "4", "--json", str(saved)]
    assert main([*ask, *model]) == 0
    assert f"mini on {sums}, all split: 40 questions in 40 clusters" in capsys.readouterr().out
    document = json.loads(saved.read_text())
    assert (document["conditions"]["n"], document["conditions"]["split"]) == (40, "all")
    keys = [record["key"] for record in document["families"][sums]["records"]]
    assert {key.split("/")[-2] for key in keys} == {"train", "test"}
    assert all(find_task(open_family(sums), key).key == key for key in keys)
    assert main([*ask, "--model", str(saved)]) == 0
    assert "all split: 40 questions" in capsys.readouterr().out
    assert main(["evaluate", "--model", str(saved)]) == 2
    assert "was measured with --split all, not test" in capsys.readouterr().err
    assert main([*ask, *model, "--n", "4"]) == 0
    assert "all split: 4 questions in" in capsys.readouterr().out


def test_keys_of_a_run_s_rollouts_can_be_judged(run_folder, tmp_path, capsys):
    rollouts = next(run_folder.glob("rollouts/*.jsonl")).read_text().splitlines()
    kept = next(line for line in map(json.loads, rollouts) if line["answer"])
    (tmp_path / "answer").write_text(kept["answer"])
    args = ["--key", kept["key"], "--answer", str(tmp_path / "answer"), "--json"]
    assert main(["tasks", "judge", kept["family"], *args]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [found[name] for name in SAME] == [kept[name] for name in SAME]


def test_evaluate_asks_what_a_run_was_trained_on(capsys, run_folder):
    args = ["--n", "4", "--answer", "4", "--dtype", "fp32"]
    assert main(["evaluate", "--model", str(run_folder), *args]) == 0
    assert "on letter_finding" in capsys.readouterr().out
    assert main(["evaluate", "--model", str(run_folder / "model"), *args]) == 0
    assert main(["evaluate", "--model", "smollm2-135m", *args]) == 2
    assert "smollm2-135m is not a run" in capsys.readouterr().err


def test_ask_streams_and_answers_in_json(capsys, run_folder):
    asked = ["ask", "Spell cat.", "--model", str(run_folder), "--answer", "5", "--dtype", "fp32"]
    assert main(asked) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert main([*asked, "--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert output["answer"] == text.strip()
    assert output["answer_tokens"] <= 5
    assert output["end"] in ("done", "truncated")


def test_a_question_can_come_by_pipe(run_folder):
    command = [sys.executable, "-m", "cogitate", "ask", "-", "--model", str(run_folder)]
    done = subprocess.run(
        [*command, "--answer", "3", "--json"], input="Spell cat.", capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["question"] == "Spell cat."


def test_a_finished_run_goes_on_quietly(capsys, run_folder):
    assert main(["train", "canary", "--out", str(run_folder), "--resume"]) == 0
    assert "is finished" in capsys.readouterr().out


def test_a_run_can_be_trained_on(run_folder, tmp_path, sums, capsys):
    out = tmp_path / "own"
    args = ["train", "own", "--task", sums, "--model", str(run_folder), "--out", str(out)]
    args += ["--rl.num-steps", "1", "--rl.answer", "3", "--rl.groups-per-step", "1"]
    args += ["--rl.group-size", "2", "--rl.think", "4", "--run.eval-n", "2"]
    args += ["--run.trackers", "--rl.refill-rounds", "0"]
    assert main(args) == 0
    assert "no worked solutions" in capsys.readouterr().out
    config = json.loads((out / "config.json").read_text())["config"]
    assert config["tasks"][0]["family"] == sums
    assert config["model"] == str(run_folder / "model")
    assert main(["train", "own", "--out", str(out), "--resume"]) == 0


def test_dry_run_trains_nothing(tmp_path, capsys):
    out = tmp_path / "none"
    assert main(["train", "canary", "--out", str(out), "--dry-run", "--run.eval-n", "2"]) == 0
    output = capsys.readouterr().out
    assert '"recipe": "canary"' in output
    assert "for example" in output
    assert not out.exists()


def test_doctor_says_what_there_is(capsys):
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    for what in ("processor", "threads", "GFLOP/s", "memory", "torch", "gpu", "sandbox", "disk"):
        assert what in output


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """Some settings."""

    steps: int = 3
    """How many."""
    name: str
    """Which."""


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (
            ["--name", "a", "--stps", "3"],
            "unrecognized options: --stps, 3; perhaps you meant --steps",
        ),
        (["--name", "a", "--steps", "x"], "error parsing --steps: invalid literal"),
        (["--name"], "missing value for argument '--name'. Expected 1 values."),
        ([], "missing from cogitate knobs: --name STR (see"),
        (["--name", "a", "b"], "unrecognized options: b (see"),
    ],
)
def test_what_is_wrong_with_arguments_is_one_line(args, says):
    with pytest.raises(UsageError) as caught:
        parse(Knobs, args, "knobs")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "How many" not in str(caught.value)


def test_arguments_that_are_right():
    assert parse(Knobs, ["--name", "a"], "knobs") == Knobs(name="a")
    assert parse(Knobs, [], "knobs", default=Knobs(name="b", steps=1)).steps == 1


BOX = """\
╭─ Unrecognized options ──────────────╮
│ Unrecognized options: --stps, 3     │
│ ─────────────────────────────────── │
│ Perhaps you meant:                  │
│     --steps INT                     │
│         How many. (default: 3)      │
│ ─────────────────────────────────── │
│ For full helptext, run knobs --help │
╰─────────────────────────────────────╯
"""
PLAIN_BOX = """\
 Unrecognized options
 -------------------------------------
  Unrecognized options: --stps, 3
  -----------------------------------
  Perhaps you meant:
      --steps INT
          How many. (default: 3)
  -----------------------------------
  For full helptext, run knobs --help

"""


@pytest.mark.parametrize("box", [BOX, PLAIN_BOX])
def test_both_shapes_of_box_are_read(box):
    assert one_line(box) == "unrecognized options: --stps, 3; perhaps you meant --steps INT"


def test_colour_only_on_a_terminal(run_folder):
    """Under a pseudo-terminal colours are used; NO_COLOR turns that off."""
    assert b"\x1b[0m" in terminal_output(run_folder, {})
    assert b"\x1b" not in terminal_output(run_folder, {"NO_COLOR": "1"})


def terminal_output(model, settings):
    command = [sys.executable, "-m", "cogitate", "ask", "hi", "--model", str(model)]
    primary, secondary = os.openpty()
    with subprocess.Popen(
        [*command, "--answer", "3"], stdout=secondary, env={**os.environ, **settings}
    ) as process:
        os.close(secondary)
        output = b""
        while part := read_terminal(primary):
            output += part
        os.close(primary)
    assert process.returncode == 0
    return output


def read_terminal(primary):
    """Return what came; nothing once the other side has closed, which Linux calls an error."""
    try:
        return os.read(primary, 1024)
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "10000"),
        ({"GOMP_SPINCOUNT": "7"}, "7"),
        ({"OMP_WAIT_POLICY": "active"}, None),
    ],
)
def test_threads_wait_briefly_unless_the_user_says_how(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str | None
) -> None:
    environment = {"GOMP_SPINCOUNT": None, "OMP_WAIT_POLICY": None} | given
    for name, value in environment.items():
        monkeypatch.setenv(name, value or "")
        if value is None:
            monkeypatch.delenv(name)
    assert main(["--help"]) == 0
    assert os.environ.get("GOMP_SPINCOUNT") == expected


class OutOfMemoryError(RuntimeError):
    """As torch's."""


class OfAnotherProcess(OutOfMemoryError):
    """As Ray's, which is of both kinds."""


@pytest.mark.parametrize("error", [OutOfMemoryError, OfAnotherProcess])
def test_a_gpu_without_memory_is_one_line(monkeypatch, capsys, error):
    from cogitate.cli import doctor

    def run(args):
        raise error

    monkeypatch.setattr(doctor, "run", run)
    assert main(["doctor"]) == UsageError.exit_code
    assert "the GPU has too little memory" in capsys.readouterr().err
