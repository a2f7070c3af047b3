"""What stands before every route: who may enter, and how much may be sent."""

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from cogitate.serve.errors import error_body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MOST_BYTES = 4_000_000
"""Of a request's body."""


class _TooLarge(Exception):
    """More was sent than may be."""


class Guard:
    """An ASGI application around another.

    Example: app.add_middleware(Guard, api_key="secret")
    """

    def __init__(self, app: App, *, api_key: str | None, most_bytes: int = MOST_BYTES) -> None:
        """Ask for the key under /v1, unless there is none, and refuse longer bodies."""
        self._app, self._most_bytes = app, most_bytes
        self._wanted = None if api_key is None else f"Bearer {api_key}".encode()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not self._may_enter(scope["path"], headers.get(b"authorization", b"")):
            wrong = error_body("Incorrect API key provided.", "invalid_request_error",
                               code="invalid_api_key")  # fmt: skip
            await _answer(send, 401, wrong)
            return
        try:
            await self._app(scope, self._counted(receive), send)
        except _TooLarge:
            said = f"a request has at most {self._most_bytes} bytes"
            await _answer(send, 413, error_body(said, "invalid_request_error"))

    def _may_enter(self, path: str, shown: bytes) -> bool:
        """Compare keys in constant time."""
        if self._wanted is None or not path.startswith("/v1/"):
            return True
        return hmac.compare_digest(shown, self._wanted)

    def _counted(self, receive: Receive) -> Receive:
        """Return `receive`, which gives up once too much has come."""
        num = 0

        async def counted() -> Message:
            nonlocal num
            message = await receive()
            num += len(message.get("body", b""))
            if num > self._most_bytes:
                raise _TooLarge
            return message

        return counted


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
