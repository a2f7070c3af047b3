"""The routes, and what every one of them does: keys, errors, limits."""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST

from cogitate.errors import OverloadedError, UsageError
from cogitate.serve import chat, completions, responses
from cogitate.serve.asking import Asked, Body, event
from cogitate.serve.errors import BadRequest, EngineFailed, error_body
from cogitate.serve.served import Served, Shelf
from cogitate.serve.worker import Job

IGNORED = "x-cogitate-ignored"
"""The header that names the fields nobody here understands."""
RETRY_AFTER_S = 1
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of the page: it needs nothing but this server."""


def make_app(shelf: Shelf, *, api_key: str | None = None, strict: bool = False) -> FastAPI:
    """Return the server's application.

    Args:
        shelf: the models.
        api_key: what clients must show; None lets everyone in.
        strict: fields that nobody understands are refused, as OpenAI does.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        shelf.close()

    app = FastAPI(title="cogitate", lifespan=lifespan)
    _handle_errors(app)
    if api_key is not None:
        _check_key(app, api_key)

    _add_about(app, shelf)
    _add_asking(app, shelf, strict=strict)
    return app


def _add_about(app: FastAPI, shelf: Shelf) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(shelf.meter.text(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/")
    async def page() -> Response:
        text = files("cogitate.serve").joinpath("page.html").read_text("utf-8")
        return HTMLResponse(text, headers={"Content-Security-Policy": PAGE_POLICY})

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        listed = [
            {"id": m.name, "object": "model", "created": m.created, "owned_by": "cogitate"}
            for m in shelf.models
        ]
        return {"object": "list", "data": listed}


class _Way(Protocol):
    """One way of asking: a module with these functions."""

    def read(self, body: Any, served: Served, /) -> Any:
        """Understand a request; what comes back has its `asked`."""
        ...

    async def whole(self, understood: Any, job: Job, /) -> dict[str, Any]:
        """Return all of the answer."""
        ...

    def chunks(self, understood: Any, job: Job, /) -> AsyncIterator[str]:
        """Yield the answer as server-sent events."""
        ...


def _add_asking(app: FastAPI, shelf: Shelf, *, strict: bool) -> None:
    async def answer(way: _Way, body: Body) -> Response:
        understood = way.read(body, shelf.find(body.model))
        headers = _told_ignored(body.ignored(), strict=strict)
        asked: Asked = understood.asked
        job = asked.served.worker.start(asked.requests)
        if body.stream:
            return await _streamed(job, way.chunks(understood, job), headers)
        async with job:
            return JSONResponse(await way.whole(understood, job), headers=headers)

    @app.post("/v1/chat/completions")
    async def chat_completions(body: chat.ChatBody) -> Response:
        return await answer(chat, body)

    @app.post("/v1/completions")
    async def text_completions(body: completions.CompletionBody) -> Response:
        return await answer(completions, body)

    @app.post("/v1/responses")
    async def make_response(body: responses.ResponsesBody) -> Response:
        return await answer(responses, body)


async def _streamed(job: Job, events: AsyncIterator[str], headers: dict[str, str]) -> Response:
    """Return a stream; what goes wrong before its first token is still a plain error."""
    try:
        await job.begin()
    except BaseException:
        await job.__aexit__()
        raise

    async def body() -> AsyncIterator[str]:
        async with job:
            try:
                async for line in events:
                    yield line
            except EngineFailed as error:
                yield event(error_body(str(error), "server_error"))

    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)


def _told_ignored(ignored: list[str], *, strict: bool) -> dict[str, str]:
    if ignored and strict:
        raise BadRequest(
            f"Unsupported parameter: '{ignored[0]}' is not supported with this model.",
            ignored[0],
            "unsupported_parameter",
        )
    return {IGNORED: ", ".join(ignored)} if ignored else {}


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(BadRequest)
    async def bad_request(_: Request, error: BadRequest) -> Response:
        return JSONResponse(error.body(), status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def not_valid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"] if part != "body")
        said = f"{param}: {first['msg']}" if param else str(first["msg"])
        return JSONResponse(error_body(said, "invalid_request_error", param or None), 400)

    @app.exception_handler(UsageError)
    async def not_usable(_: Request, error: UsageError) -> Response:
        return JSONResponse(error_body(str(error), "invalid_request_error"), 400)

    @app.exception_handler(EngineFailed)
    async def failed(_: Request, error: EngineFailed) -> Response:
        return JSONResponse(error_body(str(error), "server_error"), 500)

    @app.exception_handler(OverloadedError)
    async def overloaded(_: Request, error: OverloadedError) -> Response:
        body = error_body(str(error), "rate_limit_error", code="overloaded")
        return JSONResponse(body, 429, headers={"Retry-After": str(RETRY_AFTER_S)})


def _check_key(app: FastAPI, api_key: str) -> None:
    """Ask for the key wherever a model is asked, and compare it in constant time."""
    wanted = f"Bearer {api_key}".encode()

    @app.middleware("http")
    async def check(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        shown = request.headers.get("authorization", "").encode()
        if request.url.path.startswith("/v1/") and not hmac.compare_digest(shown, wanted):
            said = "Incorrect API key provided."
            return JSONResponse(
                error_body(said, "invalid_request_error", code="invalid_api_key"), 401
            )
        return await go_on(request)
