"""Notices to the user beside the results: one line each, to stderr."""

import sys


def say(message: str) -> None:
    """Write a message as one line.

    Example: say("runs/mine is not finished") writes "cogitate: runs/mine is not finished"
    """
    sys.stderr.write(f"cogitate: {' '.join(message.split())}\n")
