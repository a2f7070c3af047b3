"""One thread computes while a server lives, whatever models it has."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from cogitate import models
from cogitate.cli.serve import Options, _registry
from cogitate.engine.engine import Engine
from cogitate.serve.engines.thread import EngineThread
from cogitate.serve.engines.worker import Worker
from cogitate.serve.meter import Meter


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

    @property
    def idle(self) -> bool:
        return self.left == 0

    def step(self) -> None:
        self.left -= 1
        self.log.append(self.name)

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
