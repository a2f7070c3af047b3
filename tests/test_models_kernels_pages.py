"""Packed weights lie side by side in huge pages, where the system has them."""

import errno

import pytest
import torch

from cogitate import models
from cogitate.models.kernels import native, pages
from cogitate.models.kernels.matrix import PackedLinear

enabled = pages.copier([torch.ones(1)]) is not None
needs_pages = pytest.mark.skipif(not enabled, reason="no huge pages here")


@needs_pages
def test_copies_are_side_by_side():
    tensors = [torch.arange(7.0), torch.randn(3, 5).bfloat16(), torch.ones(200, dtype=torch.uint8)]
    copy = pages.copier(tensors)
    assert copy is not None
    copies = [copy(tensor) for tensor in tensors]
    assert all(map(torch.equal, copies, tensors))
    first = copies[0].data_ptr()
    assert first % pages._HUGE == 0
    assert [own.data_ptr() - first for own in copies] == [0, 64, 128]


@pytest.mark.parametrize("setting", ["always madvise [never]", None])
def test_without_huge_pages_nothing_is_copied(tmp_path, monkeypatch, setting):
    path = tmp_path / "enabled"
    if setting is not None:
        path.write_text(setting)
    monkeypatch.setattr(pages, "_ENABLED", path)
    assert pages.copier([torch.ones(3)]) is None


@needs_pages
@pytest.mark.skipif(native.operations() is None, reason="no GCC here")
def test_without_room_for_a_copy_weights_stay_where_they_are(monkeypatch):
    decoder = models.load("mini").decoder

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    with monkeypatch.context() as patched:
        patched.setattr(pages.mmap, "mmap", refuse)
        assert pages.copier([torch.ones(3)]) is None
        models.seal(decoder)
    assert models.fingerprint(decoder) == models.fingerprint(models.load("mini").decoder)


@needs_pages
@pytest.mark.skipif(native.operations() is None, reason="no GCC here")
def test_a_sealed_model_has_its_matrices_there():
    decoder = models.load("mini").decoder
    models.seal(decoder)
    sealed = [module for module in decoder.modules() if isinstance(module, PackedLinear)]
    parts = [part.packed for module in sealed for part in module.matrix.parts]
    begin = min(part.data_ptr() for part in parts)
    end = max(part.data_ptr() + part.nbytes for part in parts)
    assert len(parts) > 20
    assert begin % pages._HUGE == 0
    assert end - begin < sum(part.nbytes + 64 for part in parts)
