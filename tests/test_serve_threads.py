"""Which threads of a server compute."""

import threading

import pytest

from cogitate import models
from cogitate.cli.serve import Options, _shelf
from cogitate.rollout.engine import Engine
from cogitate.serve import Meter
from cogitate.serve.worker import Worker


def test_only_the_engines_thread_computes_while_a_server_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More threads that have computed than processors make each token wait for a sleeping one."""
    threads: dict[str, threading.Thread] = {}
    load, warm = models.load, Engine.warm

    def seen_load(*args, **kwargs):
        threads["load"] = threading.current_thread()
        return load(*args, **kwargs)

    def seen_warm(self: Engine) -> None:
        threads["warm"] = threading.current_thread()
        warm(self)

    monkeypatch.setattr(models, "load", seen_load)
    monkeypatch.setattr(Engine, "warm", seen_warm)
    shelf = _shelf(Options(model=("mini",), rows=2))
    assert not threads["load"].is_alive()
    assert threads["warm"].is_alive()
    assert threading.main_thread() not in threads.values()
    shelf.close()


def test_a_worker_raises_what_making_its_engine_raises() -> None:
    def no_engine() -> Engine:
        raise MemoryError("too large")

    with pytest.raises(MemoryError, match="too large"):
        Worker("none", no_engine, Meter())
