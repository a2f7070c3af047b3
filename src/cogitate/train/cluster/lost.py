"""What goes wrong in other processes, as errors of this one."""

from ray import exceptions
from torch.distributed import DistError

from cogitate.errors import CogitateError, LearnerLost

LOST = (
    exceptions.RayActorError,
    exceptions.OutOfMemoryError,
    exceptions.NodeDiedError,
)
"""A process has died, by itself, for want of memory, or with its machine."""
GONE = (exceptions.ObjectLostError, exceptions.ReferenceCountingAssertionError)
"""What a process was to fetch is gone with the one that had it."""


def raised(error: Exception) -> None:
    """Raise the error of ours by which a process failed, if there is one.

    Raises:
        CogitateError: of a process; a process whose start failed also.
        LearnerLost: weights that a sampler was to fetch are gone.
    """
    cause: object = error
    while isinstance(cause, exceptions.RayTaskError):
        if isinstance(cause.cause, CogitateError):
            raise cause.cause from None
        if isinstance(cause.cause, (*LOST, *GONE)):
            raise LearnerLost(
                f"a learner has died with its weights: {first_line(error)}"
            ) from error
        cause = cause.cause
    if getattr(error, "actor_init_failed", False):
        raise CogitateError(f"a process did not start: {last_line(error)}") from error


def is_cut_off(error: exceptions.RayTaskError) -> bool:
    """Return whether a rank failed since it reaches another one no more, by NCCL or gloo."""
    return isinstance(error.cause, DistError) or "gloo/transport" in str(error.cause)


def first_line(error: Exception) -> str:
    """Return the first line of an error of Ray's."""
    return _lines(error)[0]


def last_line(error: Exception) -> str:
    """Return the last line of an error of Ray's, which is that of the cause."""
    return _lines(error)[-1]


def _lines(error: Exception) -> list[str]:
    return str(error).strip().splitlines() or [type(error).__name__]
