"""A real server with the shipped mini, on a port of this machine."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import torch
import uvicorn

from cogitate import models
from cogitate.serve import Ceiling, Shelf, make_app, without_delay

BUDGETS = (16, 32, 64, 128, 256)


@contextlib.contextmanager
def serving(port: int = 0, templates: Mapping[str, str] | None = None, **settings) -> Iterator[str]:
    """Serve the mini, on a free port unless one is given; yield its base address.

    `templates` are of more models: the same weights under another name and chat template.
    """
    shelf = Shelf()
    policy = shelf.thread.call(partial(models.load, "mini", dtype=torch.float32))
    ceiling = Ceiling(context=policy.decoder.arch.context, think=512, default=256, taught=BUDGETS)
    shelf.add("mini", policy, ceiling, rows=8)
    for name, template in (templates or {}).items():
        tokenizer = policy.tokenizer._with(template=template)
        shelf.add(name, replace(policy, tokenizer=tokenizer), ceiling, rows=8)
    app = make_app(shelf, **settings)
    config = uvicorn.Config(app, port=port, log_level="error")
    server = uvicorn.Server(config)
    with without_delay(config.bind_socket()) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join()
