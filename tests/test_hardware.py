"""Which device computes, and what is said where a GPU does not."""

import pytest
import torch

from cogitate import hardware
from cogitate.config import RunConfig
from cogitate.errors import UsageError


@pytest.fixture(autouse=True)
def _anew():
    for known in (hardware.why_no_gpu, hardware._say_once):
        known.cache_clear()
    yield
    for known in (hardware.why_no_gpu, hardware._say_once):
        known.cache_clear()


def test_without_a_gpu_auto_is_the_cpu_and_cuda_is_refused(capsys):
    assert hardware.detect(RunConfig()).device == "cpu"
    assert capsys.readouterr().err == ""
    with pytest.raises(UsageError, match=r"device cuda: this torch .* take auto or cpu"):
        hardware.detect(RunConfig(device="cuda"))


def test_a_card_for_which_torch_has_no_kernels_is_not_taken(monkeypatch, capsys):
    def fails(*_, **__):
        raise RuntimeError("no kernel image is available\nCUDA kernel errors might be ...")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Old Card")
    monkeypatch.setattr(torch, "ones", fails)
    assert hardware._device("auto") == hardware._device("auto") == "cpu"
    said = capsys.readouterr().err
    assert said.count("Old Card") == 1
    assert "no kernel image is available)" in said
    with pytest.raises(UsageError, match="does not compute on Old Card"):
        hardware._device("cuda")


def test_a_card_that_is_taken_is_named_once(monkeypatch, capsys):
    monkeypatch.setattr(hardware, "why_no_gpu", lambda: "")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A Card")
    assert (
        hardware._device("auto") == hardware._device("auto") == hardware._device("cuda") == "cuda"
    )
    assert hardware._device("cpu") == "cpu"
    assert capsys.readouterr().err.count("computing on A Card") == 1
