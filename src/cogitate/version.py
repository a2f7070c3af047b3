"""The version of cogitate, which is recorded with every result."""

import subprocess
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path


def version() -> str:
    """Return the version, with the commit if the package runs from a checkout.

    Example: "0.1.0+1a2b3c4d5e6f"
    """
    try:
        number = installed_version("cogitate")
    except PackageNotFoundError:
        number = "0"
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(git, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return number
    return f"{number}+{done.stdout.strip()}" if done.returncode == 0 else number
