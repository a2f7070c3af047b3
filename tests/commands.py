"""Commands of docs and benchmarks: whether `cogitate` has such a verb, and it such options."""

import re
from collections.abc import Sequence

import pytest

from cogitate.cli import VERBS, main


def need_known(command: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Check the words behind `cogitate`."""
    verb, *rest = command
    assert verb in VERBS
    with pytest.raises(SystemExit) as stop:
        main([verb, rest[0], "--help"] if verb == "train" else [verb, "--help"])
    assert stop.value.code == 0
    known = capsys.readouterr().out
    for option in [word for word in rest if word.startswith("--")]:
        assert re.search(rf"{option}\b", known), f"{verb} knows no {option}"
