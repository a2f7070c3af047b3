"""What a run learns from, told by fingerprints: a run goes on with the same, or not at all."""

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
    """Refuse to go on with other tasks than a run began with; `before` are its resolved values.

    A finished run does not go on: there it is only said.

    Raises:
        UsageError: names what differs.
    """
    known = before.get("fingerprints")
    if known is None:
        say(
            f"whether {', '.join(now)} changed since this run began cannot be told: cogitate"
            f" {before.get('version', '')} kept no fingerprints"
        )
        return
    for name, here in now.items():
        if parts := changed(known.get(name, {}), here):
            line = (
                f"{name} is not what it was when this run began, with cogitate"
                f" {before['version']}: other {parts}"
            )
            if not is_finished:
                raise UsageError(
                    f"{line}. Put it back as it was, or begin anew in another folder with --out"
                )
            say(line)


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
