"""Properties of the machine, which a run detects once and keeps for every resume.

Dtype, threads and memory decide which kernels run and how a batch is split, and so the last bits
of every sum. A resumed run therefore reads them from config.json.
"""

import ctypes
import os
import platform
import time
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import torch

from cogitate.config import RunConfig
from cogitate.errors import ModelError, UsageError
from cogitate.measured import once
from cogitate.notices import say
from cogitate.types import USUAL_ANSWER, Speed

BF16_GAIN = 1.3
"""Least speed-up of bf16 products for which "auto" accepts their rounding."""
_SHAPE = (1024, 576, 1536)
"""Rows, inner width and columns of the measured product: an update of SmolLM2-135M."""
MEMORY_SHARE = 2 / 3
"""Of the memory that is available, for micro-batches."""
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Options of mallopt(3): never returning memory, and never mapping a tensor of its own."""
_CGROUP = Path("/sys/fs/cgroup")

Dtype = torch.dtype
"""An alias, since `Machine.torch` hides the module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Detected values of one run.

    Example: Machine(dtype="bf16", threads=2, memory_gb=15.8, gflops_fp32=110.2,
    gflops_bf16=266.9, processor="AMD EPYC 9B45", torch="2.13.0+cpu",
    today="2026-11-25")
    """

    dtype: str
    """"fp32" or "bf16"."""
    threads: int
    memory_gb: float
    gflops_fp32: float
    gflops_bf16: float
    processor: str
    torch: str
    tokens_per_s: float = 0.0
    """Speed of a single request, for deadlines; 0 if the run has none."""
    usual_answer: int = USUAL_ANSWER
    """Tokens that suffice for most answers, for deadlines."""
    prompt_s: float = 0.0
    """Seconds to prefill a question, for deadlines."""
    today: str = ""
    """Date on which the run began, for templates that state it; empty in runs of old versions."""
    device: str = "cpu"
    """The device of sampler and learner."""

    def to_json(self) -> dict[str, Any]:
        """Return what `Machine(**...)` takes."""
        return asdict(self)

    @property
    def speed(self) -> Speed:
        """The speed by which deadlines are planned."""
        return Speed(
            tokens_per_s=self.tokens_per_s, answer=self.usual_answer, prompt_s=self.prompt_s
        )

    @property
    def width(self) -> int:
        """Bytes of one number of `dtype`."""
        return 2 if self.dtype == "bf16" else 4

    @property
    def torch_dtype(self) -> Dtype:
        """The dtype of forward and backward pass."""
        return torch.bfloat16 if self.dtype == "bf16" else torch.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The memory that a use of a model takes, without activations and keys.

    Example: Need(each=24, less="optim.lora_rank 16")
    """

    each: int
    """Bytes for each weight; weights that stay in few bits take what they take in the file."""
    less: str = ""
    """A setting with which the same model takes less."""
    less_in_few_bits: str = ""
    """The same for a GGUF file whose weights can stay in few bits."""
    device: str = "cpu"
    """Where it is used; it is loaded into the machine's own memory first."""


def detect(run: RunConfig, *, anew: bool = False) -> Machine:
    """Return the values of `run`, measured where it leaves them open.

    Speeds are measured once on a machine, in about 0.1 s, and kept; `anew` measures them again.

    Raises:
        UsageError: the device is not supported.
    """
    device = _device(run.device)
    threads = run.threads or torch.get_num_threads()
    torch.set_num_threads(threads)
    where = (threads,) if device == "cpu" else (processor(device),)
    key = ("matmul", torch.__version__, *where)
    fp32, bf16 = once(key, lambda: matmul_gflops(device), anew=anew)
    faster = "bf16" if bf16 > BF16_GAIN * fp32 else "fp32"
    return Machine(
        dtype=faster if run.dtype == "auto" else run.dtype,
        threads=threads,
        memory_gb=run.memory_gb or round(MEMORY_SHARE * available_gb(device), 2),
        gflops_fp32=round(fp32, 1),
        gflops_bf16=round(bf16, 1),
        processor=processor(device),
        torch=torch.__version__,
        today=date.today().isoformat(),  # noqa: DTZ011 (the user's own day)
        device=device,
    )


def has(device: str) -> bool:
    """Return whether a device is here and computes."""
    return device == "cpu" or not why_no_gpu()


