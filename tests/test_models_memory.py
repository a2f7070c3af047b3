"""A model that does not fit in memory is refused in one line, before anything is loaded."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config

from checkpoints import SIZES, random_model, saved
from cogitate import hardware, models
from cogitate.cli import main
from cogitate.config import OptimConfig, RunConfig
from cogitate.errors import ModelError
from cogitate.hardware import detect
from cogitate.models import lora
from cogitate.models.checkpoint import Checkpoint
from cogitate.models.gguf.file import GGUF
from cogitate.models.kernels import native, onednn, products
from cogitate.recipes.canary import canary
from cogitate.runs.opening import load
from cogitate.train.workers import load_policy
from quantized import save_quantized

WIDE = SIZES | {"hidden_size": 256, "intermediate_size": 512}
WAYS = {"fp32": 4, "bf16": 2}
DTYPES = (torch.float32, torch.bfloat16)
COMMANDS = {
    "ask": ["ask", "What is 2 + 3?", "--model"],
    "serve": ["serve", "--model"],
    "evaluate": ["evaluate", "--family", "arithmetic", "--model"],
    "train": ["train", "canary", "--out", "run", "--model"],
    "check": ["check", "--family=arithmetic"],
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    config = Qwen2Config(**WIDE, tie_word_embeddings=False)
    return saved(random_model(config), tmp_path_factory.mktemp("models") / "wide")


@pytest.fixture(scope="module")
def size(folder) -> int:
    return sum(weight.numel() for weight in models.load(folder).decoder.parameters())


@pytest.fixture
def memory(monkeypatch):
    """Set the available bytes."""
    return lambda num_bytes: monkeypatch.setattr(hardware, "_available_bytes", lambda: num_bytes)


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The tensors that are read."""
    names: list[str] = []
    for owner, method in ((Checkpoint, "read"), (GGUF, "read"), (GGUF, "rows")):
        real = getattr(owner, method)

        def noted(self, name, real=real):
            names.append(name)
            return real(self, name)

        monkeypatch.setattr(owner, method, noted)
    return names


def refused(name: Path, **options) -> str:
    with pytest.raises(ModelError) as raised:
        load(name, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.fixture(params=["c", "onednn"])
def copies(request, monkeypatch) -> int:
    """How many packed copies there are where many rows are multiplied in this way."""
    if native.operations() is None or not all(map(onednn.has, DTYPES)):
        pytest.skip("needs GCC, and a processor for which oneDNN multiplies bf16")
    monkeypatch.setenv(products.SWITCH, request.param)
    return 1 if request.param == "c" else 2


@pytest.mark.parametrize("way", [(dtype, sealed) for dtype in WAYS for sealed in (True, False)])
def test_sampling_takes_each_copy(folder, size, memory, reads, way, copies):
    (dtype, sealed), largest = way, 2 * 512 * 256
    use = size * WAYS[dtype] * (copies if sealed else 1 + copies)
    loading = size * WAYS[dtype] + 4 * largest
    needed = max(loading, use)
    memory(needed - 1)
    said = refused(folder, dtype=dtype, sealed=sealed)
    assert said.endswith("a smaller model or dtype bf16" if dtype == "fp32" else "a smaller model")
    assert not reads
    memory(needed + 1)
    assert load(folder, dtype, sealed=sealed).decoder.arch.width == 256


def test_a_container_has_less(folder, size, monkeypatch, tmp_path):
    for name, text in {
        "memory.max": str(size * 8), "memory.current": str(size * 6), "memory.stat": f"file {size}",
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(hardware, "_CGROUP", tmp_path)
    assert "needs" in refused(folder, dtype="fp32", sealed=True)
    load(folder, "bf16", sealed=True)


def test_an_adapter_is_merged_beside_its_base(folder, size, memory, reads, tmp_path):
    policy = models.load(folder)
    lora.apply(policy.decoder, rank=2, alpha=4.0, seed=0)
    models.save_adapter(replace(policy, name=str(folder)), tmp_path / "adapter")
    reads.clear()
    memory(2 * 4 * size - 1)
    assert "GB are available" in refused(tmp_path / "adapter", dtype="fp32", sealed=True)
    assert not reads
    memory(2 * 4 * size + 1)
    load(tmp_path / "adapter", "fp32", sealed=True)


@pytest.mark.skipif(native.operations() is None, reason="no GCC here")
def test_few_bits_take_less(folder, size, memory, reads, tmp_path, monkeypatch):
    file = save_quantized(models.load(folder), tmp_path / "m.gguf", {"": "Q4_0"}, monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    reads.clear()
    memory(size / 2)
    assert refused(file, dtype="fp32").endswith("smaller model")
    memory(size * 0.6)
    assert refused(file, weights="bf16").endswith("or weights as-is")
    assert refused(folder, weights="bf16").endswith("smaller model")
    assert refused(folder, weights="fp32").endswith("smaller model or weights bf16")
    assert not reads
    load(file)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_refuses_in_one_line(folder, memory, reads, command, capsys):
    memory(1e6)
    assert main([*COMMANDS[command], str(folder)]) != 0
    said = capsys.readouterr().err.strip().splitlines()
    assert "0.00 GB are available: take a smaller model" in said[-1]
    assert len(said) == 1
    assert not reads


def test_showing_a_model_reads_no_weight(folder, size, memory, reads, monkeypatch, capsys):
    file = save_quantized(models.load(folder), Path("m.gguf"), {"": "Q4_0"}, monkeypatch)
    reads.clear()
    memory(0)
    for name in (folder, file):
        assert main(["models", "show", str(name)]) == 0
        assert f"parameters  {size / 1e6:.1f} million\n" in capsys.readouterr().out
    assert not reads


@pytest.mark.parametrize("rank", [0, 4])
def test_training_counts_gradients_and_moments(folder, size, memory, reads, rank, copies):
    config = replace(canary(), model=str(folder), optim=OptimConfig(lora_rank=rank))
    machine = detect(RunConfig(dtype="fp32"))
    needed = size * (4 * (2 + copies) + (0 if rank else 12))
    memory(needed - 1)
    less = "run.dtype bf16" if rank else "optim.lora_rank 16"
    with pytest.raises(ModelError, match=f"take a smaller model or {less}$"):
        load_policy(config, machine)
    assert not reads
    memory(needed + 1)
    load_policy(config, machine)
