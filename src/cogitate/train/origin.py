"""Fingerprints of a run's tasks and texts: a run resumes only with the same ones."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cogitate.config import TrainConfig
from cogitate.errors import UsageError
from cogitate.tasks import Fingerprint, changed, fingerprint, open_family
from cogitate.train.data.pretrain import read_text


def origin(config: TrainConfig) -> Mapping[str, Fingerprint]:
    """Return the fingerprints of a run's families and texts, by their names.

    Example: {"mine.jsonl": {"questions": "9c1f20d7ab34", ...}, "notes.txt": {"text": ...}}
    """
    texts = config.pretrain.texts if config.pretrain.num_steps else ()
    return {
        **{name: fingerprint(open_family(name)) for name in config.families},
        **{path: {"text": _hash(read_text(Path(path)))} for path in texts},
    }


def need_same_origin(
    before: Mapping[str, Any],
    now: Mapping[str, Fingerprint],
    say: Callable[[str], None],
    *,
    is_finished: bool,
) -> None:
    """Refuse to resume with other tasks than a run began with; `before` are its resolved values.

    A finished run does not resume: differences are only reported.

    Raises:
        UsageError: names what differs.
    """
    known = before.get("fingerprints")
    if known is None:
        say(
            f"cannot check whether {', '.join(now)} changed since this run began: cogitate"
            f" {before.get('version', '')} kept no fingerprints"
        )
        return
    for name, here in now.items():
        if parts := changed(known.get(name, {}), here):
            line = (
                f"{name} has changed since this run began, with cogitate {before['version']}:"
                f" other {parts}"
            )
            if not is_finished:
                raise UsageError(
                    f"{line}. Restore it, or start a new run in another folder with --out"
                )
            say(line)


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
