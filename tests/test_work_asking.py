"""A model behind a server: what comes of answers that break off, or have no end."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from cogitate.ask import Chunk
from cogitate.errors import CogitateError
from cogitate.work.asking import RemoteModel
from cogitate.work.solving import Sample

SAMPLES = [Sample(prompt="Write f.", temperature=0.8, seed=seed) for seed in range(3)]


def endless(kind: str, text: str) -> Iterator[Chunk]:
    return (Chunk(kind=kind, text=text) for _ in itertools.count())  # pyright: ignore


@pytest.mark.parametrize(("kind", "text"), [("answer", "x"), ("answer", "x" * 2**19),
                                            ("thought", "x" * 2**16)])  # fmt: skip
def test_an_answer_without_end_is_cut_and_the_others_count(
    capsys: pytest.CaptureFixture[str], kind: str, text: str
) -> None:
    def answer(_messages: object, seed: int, **_more: Any) -> Iterator[Chunk]:
        yield from endless(kind, text) if seed == 1 else [Chunk(kind="answer", text="whole")] * 5

    found = {one.index: one.text for one in RemoteModel(answer, 5).ask(SAMPLES)}
    assert found == {0: "whole" * 5, 1: "", 2: "whole" * 5}
    said = capsys.readouterr().err
    assert "1 of 3 answers did not come whole: the answer has more than 5 tokens" in said


def test_if_none_is_whole_it_is_an_error() -> None:
    with pytest.raises(CogitateError, match="allow more with --answer"):
        list(RemoteModel(lambda *_, **__: endless("answer", "x"), 5).ask(SAMPLES))
