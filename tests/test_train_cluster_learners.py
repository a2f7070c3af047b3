"""What the learner's ranks report when one of them fails while another waits for it."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest
import torch
from ray.exceptions import RayActorError, RayTaskError
from torch.distributed import DistBackendError

from cogitate.errors import CheckpointError, LearnerLost, UsageError
from cogitate.train.cluster import learners
from cogitate.train.cluster.learners import LearnerGroup

NEVER = object()
"""The answer of a rank that waits for another one."""


class Ranks:
    """Ray, with ranks that are called alike: what each of them answers to its next calls."""

    ObjectRef = object

    def __init__(self, **answers: Sequence[object]) -> None:
        self._answers = answers

    def rank(self, number: int) -> SimpleNamespace:
        return SimpleNamespace(
            **{
                name: SimpleNamespace(remote=lambda *_, name=name: self._answer(name, number))
                for name in ("pid", "address", "join", "optim_step")
            }
        )

    def _answer(self, name: str, rank: int) -> list[object]:
        """Return a reference: a list of the one answer, which is itself and no other."""
        return [self._answers[name][rank] if name in self._answers else None]

    def after_start(self, **answers: Sequence[object]) -> None:
        self._answers = answers

    def wait(self, refs: list[list[object]], num_returns: int = 1, timeout: float | None = None):
        done = [ref for ref in refs if ref[0] is not NEVER][:num_returns]
        return done, [ref for ref in refs if not any(ref is one for one in done)]

    def get(self, refs: list[list[object]]) -> list[object]:
        for (found,) in refs:
            if isinstance(found, Exception):
                raise found
        return [found for (found,) in refs]


def failed(cause: Exception) -> RayTaskError:
    return RayTaskError("optim_step", f"Traceback:\n  ...\n{type(cause).__name__}: {cause}", cause)


CUT_OFF = RuntimeError("[/third_party/gloo/transport/tcp/pair.cc:547] Connection closed by peer")
FULL = torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize(
    ("cause", "pings", "kind", "told"),
    [
        (FULL, [NEVER, 2], RayTaskError, "CUDA out of memory"),
        (FULL, [RayActorError(), 2], LearnerLost, "a learner has died: .*CUDA out of memory"),
        (CUT_OFF, [NEVER, 2], LearnerLost, "a learner has died: .*Connection closed by peer"),
        (CUT_OFF, [1, 2], RayTaskError, "Connection closed by peer"),
        (DistBackendError("NCCL error"), [NEVER, 2], LearnerLost, "has died: .*NCCL error"),
        (UsageError("what to do"), [NEVER, 2], UsageError, "^what to do$"),
        (CheckpointError("not written"), [RayActorError(), 2], LearnerLost, "died: .*not written"),
    ],
)
def test_a_rank_that_fails_is_told_from_one_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
    cause: Exception,
    pings: list[object],
    kind: type[Exception],
    told: str,
) -> None:
    ranks = Ranks()
    monkeypatch.setattr(learners, "ray", ranks)
    group = LearnerGroup(ranks.rank, 2)
    ranks.after_start(optim_step=[NEVER, failed(cause)], pid=pings)
    with pytest.raises(kind, match=told):
        group.optim_step(0.1)
