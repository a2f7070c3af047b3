"""From one answer to one verdict; a verifier that fails gives a verdict that says so."""

from concurrent.futures import Future
from typing import Any, Protocol, runtime_checkable

from cogitate.protocols import Family
from cogitate.types import Task, Verdict
from cogitate.verify.pool import known
from cogitate.verify.strict import shown

TIMEOUT_S = 10.0


@runtime_checkable
class JudgesElsewhere(Protocol):
    """A family whose verifier runs in processes of its own, so that it can be stopped."""

    def verify_later(self, task: Task, answer: str, timeout_s: float) -> Future[Verdict]:
        """Begin to judge the answer; a failure or timeout gives a verdict that says so."""
        ...


def judge(family: Family, task: Task, answer: str, timeout_s: float = TIMEOUT_S) -> Verdict:
    """Return the family's verdict, or one without a reward that says how the verifier failed.

    Built-in families are judged in this process. Untrusted verifiers (a user's Python file,
    reasoning-gym, math-verify) run in a child process, which is killed with its children after
    `timeout_s` seconds.
    """
    return judge_later(family, task, answer, timeout_s).result()


def judge_later(
    family: Family, task: Task, answer: str, timeout_s: float = TIMEOUT_S
) -> Future[Verdict]:
    """Return a future of `judge`; verifiers of this process run at once."""
    if isinstance(family, JudgesElsewhere):
        return family.verify_later(task, answer, timeout_s)
    try:
        verdict = checked(family.verify(task, answer))
    except Exception as error:  # noqa: BLE001 — whatever it raises is the verdict's why
        verdict = no_verdict(f"raised {type(error).__name__}: {error}")
    return known(verdict)


def no_verdict(what: str) -> Verdict:
    """Return the verdict of a verifier that failed; `what` continues "the verifier"."""
    return Verdict(reward=None, why=f"the verifier {' '.join(what.split())}")


def checked(verdict: Any) -> Verdict:
    """Return the verdict if it is valid, with a reward of 0, 1 or None; else a failure."""
    if not isinstance(verdict, Verdict):
        return no_verdict(f"returned {shown(repr(verdict))}, not a Verdict")
    if verdict.reward is not None and verdict.reward not in (0, 1):
        return no_verdict(f"gave the reward {verdict.reward}; it must be 0 or 1")
    return verdict
