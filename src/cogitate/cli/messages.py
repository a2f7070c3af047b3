"""What a user must know beside the results: one line each, to stderr."""

import sys


def say(message: str) -> None:
    """Print a message as one line.

    Example: say("runs/mine is not finished") prints "cogitate: runs/mine is not finished"
    """
    print(f"cogitate: {' '.join(message.split())}", file=sys.stderr)
