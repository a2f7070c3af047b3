"""The route of the page's tests: pasted tests in, candidates that turn green out.

It runs what a model writes, so that it is there only where the server was started for it, on
loopback and with all walls of the sandbox, and only for the server's own page (`origins.Door`).
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from cogitate.disk import encodable
from cogitate.errors import ModelError, OverloadedError, UsageError
from cogitate.sandbox import need_level
from cogitate.serve.api.asking import event
from cogitate.serve.engines.registry import ModelRegistry, ServedModel
from cogitate.serve.errors import BadRequest
from cogitate.serve.guard import TESTS_PATH
from cogitate.serve.origins import host_of, is_loopback
from cogitate.serve.tests_run import Run
from cogitate.work.pasted import read_pasted
from cogitate.work.scenario_suite import LEVEL
from cogitate.work.solving import SAMPLES

MOST_CHARACTERS, MOST_TESTS, MOST_SAMPLES = 50_000, 200, 32
_ENDING_S = 2.0
"""Seconds to wait for the run of a client that has just left."""


class TestsBody(BaseModel):
    """What the page sends."""

    model_config = ConfigDict(extra="forbid", strict=True)
    model: str | None = None
    tests: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    module: str | None = Field(default=None, max_length=200)
    samples: int = Field(default=SAMPLES, ge=1, le=MOST_SAMPLES)


def need_for_tests(host: str) -> None:
    """Refuse to run pasted tests where other machines, or weak walls, are in reach.

    Raises:
        UsageError: the address to listen on is not loopback, or the sandbox's level is too low.
    """
    if not is_loopback(host_of(f"[{host}]" if ":" in host else host)):
        raise UsageError(
            f"--allow-tests runs programs for whoever reaches the page: it needs --host 127.0.0.1,"
            f" not {host!r}"
        )
    need_level(LEVEL, "start without --allow-tests")


def add_tests(app: FastAPI, registry: ModelRegistry) -> None:
    """Add the route; one run at a time."""
    running = threading.Lock()

    @app.post(TESTS_PATH)
    async def run_tests(body: TestsBody) -> Response:
        if not await asyncio.to_thread(running.acquire, timeout=_ENDING_S):
            raise OverloadedError("tests are run already, one paste at a time: ask again later")
        try:
            run = await asyncio.to_thread(_run, body, registry.find(body.model), running.release)
            run.start()
        except BaseException:
            running.release()
            raise
        return _Events(run)


def _run(body: TestsBody, served: ServedModel, ended: Callable[[], None]) -> Run:
    """Read the tests, and return what runs them.

    Raises:
        UsageError: the tests cannot be read.
        BadRequest: the model cannot be asked.
    """
    pasted = read_pasted(encodable(body.tests), encodable(body.module or "") or None, MOST_TESTS)
    try:
        return Run(served, pasted, body.samples, ended)
    except ModelError as error:
        raise BadRequest(str(error), "model") from error


class _Events(StreamingResponse):
    """The events of a run; however the response ends, so does the run."""

    def __init__(self, run: Run) -> None:
        super().__init__(_lines(run), media_type="text/event-stream")
        self._run = run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._run.leave()


async def _lines(run: Run) -> AsyncIterator[str]:
    async for values in run.events():
        yield event(values)
