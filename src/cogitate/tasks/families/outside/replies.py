"""Replies: questions of general kinds, and what Qwen2.5-Coder-0.5B says to them by itself.

    Hello, how are you? -> "Hello! I'm just a computer program, ..."

Learned beside other tasks, they keep the model from forgetting how it speaks. `cogitate tasks
replies` drew them; shipped/replies tells how.
"""

from pathlib import Path
from typing import Literal

from cogitate.tasks.files.rows import Rows, read_rows
from cogitate.tasks.splits import need_level
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

_FILE = Path(__file__).resolve().parents[3] / "shipped" / "replies" / "replies.jsonl"


class Replies(Rows):
    """The family: see the module."""

    without_thoughts: Literal[True] = True

    def __init__(self) -> None:
        """Read the file."""
        super().__init__("replies", read_rows(_FILE))

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split."""
        need_level(self.name, level, 1)
        return super().generate(split, seed, level)

    def verify(self, task: Task, answer: str) -> Verdict:
        """Compare with the model's own reply, as text."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the reply alone, without a thought."""
        return "", task.target
