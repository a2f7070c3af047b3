"""Compilers for processors that can do less than this one: each compiles the C once for all.

python tests/processors.py  # ahead of the tests that need it, while something else runs
"""

import os
import subprocess
import sys
from pathlib import Path

FLAGS = {
    "AVX-512": "-mno-amx-bf16 -mno-avx512vnni",
    "AVX2": "-mno-amx-bf16 -mno-avx512f -mno-f16c",
    "SSSE3": "-mno-amx-bf16 -mno-avx",
    "SSE2": "-mno-amx-bf16 -mno-ssse3",
}
"""By what is left."""


def environment(left: str) -> dict[str, str]:
    """Return the environment in which the C is compiled for such a processor."""
    return os.environ | {"CC": f"gcc {FLAGS[left]}"}


def need_passes(left: str, files: list[str], chosen: str) -> None:
    """Check that the chosen tests of each file pass there, and that not all are skipped."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", *files, "-k", chosen],
        env=environment(left),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    for file in files:
        lines = [line for line in done.stdout.splitlines() if Path(file).name in line]
        assert any(line.startswith("PASSED") for line in lines), f"it does not compile: {lines}"


if __name__ == "__main__":
    for kind in FLAGS:
        program = "from cogitate.models.kernels.compiled import operations; operations()"
        subprocess.run([sys.executable, "-c", program], env=environment(kind), check=True)
