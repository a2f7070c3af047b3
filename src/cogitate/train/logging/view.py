"""Progress of a run: a live screen on a terminal, plain lines elsewhere."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cogitate.train.plan import Phase

BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40
_RECENT = 12
"""Number of latest steps from which the time left is estimated."""
_SHARES = ("rollout", "verify", "update", "evaluate", "checkpoint")


class View(Protocol):
    """Receives the events of a run, in order."""

    def begin(self, phases: Sequence[Phase], step: int) -> None:
        """Show the plan and the number of steps done."""
        ...

    def step(self, step: int, phase: Phase, metrics: Mapping[str, float]) -> None:
        """Show one finished step; `step` counts from 1."""
        ...

    def held_out(self, step: int, accuracy: float) -> None:
        """Show a held-out evaluation."""
        ...

    def rollout(self, step: int, record: Mapping[str, Any]) -> None:
        """Show one rollout in full."""
        ...

    def say(self, line: str) -> None:
        """Show one line."""
        ...

    def end(self) -> None:
        """Restore the terminal."""
        ...


def open_view(console: Console, show_every: int) -> View:
    """Return a live view for a terminal, else a plain one."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console)
    return PlainView(console, show_every)


class Progress:
    """Series and durations that both views read."""

    def __init__(self) -> None:
        """Start empty."""
        self.phases: Sequence[Phase] = []
        self.series: dict[str, list[float]] = {}
        self._durations: deque[tuple[str, float]] = deque(maxlen=_RECENT)
        self._since = time.monotonic()

    def add(self, phase: Phase, metrics: Mapping[str, float]) -> None:
        """Record one step."""
        now = time.monotonic()
        self._durations.append((phase.name, now - self._since))
        self._since = now
        for name in ("reward", "loss", "thought_tokens"):
            if name in metrics:
                self.series.setdefault(name, []).append(metrics[name])

    def left_s(self, step: int, phase: Phase) -> float:
        """Return the estimated seconds left of this phase, from its last steps."""
        recent = [seconds for name, seconds in self._durations if name == phase.name]
        return sum(recent) / max(1, len(recent)) * (phase.end - step)

    def left(self, step: int, phase: Phase) -> str:
        """Return the estimate as words: "4 min left of rl", "4 min left of drill, then rl"."""
        later = [other.name for other in self.phases if other.first >= phase.end]
        then = f", then {' and '.join(later)}" if later else ""
        return f"{duration(self.left_s(step, phase))} left of {phase.name}{then}"


def duration(seconds: float) -> str:
    """Format seconds: 42 s, 12 min, 1 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def sparkline(
    values: Sequence[float], *, low: float | None = None, high: float | None = None
) -> str:
    """Draw the last values as bars.

    Example: sparkline([0, 0.5, 1]) -> "▁▅█"
    """
    shown = values[-_WIDTH:]
    if not shown:
        return ""
    bottom = min(shown) if low is None else low
    span = (max(shown) if high is None else high) - bottom or 1.0
    places = (min(len(BARS) - 1, int((value - bottom) / span * len(BARS))) for value in shown)
    return "".join(BARS[max(0, place)] for place in places)


def shares(metrics: Mapping[str, float]) -> str:
    """Format the time of a step by activity: "rollout 52 %, verify 1 %, update 47 %"."""
    spent = {name: metrics[f"{name}_s"] for name in _SHARES if f"{name}_s" in metrics}
    total = sum(spent.values()) or 1.0
    return ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in spent.items())


class PlainView:
    """One line a step, for logs and pipes."""

    def __init__(self, console: Console, show_every: int) -> None:
        """Write to `console`; of supervised steps only every `show_every`-th is shown."""
        self._console = console
        self._every = max(1, show_every)
        self._progress = Progress()

    def begin(self, phases: Sequence[Phase], step: int) -> None:
        """Write the plan."""
        self._progress.phases = phases
        plan = ", ".join(f"{phase.name} {phase.num_steps} steps" for phase in phases)
        self.say(f"plan: {plan}" + (f"; continuing after step {step}" if step else ""))

    def step(self, step: int, phase: Phase, metrics: Mapping[str, float]) -> None:
        """Write one line."""
        self._progress.add(phase, metrics)
        if phase.name != "rl" and step % self._every and step != phase.end:
            return
        parts = [f"{phase.name} {step - phase.first}/{phase.num_steps}"]
        parts += [
            f"{name} {metrics[key]:{form}}"
            for name, key, form in (
                ("loss", "loss", ".3f"),
                ("reward", "reward", ".2f"),
                ("thought", "thought_tokens", ".0f"),
                ("tokens/s", "tokens_per_s", ".0f"),
                ("samplers busy", "samplers_busy", ".0%"),
                ("learners busy", "learners_busy", ".0%"),
            )
            if key in metrics
        ]
        self.say(" · ".join([*parts, shares(metrics), self._progress.left(step, phase)]))

    def held_out(self, step: int, accuracy: float) -> None:
        """Write one line."""
        self.say(f"held-out accuracy after step {step}: {accuracy:.1%}")

    def rollout(self, step: int, record: Mapping[str, Any]) -> None:
        """Write it in full, one part per line."""
        self.say(f"a rollout of step {step}:")
        for name in ("question", "thought", "answer", "why"):
            self.say(f"  {name}: {record[name]}")

    def say(self, line: str) -> None:
        """Write one line, without wrapping."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def end(self) -> None:
        """Do nothing."""


