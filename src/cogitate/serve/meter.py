"""Metrics of a server for Prometheus: load, speed, deadlines kept, and faults."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from cogitate.prompt import answer_text, thought_text
from cogitate.tokenizer import Tokenizer
from cogitate.types import End, Rollout, ThoughtEnd
from cogitate.verify.form import is_foreign, is_malformed

FAULTS = ("looping", "unclosed", "malformed", "foreign")
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Meter:
    """The metrics of one server, each by model; called from the engines' thread.

    Example: meter.know("mini", model.fingerprint, model.tokenizer); meter.begun("mini", 0.03);
    meter.ended("mini", rollout)
    """

    def __init__(self) -> None:
        """Start at zero, independent of other servers in the process."""
        self._registry = known = CollectorRegistry()
        model = ["model"]
        self._known: dict[str, tuple[str, Tokenizer]] = {}
        self.running = Gauge(
            "cogitate_requests_running", "Requests that run or wait.", model, registry=known
        )
        self.tokens = Counter(
            "cogitate_tokens", "Tokens written.", [*model, "part"], registry=known
        )
        self.first_s = Histogram(
            "cogitate_first_token_seconds", "Seconds from a request to its first token.", model,
            buckets=_SECONDS, registry=known,
        )  # fmt: skip
        self.whole_s = Histogram(
            "cogitate_request_seconds", "Seconds from a request to its end.", model,
            buckets=_SECONDS, registry=known,
        )  # fmt: skip
        self.ends = Counter(
            "cogitate_requests", "Ended requests, by end.", [*model, "end"], registry=known
        )
        self.thought_ends = Counter(
            "cogitate_thoughts", "Ended thoughts, by reason.", [*model, "why"], registry=known
        )
        self.deadlines = Counter(
            "cogitate_deadlines", "Requests with a deadline, by whether it was kept.",
            [*model, "kept"], registry=known,
        )  # fmt: skip
        self.refused = Counter(
            "cogitate_requests_refused", "Requests refused for lack of time or room.", model,
            registry=known,
        )  # fmt: skip

        self.answers = Counter(
            "cogitate_answers", "Answers, by the version of the model's weights.",
            [*model, "version"], registry=known,
        )  # fmt: skip
        self.faults = Counter(
            "cogitate_faulty_answers", "Answers with a fault of form, by fault.",
            [*model, "version", "fault"], registry=known,
        )  # fmt: skip

    def know(self, model: str, version: str, tokenizer: Tokenizer) -> None:
        """Register a model before it answers; `version` is that of its weights."""
        self._known[model] = version, tokenizer
        for fault in FAULTS:
            self.faults.labels(model, version, fault)

    def begun(self, model: str, seconds: float) -> None:
        """Record a request's first token, after `seconds`."""
        self.first_s.labels(model).observe(seconds)

    def ended(self, model: str, rollout: Rollout) -> None:
        """Record an ended request."""
        self.ends.labels(model, rollout.end).inc()
        self.thought_ends.labels(model, rollout.thought_end).inc()
        self.whole_s.labels(model).observe(rollout.seconds)
        self.tokens.labels(model, "thought").inc(len(rollout.thought))
        self.tokens.labels(model, "answer").inc(len(rollout.answer))
        if rollout.end in (End.DONE, End.TRUNCATED) and model in self._known:
            version, tokenizer = self._known[model]
            self.answers.labels(model, version).inc()
            for fault in faults(tokenizer, rollout):
                self.faults.labels(model, version, fault).inc()
        deadline_s = rollout.request.budget.deadline_s
        if deadline_s is not None and rollout.end is not End.CANCELLED:
            kept = rollout.seconds <= deadline_s and (rollout.end is End.DONE or _is_full(rollout))
            self.deadlines.labels(model, "yes" if kept else "no").inc()

    def expired(self, model: str) -> None:
        """Record a request whose deadline passed before it began."""
        self.refused.labels(model).inc()
        self.deadlines.labels(model, "no").inc()

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


def _is_full(rollout: Rollout) -> bool:
    """Return whether a rollout reached its own limit of tokens."""
    budget = rollout.request.budget
    parts = (rollout.answer, budget.answer), (rollout.tokens, budget.total)
    return any(limit is not None and len(tokens) >= limit for tokens, limit in parts)


def faults(tokenizer: Tokenizer, rollout: Rollout) -> Iterator[str]:
    """Yield the faults of an answer's form, by their names in `FAULTS`.

    looping: the thought was closed, or the answer cut off, because it repeated. unclosed: the
    rollout ended inside the thought. malformed: the answer is empty, or contains markup. foreign:
    it is in a script that the request does not use.
    """
    if rollout.thought_end is ThoughtEnd.LOOP or rollout.looped:
        yield "looping"
    answer = answer_text(tokenizer, rollout)
    if rollout.thought and rollout.thought_end is ThoughtEnd.NONE:
        yield "unclosed"
    elif is_malformed(answer):
        yield "malformed"
    if is_foreign(
        tokenizer.decode(rollout.request.prompt), thought_text(tokenizer, rollout) + answer
    ):
        yield "foreign"
