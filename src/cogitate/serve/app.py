"""The application: the routes, three of which run requests."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.middleware.cors import CORSMiddleware

from cogitate.errors import CogitateError
from cogitate.serve.api import chat, completions, responses
from cogitate.serve.api.asking import ParsedRequest, event
from cogitate.serve.api.body import Body
from cogitate.serve.challenges_route import add_challenges
from cogitate.serve.engines.registry import ModelRegistry, ServedModel
from cogitate.serve.engines.worker import Job
from cogitate.serve.errors import BadRequest, ClientLeft, EngineFailed, error_body
from cogitate.serve.faults import tell_faults
from cogitate.serve.guard import CHALLENGES_PATH, TESTS_PATH, Guard
from cogitate.serve.origins import Door, Known
from cogitate.serve.tests_route import add_tests

T = TypeVar("T")

IGNORED = "x-cogitate-ignored"
"""The header that names the fields without effect."""
_LONGEST_HEADER = 1000
ONLY_LOOPBACK = Known()
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of the page, which needs only this server."""
_TESTS_HERE = "<!-- tests.html, if the server allows it -->\n"
_CHALLENGE_HERE = "<!-- challenge.html, if the server allows it -->\n"


def make_app(
    registry: ModelRegistry,
    *,
    api_key: str | None = None,
    strict: bool = False,
    known: Known = ONLY_LOOPBACK,
    tests: bool = False,
    challenges: Path | None = None,
) -> FastAPI:
    """Return the server's application.

    Args:
        registry: the models.
        api_key: the key that clients must send; None admits all.
        strict: refuse fields without effect, as OpenAI does.
        known: the accepted hosts and origins.
        tests: let the page run pasted tests, where `need_for_tests` allows it.
        challenges: let the page add to this file, where `need_for_challenges` allows it.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        registry.close()

    app = FastAPI(title="cogitate", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, api_key=api_key)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=known.origins,
        allow_methods=("GET", "POST"),
        allow_headers=("*",),
        allow_private_network=True,
        expose_headers=(IGNORED, "retry-after"),
    )
    own = [TESTS_PATH] * tests + [CHALLENGES_PATH] * (challenges is not None)
    app.add_middleware(Door, known=known, own=own)  # the last one added is the outermost
    tell_faults(app)
    _add_about(app, registry)
    _add_page(app, tests=tests, challenges=challenges is not None)
    _add_asking(app, registry, strict=strict)
    if tests:
        add_tests(app, registry)
    if challenges is not None:
        add_challenges(app, challenges)
    return app


def _add_about(app: FastAPI, registry: ModelRegistry) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        dead = [m.name for m in registry.models if not m.worker.lives]
        if dead:
            raise EngineFailed(f"{', '.join(dead)} has no engine")
        return {"status": "ok"}

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(registry.meter.text(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [_described(served) for served in registry.models]}

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        return _described(registry.find(name))


def _described(served: ServedModel) -> dict[str, Any]:
    return {
        "id": served.name, "object": "model", "created": served.created, "owned_by": "cogitate",
        "cogitate": {"converses": served.model.tokenizer.converses},
    }  # fmt: skip


def _add_page(app: FastAPI, *, tests: bool, challenges: bool) -> None:
    @app.get("/")
    async def page() -> Response:
        text = _packaged("page.html")
        text = text.replace(_TESTS_HERE, _packaged("tests.html") if tests else "")
        text = text.replace(_CHALLENGE_HERE, _packaged("challenge.html") if challenges else "")
        return HTMLResponse(text, headers={"Content-Security-Policy": PAGE_POLICY})


def _packaged(name: str) -> str:
    return files("cogitate.serve").joinpath(name).read_text("utf-8")


class _Way(Protocol):
    """One endpoint: a module with these functions."""

    def read(self, body: Any, served: ServedModel, /) -> ParsedRequest[Any]:
        """Parse a request."""
        ...

    async def whole(self, parsed: Any, job: Job, /) -> dict[str, Any]:
        """Return the whole answer."""
        ...

    def chunks(self, parsed: Any, job: Job, /) -> AsyncIterator[str]:
        """Yield the answer as server-sent events."""
        ...


def _add_asking(app: FastAPI, registry: ModelRegistry, *, strict: bool) -> None:
    async def answer(way: _Way, body: Body, request: Request) -> Response:
        arrived = time.monotonic()
        parsed = await asyncio.to_thread(way.read, body, registry.find(body.model))
        headers = _ignored_header(body.ignored(parsed.served), strict=strict)
        job = parsed.served.worker.start(parsed.requests, arrived)
        if not body.stream:
            async with job:
                found = await _while_there(request, way.whole(parsed, job))
                return JSONResponse(found, headers=headers)
        try:
            await _while_there(request, job.begin())
        except BaseException:
            job.leave()
            raise
        events = _in_one_shape(job, way.chunks(parsed, job))
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    @app.post("/v1/chat/completions")
    async def chat_completions(body: chat.ChatBody, request: Request) -> Response:
        return await answer(chat, body, request)

    @app.post("/v1/completions")
    async def text_completions(body: completions.CompletionBody, request: Request) -> Response:
        return await answer(completions, body, request)

    @app.post("/v1/responses")
    async def make_response(body: responses.ResponsesBody, request: Request) -> Response:
        return await answer(responses, body, request)


async def _while_there(request: Request, work: Awaitable[T]) -> T:
    """Return the result of `work`; cancel it if the client disconnects before."""
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientLeft
        return doing.result()
    finally:
        doing.cancel()
        leaving.cancel()


async def _left(request: Request) -> None:
    """Wait until the client disconnects; its whole request was read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _in_one_shape(job: Job, events: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield a stream's events; an error becomes the last one."""
    async with job:
        try:
            async for line in events:
                yield line
        except (EngineFailed, CogitateError) as error:
            yield event(error_body(str(error), "server_error"))


def _ignored_header(ignored: list[str], *, strict: bool) -> dict[str, str]:
    if ignored and strict:
        raise BadRequest(
            f"Unsupported parameter: '{ignored[0]}' is not supported with this model.",
            ignored[0],
            "unsupported_parameter",
        )
    return {IGNORED: _listed(ignored)} if ignored else {}


def _listed(names: Sequence[str]) -> str:
    """Return names for a header: as many as fit, and the number of the others."""
    escaped = [name.encode("unicode_escape").decode() for name in names]
    ends = itertools.accumulate(len(name) + 2 for name in escaped)
    num_shown = sum(end <= _LONGEST_HEADER for end in ends)
    more = [f"and {len(names) - num_shown} more"] if num_shown < len(names) else []
    return ", ".join([*escaped[:num_shown], *more])