class LiveView:
    """A screen that is redrawn after each step."""

    def __init__(self, console: Console) -> None:
        """Start the live screen at the bottom of the terminal."""
        self._progress = Progress()
        self._held_out: list[float] = []
        self._shown: Mapping[str, Any] = {}
        self._live = Live(console=console, auto_refresh=False)
        self._live.start()

    def begin(self, phases: Sequence[Phase], step: int) -> None:
        """Record the plan."""
        self._progress.phases = phases
        if step:
            self.say(f"continuing after step {step}")

    def step(self, step: int, phase: Phase, metrics: Mapping[str, float]) -> None:
        """Redraw the screen."""
        self._progress.add(phase, metrics)
        self._live.update(self._screen(step, phase, metrics), refresh=True)

    def held_out(self, step: int, accuracy: float) -> None:
        """Keep it for the next screen."""
        del step
        self._held_out.append(accuracy)

    def rollout(self, step: int, record: Mapping[str, Any]) -> None:
        """Keep it for the next screens."""
        self._shown = {"step": step, **record}

    def say(self, line: str) -> None:
        """Write one line above the screen."""
        self._live.console.print(line, markup=False, highlight=False)

    def end(self) -> None:
        """Stop; the last screen remains."""
        self._live.stop()

    def _screen(self, step: int, phase: Phase, metrics: Mapping[str, float]) -> RenderableType:
        done = step - phase.first
        head = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=phase.num_steps, completed=done, width=_WIDTH)
        left = self._progress.left(step, phase)
        head.add_row(Text(phase.name, "bold"), bar, f"{done}/{phase.num_steps}", left)
        rows = Table.grid(padding=(0, 2))
        series = self._progress.series
        for name, values, form, high in (
            ("loss", series.get("loss", []), ".3f", None),
            ("reward", series.get("reward", []), ".2f", 1.0),
            ("held-out accuracy", self._held_out, ".1%", 1.0),
            ("thought length", series.get("thought_tokens", []), ".0f", None),
        ):
            if values:
                low = 0.0 if high else None
                drawn = sparkline(values, low=low, high=high)
                rows.add_row(name, Text(drawn, "cyan"), f"{values[-1]:{form}}")
        speed = f"{metrics.get('tokens_per_s', 0.0):.0f} tokens/s"
        rows.add_row("time", shares(metrics), speed)
        return Group(head, rows, *self._rollout_panel())

    def _rollout_panel(self) -> list[Panel]:
        if not self._shown:
            return []
        shown = self._shown
        text = Text()
        text.append(f"{shown['question']}\n", "bold")
        text.append(f"{shown['thought']}\n", "dim")
        text.append(f"{shown['answer']}", "green" if shown["reward"] else "red")
        text.append(f"   ({shown['why']})", "dim")
        return [Panel(text, title=f"a rollout of step {shown['step']}", title_align="left")]
