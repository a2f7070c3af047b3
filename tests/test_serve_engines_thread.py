"""One thread computes while a server lives, whatever models it has."""

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from torch.utils._python_dispatch import TorchDispatchMode

import cogitate
from cogitate import models
from cogitate.cli.serve import Options, _registry
from cogitate.engine.engine import Engine
from cogitate.serve import Ceiling, ModelRegistry
from cogitate.serve.engines import thread as engines
from cogitate.serve.engines.thread import EngineThread
from cogitate.serve.engines.worker import Worker
from cogitate.serve.errors import EngineFailed
from cogitate.serve.meter import Meter
from cogitate.types import Budget, Request


class NoOperation(TorchDispatchMode):
    """Refuses torch's operations in this thread."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise AssertionError(f"{func} in the thread that listens")


@pytest.fixture
def thread() -> Iterator[EngineThread]:
    thread = EngineThread()
    yield thread
    if thread.lives:
        thread.close()


def test_models_are_loaded_and_run_in_one_thread_that_does_not_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More threads that have computed than processors make each token wait for a sleeping one."""
    seen: list[threading.Thread] = []

    def noted(do):
        def called(*args, **kwargs):
            seen.append(threading.current_thread())
            return do(*args, **kwargs)

        return called

    monkeypatch.setattr(models, "load", noted(models.load))
    monkeypatch.setattr(Engine, "step", noted(Engine.step))
    with NoOperation():
        registry = _registry(Options(model=("a=mini", "b=mini-base"), rows=2))
    assert len(seen) > 4
    assert set(seen) == {seen[0]}
    assert seen[0] is not threading.main_thread()
    registry.close()
    assert not seen[0].is_alive()
    assert [served.worker.lives for served in registry.models] == [False, False]


def test_what_is_called_returns_or_raises_where_it_was_asked_for(thread: EngineThread) -> None:
    assert thread.call(threading.current_thread).name == "engines"
    with pytest.raises(ZeroDivisionError):
        thread.call(lambda: 1 // 0)
    assert thread.call(partial(int, "7")) == 7


def test_a_worker_raises_what_making_its_engine_raises(thread: EngineThread) -> None:
    def no_engine() -> Engine:
        raise MemoryError("too large")

    with pytest.raises(MemoryError, match="too large"):
        Worker("none", no_engine, Meter(), thread)


class Countdown:
    """Something that has so many steps to do."""

    def __init__(self, steps: int, log: list[str], name: str) -> None:
        self.left, self.log, self.name, self.retired = steps, log, name, threading.Event()
        self.deferred = 0

    @property
    def idle(self) -> bool:
        return self.left == 0

    def step(self) -> None:
        self.left -= 1
        self.log.append(self.name)

    @property
    def has_deferred(self) -> bool:
        return self.deferred > 0

    def run_deferred(self) -> None:
        self.deferred -= 1
        self.log.append(f"{self.name} deferred")

    def retire(self) -> None:
        self.retired.set()


def test_workers_take_turns_and_an_idle_one_is_left_alone(thread: EngineThread) -> None:
    log: list[str] = []
    short, long, idle = (Countdown(n, log, name) for n, name in [(2, "a"), (3, "b"), (0, "c")])

    def begin() -> None:
        for worker in (short, long, idle):
            thread.add(worker)

    thread.call(begin)
    while not (short.idle and long.idle):
        pass
    thread.close()
    assert log == ["a", "b", "a", "b", "b"]
    assert all(worker.retired.is_set() for worker in (short, long, idle))


def test_what_can_wait_is_done_in_parts_when_nothing_was_asked_for_a_while(
    thread: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "QUIET_S", 0.01)
    log: list[str] = []
    worker = Countdown(2, log, "a")
    worker.deferred = 2
    thread.add(worker)
    while worker.has_deferred:
        pass
    thread.close()
    assert log == ["a", "a", "a deferred", "a deferred"]


def _submitted(registry: ModelRegistry, deadline_s: float | None) -> list[object]:
    """Return the events of a request for two tokens, until its rollout or an error."""
    events: list[object] = []
    request = Request(prompt=(1, 5, 9), budget=Budget(answer=2, deadline_s=deadline_s))
    registry.models[0].worker.submit([request], [events.append], time.monotonic())
    while not events or not (isinstance(events[-1], Exception) or events[-1].rollout):
        time.sleep(0.001)
    return events


@pytest.mark.parametrize("taught", [(), (16, 32)])
def test_speed_is_measured_before_deadlines_but_first_answers_do_not_wait(
    taught: tuple[int, ...],
) -> None:
    registry, model = ModelRegistry(), cogitate.load("mini", "fp32")
    ceiling = Ceiling(context=model.context, think=64, default=0, taught=taught)
    registry.add("mini", model, ceiling, rows=2)
    steps = registry.models[0].worker._engine._admission.latency.steps
    try:
        assert bool(steps._expected) == bool(taught)
        _submitted(registry, None)
        assert max(steps._expected) == (1 if taught else 0)
        assert _submitted(registry, 60.0)[-1].rollout.end is not None
        assert max(steps._expected) == 1  # of two rows
    finally:
        registry.close()


def test_an_engine_that_fails_when_it_is_measured_is_replaced_and_not_measured_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("too large")

    registry, model = ModelRegistry(), cogitate.load("mini", "fp32")
    ceiling = Ceiling(context=model.context, think=64, default=0)
    registry.add("mini", model, ceiling, rows=2)
    monkeypatch.setattr(Engine, "_measure", fail)
    try:
        assert isinstance(_submitted(registry, 60.0)[-1], EngineFailed)
        assert _submitted(registry, 60.0)[-1].rollout.tokens
    finally:
        registry.close()
