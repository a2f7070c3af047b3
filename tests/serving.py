"""A real server with the shipped mini, on a port of this machine."""

import contextlib
import threading
import time
from collections.abc import Iterator

import torch
import uvicorn

from cogitate import models
from cogitate.serve import Ceiling, Meter, Shelf, make_app, serve_policy, without_delay

BUDGETS = (16, 32, 64, 128, 256)


@contextlib.contextmanager
def serving(port: int = 0, **settings) -> Iterator[str]:
    """Serve the mini, on a free port unless one is given; yield its base address."""
    policy = models.load("mini", dtype=torch.float32)
    ceiling = Ceiling(context=policy.decoder.arch.context, think=512, default=256, taught=BUDGETS)
    meter = Meter()
    served = serve_policy("mini", policy, ceiling, rows=8, meter=meter)
    app = make_app(Shelf([served], meter), **settings)
    config = uvicorn.Config(app, port=port, log_level="error")
    server = uvicorn.Server(config)
    with without_delay(config.bind_socket()) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        server.should_exit = True
        thread.join()
