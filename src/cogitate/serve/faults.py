"""Handlers that answer errors in OpenAI's form."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cogitate.errors import OverloadedError, UsageError
from cogitate.serve.errors import BadRequest, ClientLeft, EngineFailed, error_body

RETRY_AFTER_S = 1
_INVALID = "invalid_request_error"
_NO_OBJECT = "a request is a JSON object, sent with the header Content-Type: application/json"


def tell_faults(app: FastAPI) -> None:
    """Add a handler for each kind of error."""

    @app.exception_handler(BadRequest)
    async def bad_request(_: Request, error: BadRequest) -> Response:
        return JSONResponse(error.body(), status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def not_valid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        is_json = first["type"] != "json_invalid"
        param = ".".join(map(str, first["loc"][1:] if is_json else ())) or None
        message = f"{param}: {first['msg']}" if param else _NO_OBJECT if is_json else first["msg"]
        return JSONResponse(error_body(message, _INVALID, param), 400)

    @app.exception_handler(RecursionError)
    async def too_deep(_: Request, __: RecursionError) -> Response:
        return JSONResponse(error_body("the request is nested too deeply", _INVALID), 400)

    @app.exception_handler(UsageError)
    async def not_usable(_: Request, error: UsageError) -> Response:
        return JSONResponse(error_body(str(error), _INVALID), 400)

    @app.exception_handler(OverloadedError)
    async def overloaded(_: Request, error: OverloadedError) -> Response:
        body = error_body(str(error), "rate_limit_error", code="overloaded")
        return JSONResponse(body, 429, headers={"Retry-After": str(RETRY_AFTER_S)})

    @app.exception_handler(EngineFailed)
    async def failed(_: Request, error: EngineFailed) -> Response:
        return JSONResponse(error_body(str(error), "server_error"), 503)

    @app.exception_handler(ClientLeft)
    async def left(_: Request, __: ClientLeft) -> Response:
        return Response(status_code=499)

    @app.exception_handler(HTTPException)
    async def no_route(_: Request, error: HTTPException) -> Response:
        return JSONResponse(error_body(str(error.detail), _INVALID), error.status_code)

    @app.exception_handler(Exception)
    async def bug(_: Request, __: Exception) -> Response:
        message = "internal server error; see the server's log"
        return JSONResponse(error_body(message, "server_error"), 500)
