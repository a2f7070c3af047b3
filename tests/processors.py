"""Compilers for processors that can do less than this one: each compiles the C once for all."""

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


def need_passes(left: str, files: list[str], chosen: str) -> None:
    """Check that the chosen tests of each file pass there, and that not all are skipped."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", *files, "-k", chosen],
        env=os.environ | {"CC": f"gcc {FLAGS[left]}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    for file in files:
        lines = [line for line in done.stdout.splitlines() if Path(file).name in line]
        assert any(line.startswith("PASSED") for line in lines), f"it does not compile: {lines}"
