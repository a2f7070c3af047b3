"""One running request: its thinking machine, its random numbers and its slot in the cache."""

from collections.abc import Sequence

from cogitate.engine.kv_cache import Slot
from cogitate.errors import UsageError
from cogitate.thinking.ban import Ban
from cogitate.thinking.grammar import Matcher
from cogitate.thinking.latency import Pace
from cogitate.thinking.machine import Markers, Phase, ThinkingMachine
from cogitate.types import Request, Rollout


class SequenceState:
    """The engine's state of a request, from `submit` to its end."""

    __slots__ = ("_ban", "_matcher", "agreeing", "deadline", "logprobs", "machine", "num_drawn",
                 "pace", "probed", "request", "request_id", "row", "scores", "slot", "started",
                 "versions")  # fmt: skip

    slot: Slot
    """Its place in the cache, set when it begins to run."""
    row: int
    """Its row in the batch, while it runs."""

    def __init__(
        self, request_id: int, request: Request, markers: Markers, room: int, started: float
    ) -> None:
        """Start with nothing in the cache; times are of the engine's clock.

        Raises:
            UsageError: its schema is not supported.
        """
        self.request_id, self.request, self.started = request_id, request, started
        self.machine = ThinkingMachine(request.prompt, request.budget, markers, room)
        self._ban = Ban(request.banned) if request.banned else None
        self._matcher = None
        if request.schema and markers.schemas is not None:
            self._matcher = markers.schemas.matcher(request.schema)
        seconds = request.budget.deadline_s
        self.deadline = None if seconds is None else started + seconds
        self.pace = Pace()
        self.logprobs: list[float] = []
        self.scores: tuple[tuple[float, int, float], ...] = ()
        self.versions: list[tuple[int, int]] = []
        """Each version of the policy that wrote tokens, with their number."""
        self.num_drawn = 0
        """Of its uniform numbers; see `uniforms`."""
        self.probed: tuple[int, ...] = ()
        self.agreeing = 0
        """Consecutive probes that gave the answer `probed`."""

    @property
    def follows(self) -> Matcher | Ban | None:
        """What restricts the next token; None if any token may follow."""
        phase = self.machine.phase
        if phase is Phase.ANSWER:
            return self._matcher
        return self._ban if phase is Phase.THINK else None

    @property
    def length(self) -> int:
        """The number of cached keys: all tokens but the last that was sampled."""
        return len(self.request.prompt) + max(0, len(self.logprobs) - 1)

    @property
    def quiet(self) -> int:
        """The number of next steps in which only watched tokens need to be looked at."""
        if self.is_watched or self._matcher is not None or self._ban is not None:
            return 0
        return min(self.machine.quiet, self.slot.columns - self.length - 1)

    @property
    def is_watched(self) -> bool:
        """Whether each of its tokens must be known at once: it has a deadline or is probed."""
        return self.deadline is not None or bool(self.request.budget.probe_every)

    @property
    def is_led(self) -> bool:
        """Whether its state decides the next token, not the model alone."""
        machine = self.machine
        return machine.forced is not None or machine.may_replace or self.follows is not None

    @property
    def is_awaited(self) -> bool:
        """Whether its last token must be known before the next is chosen.

        Where it is not, and the token turns out to decide the next, that one is taken back.
        """
        return self.is_led or self.is_watched

    def extend(self, tokens: Sequence[int], logprobs: Sequence[float]) -> None:
        """Append tokens that change nothing; see `ThinkingMachine.extend`."""
        self.logprobs += logprobs
        self.machine.extend(tokens)

    def push(self, token: int, logprob: float, now: float) -> None:
        """Append the next token."""
        self.logprobs.append(logprob)
        if self.deadline is not None:
            self.pace.tick(now)
        if self.follows is not None:
            self.follows.push(token)
        self.machine.push(token)

    def sign(self, version: int) -> None:
        """Attribute the tokens since the last call to a version of the policy."""
        num = len(self.logprobs) - sum(num for _, num in self.versions)
        if num:
            self.versions.append((version, num))

    def rollout(self, version: int, now: float) -> Rollout:
        """Return the rollout so far; `version` wrote its last tokens."""
        self.sign(version)
        return self.machine.rollout(
            self.request, self.logprobs, tuple(self.versions), now - self.started, self.scores
        )


def context_left(request: Request, markers: Markers, context: int, *, exact: bool) -> int:
    """Return the number of tokens that the context leaves after a prompt.

    Raises:
        UsageError: the prompt is empty or leaves no room for an answer, or the request needs
            what the exact mode does not support.
    """
    left = context - len(request.prompt)
    if exact and request.budget.probe_every:
        raise UsageError("the exact mode does not probe thoughts: their ends would depend on load")
    if not request.prompt:
        raise UsageError("a prompt needs at least one token")
    if left < len(markers.close) + 2:
        raise UsageError(
            f"the prompt has {len(request.prompt)} tokens; with a thought and an answer the"
            f" model's context of {context} is too short: shorten the prompt"
        )
    return left