@cache
def why_no_gpu() -> str:
    """Return why torch cannot compute on a GPU; empty if it can. One product is tried."""
    if not torch.cuda.is_available():
        return "sees no GPU" if torch.version.cuda else "is a build for the CPU alone"
    try:
        one = torch.ones(16, 16, device="cuda")
        (one @ one).sum().item()
    except RuntimeError as error:
        reason = (str(error).splitlines() or ["no reason given"])[0]
        return f"does not compute on {torch.cuda.get_device_name()} ({reason})"
    return ""


def _device(name: str) -> str:
    """Return the device for `run.device`; what `auto` means on a machine with a GPU is said."""
    if name == "cpu":
        return "cpu"
    why = why_no_gpu()
    if name == "cuda" and why:
        raise UsageError(f"device cuda: this torch ({torch.__version__}) {why}; take auto or cpu")
    if name == "auto" and torch.cuda.is_available():
        _say_once(
            f"computing on the CPU: this torch {why}"
            if why
            else f"computing on {processor('cuda')}; device cpu does without it"
        )
    return "cpu" if why else "cuda"


_say_once = cache(say)


def apply(machine: Machine) -> None:
    """Set torch's number of threads, and exact products on a GPU."""
    torch.set_num_threads(machine.threads)
    if machine.device == "cuda":
        torch.set_float32_matmul_precision("highest")  # no TF32
        torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False


@cache
def keep_freed_memory() -> None:
    """Make malloc keep what is freed, where it can be told to (glibc).

    An update allocates the same large tensors as the one before. Memory that was returned to the
    system comes back a page at a time, which takes 5 % of an update (docs/log/2026-11-speed.md).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in ((_TRIM_THRESHOLD, -1), (_MMAP_MAX, 0)):
            mallopt(option, value)


def return_freed_memory() -> None:
    """Return what `keep_freed_memory` keeps, so that it counts as available."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))


def return_excess_memory() -> None:
    """Return what is kept once this process holds more than is available beside it.

    Sizes vary from batch to batch, and what is kept only grows.
    """
    if _resident_bytes() > _left_bytes():
        return_freed_memory()


def matmul_gflops(device: str = "cpu", repeats: int = 10) -> list[float]:
    """Return the best of a few products [1024, 576] x [576, 1536] in fp32 and in bf16, in GFLOP/s.

    The two take turns, so that other work on the machine slows both.
    """
    rows, inner, columns = _SHAPE
    fp32 = torch.ones(rows, inner, device=device), torch.ones(columns, inner, device=device)
    bf16 = fp32[0].bfloat16(), fp32[1].bfloat16()
    rounds = [(_seconds(*fp32), _seconds(*bf16)) for _ in range(repeats + 1)]
    fastest = map(min, zip(*rounds[1:], strict=True))  # the first round warms up
    return [2 * rows * inner * columns / one / 1e9 for one in fastest]


def _seconds(left: torch.Tensor, right: torch.Tensor) -> float:
    start = time.perf_counter()
    torch.nn.functional.linear(left, right)
    if left.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def available_gb(device: str = "cpu") -> float:
    """Return the memory available in GB: of a GPU, or without swapping in a container's limit."""
    if device == "cuda":
        cached = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return (torch.cuda.mem_get_info()[0] + cached) / 1e9
    return_freed_memory()
    return _left_bytes() / 1e9


def need_memory(name: str, num_bytes: int, less: str = "", device: str = "cpu") -> None:
    """Raise ModelError unless a model's bytes are available, before it is loaded; see `Need`."""
    needed, free = num_bytes / 1e9, max(available_gb(device), 0.0)
    if needed > free:
        instead = f" or {less}" if less else ""
        where = ""
        if device == "cuda":
            where, instead = " on the GPU", f"{instead} or device cpu"
        raise ModelError(
            f"{name} needs {needed:.2f} GB of memory{where}, but {free:.2f} GB are available:"
            f" take a smaller model{instead}"
        )


def _resident_bytes() -> int:
    """Return the memory that this process holds; 0 where it cannot be told."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.is_file() else 0


def _left_bytes() -> float:
    return min(_available_bytes(), _container_bytes(_CGROUP))


def _available_bytes() -> float:
    meminfo = Path("/proc/meminfo")
    if not meminfo.is_file():
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2
    fields = dict(line.split(":") for line in meminfo.read_text().splitlines())
    return int(fields["MemAvailable"].split()[0]) * 1024


def _container_bytes(cgroup: Path) -> float:
    """Return the memory left under a limit; the page cache counts as free."""
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        stat = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
        return limit - used + int(stat["file"])
    except (OSError, ValueError, KeyError):  # no such group, or "max": no limit
        return float("inf")


def processor(device: str = "cpu") -> str:
    """Return the name of the processor, or of the GPU."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
