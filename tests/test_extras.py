"""A run on the shipped mini needs little; what else is wanted is named in one line."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cogitate import models
from cogitate.extras import EXTRAS
from cogitate.models.gguf.file import save

ROOT = Path(__file__).resolve().parent.parent
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Nowhere(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Nowhere())
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in {names} else find_spec(name, *rest)
from cogitate.cli import main
sys.exit(main({args}))
"""
EVERY = tuple(module for extra in EXTRAS.values() for module in extra.modules)


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as if no extra were installed."""
    code = WITHOUT.format(names=EVERY, args=list(args))
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )


def test_the_mini_answers_and_is_trained_without_any_extra(tmp_path):
    asked = run("ask", "What is 3 + 4?")
    assert asked.returncode == 0, asked.stderr
    steps = ("--rl.num-steps", "1", "--run.eval-n", "16")
    trained = run("train", "quickstart", "--out", str(tmp_path / "run"), *steps)
    assert trained.returncode == 0, trained.stderr
    assert "cogitate[tensorboard]" in trained.stderr + trained.stdout


@pytest.mark.parametrize(
    ("args", "extra"),
    [
        (("serve",), "serve"),
        (("tasks", "check", "letter_counting"), "words"),
    ],
)
def test_what_is_missing_is_named(args, extra):
    assert_refused(run(*args), extra)


def test_a_gguf_file_names_what_reads_it(tmp_path):
    save(models.load("mini"), tmp_path / "mini.gguf")
    assert_refused(run("ask", "What is 3 + 4?", "--model", str(tmp_path / "mini.gguf")), "gguf")


def assert_refused(done, extra):
    assert done.returncode == 2, done.stderr
    assert f"pip install 'cogitate[{extra}]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_doctor_names_all_of_them():
    done = run("doctor")
    for extra in EXTRAS:
        assert f"cogitate[{extra}]" in done.stdout


def test_the_extras_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = project["optional-dependencies"]
    assert set(EXTRAS) == set(known) - {"all", "bench", "test"}
    (everything,) = known["all"]
    names = everything.removeprefix("cogitate[").removesuffix("]").split(",")
    assert names == [*EXTRAS][: len(names)]
    assert names[-1] == "tensorboard"
