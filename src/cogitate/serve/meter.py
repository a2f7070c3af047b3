"""What a server has done, for Prometheus: load, speed, how thoughts ended, deadlines kept."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from cogitate.types import End, Rollout

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Meter:
    """Counts for one server, each by model; called from the engines' threads.

    Example: meter.begun("mini", 0.03); meter.ended("mini", rollout)
    """

    def __init__(self) -> None:
        """Start at nothing, apart from any other server in the process."""
        self._registry = known = CollectorRegistry()
        model = ["model"]
        self.running = Gauge(
            "cogitate_requests_running", "Requests that run or wait.", model, registry=known
        )
        self.tokens = Counter(
            "cogitate_tokens", "Tokens written.", [*model, "part"], registry=known
        )
        self.first_s = Histogram(
            "cogitate_first_token_seconds", "From a request to its first token.", model,
            buckets=_SECONDS, registry=known,
        )  # fmt: skip
        self.whole_s = Histogram(
            "cogitate_request_seconds", "From a request to its end.", model,
            buckets=_SECONDS, registry=known,
        )  # fmt: skip
        self.ends = Counter(
            "cogitate_requests", "Requests that ended, by how.", [*model, "end"], registry=known
        )
        self.thought_ends = Counter(
            "cogitate_thoughts", "Thoughts that ended, by why.", [*model, "why"], registry=known
        )
        self.deadlines = Counter(
            "cogitate_deadlines", "Requests with a deadline, by whether it was kept.",
            [*model, "kept"], registry=known,
        )  # fmt: skip
        self.refused = Counter(
            "cogitate_requests_refused", "Requests refused for want of time or room.", model,
            registry=known,
        )  # fmt: skip

    def begun(self, model: str, seconds: float) -> None:
        """Note a request's first token."""
        self.first_s.labels(model).observe(seconds)

    def ended(self, model: str, rollout: Rollout) -> None:
        """Note what a request came to."""
        self.ends.labels(model, rollout.end).inc()
        self.thought_ends.labels(model, rollout.thought_end).inc()
        self.whole_s.labels(model).observe(rollout.seconds)
        self.tokens.labels(model, "thought").inc(len(rollout.thought))
        self.tokens.labels(model, "answer").inc(len(rollout.answer))
        deadline_s = rollout.request.budget.deadline_s
        if deadline_s is not None and rollout.end is not End.CANCELLED:
            kept = rollout.seconds <= deadline_s and rollout.end is End.DONE
            self.deadlines.labels(model, "yes" if kept else "no").inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
