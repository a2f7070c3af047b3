"""The route by which the page keeps a question as a challenge; see `cogitate challenge`.

It writes a file, so that it is there only where the server was started for it, on loopback, and
only for the server's own page (`origins.Door`).
"""

import threading
from datetime import date
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from cogitate.errors import UsageError
from cogitate.evaluate.challenges import Challenge, add_challenge, read_challenges
from cogitate.serve.guard import CHALLENGES_PATH
from cogitate.serve.origins import host_of, is_loopback


class ChallengeBody(BaseModel):
    """What the page sends."""

    model_config = ConfigDict(extra="forbid", strict=True)
    question: str = Field(min_length=1, max_length=4000)
    answer: str = Field(min_length=1, max_length=400)
    note: str = Field(default="", max_length=400)


def need_for_challenges(host: str, path: Path) -> None:
    """Refuse to let other machines write, and a file that cannot be read as challenges.

    Raises:
        UsageError: the address to listen on is not loopback, or the file is another.
    """
    if not is_loopback(host_of(f"[{host}]" if ":" in host else host)):
        raise UsageError(
            "--allow-challenges lets whoever reaches the page write a file: it needs"
            f" --host 127.0.0.1, not {host!r}"
        )
    if not path.resolve().parent.is_dir():
        raise UsageError(f"--allow-challenges: there is no folder {path.resolve().parent}")
    if path.exists():
        read_challenges(path)


def add_challenges(app: FastAPI, path: Path) -> None:
    """Add the route."""
    writing = threading.Lock()

    @app.post(CHALLENGES_PATH)
    def keep(body: ChallengeBody) -> dict[str, int]:
        challenge = Challenge(
            question=body.question.strip(),
            answer=body.answer.strip(),
            note=body.note.strip(),
            added=date.today().isoformat(),  # noqa: DTZ011 (the user's own day)
        )
        with writing:
            add_challenge(path, challenge, None)
            return {"challenges": len(read_challenges(path))}
