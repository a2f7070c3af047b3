"""Real servers on a port of this machine: with the shipped mini, or with any application."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import uvicorn
from fastapi import FastAPI

from cogitate.runs.opening import load
from cogitate.serve import Ceiling, ModelRegistry, make_app, without_delay

BUDGETS = (16, 32, 64, 128, 256)


@contextlib.contextmanager
def serving(port: int = 0, templates: Mapping[str, str] | None = None, **settings) -> Iterator[str]:
    """Serve the mini, on a free port unless one is given; yield its base address.

    `templates` are of more models: the same weights under another name and chat template.
    """
    registry = ModelRegistry()
    model = registry.thread.call(partial(load, "mini", "fp32", sealed=True))
    ceiling = Ceiling(context=model.context, think=512, default=256, taught=BUDGETS)
    registry.add("mini", model, ceiling, rows=8)
    for name, template in (templates or {}).items():
        policy = replace(model.policy, tokenizer=model.tokenizer._with(template=template))
        registry.add(name, replace(model, policy=policy), ceiling, rows=8)
    with listening(make_app(registry, **settings), port) as bound:
        yield f"http://127.0.0.1:{bound}/v1"


@contextlib.contextmanager
def listening(app: FastAPI, port: int = 0) -> Iterator[int]:
    """Serve an application; yield its port."""
    config = uvicorn.Config(app, port=port, log_level="error")
    server = uvicorn.Server(config)
    with without_delay(config.bind_socket()) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
