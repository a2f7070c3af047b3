"""Checks before every route: the API key, and the size of the body."""

import contextlib
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from cogitate.serve.errors import error_body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MAX_BYTES = 4_000_000
"""Largest body of a request, in bytes."""
TESTS_PATH, CHALLENGES_PATH = "/tests", "/challenges"
_LOCKED = ("/v1/", TESTS_PATH, CHALLENGES_PATH)
"""What paths that need the key begin with."""


class _TooLarge(Exception):
    """The body exceeds the limit."""


class Guard:
    """ASGI middleware that checks the key and the size of a request.

    Example: app.add_middleware(Guard, api_key="secret")
    """

    def __init__(self, app: App, *, api_key: str | None, max_bytes: int = MAX_BYTES) -> None:
        """Require the key where it is needed, unless it is None, and refuse larger bodies."""
        self._app, self._max_bytes = app, max_bytes
        self._expected = None if api_key is None else f"Bearer {api_key}".encode()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 401 or 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not self._may_enter(scope["path"], headers.get(b"authorization", b"")):
            wrong = error_body("Incorrect API key provided.", "invalid_request_error",
                               code="invalid_api_key")  # fmt: skip
            await answer(send, 401, wrong)
            return
        body = _Body(receive, self._max_bytes)

        async def tell(message: Message) -> None:
            if not body.is_too_large:  # else the application reports an incomplete body
                await send(message)

        with contextlib.suppress(_TooLarge):
            await self._app(scope, body.receive, tell)
        if body.is_too_large:
            message = f"a request has at most {self._max_bytes} bytes"
            await answer(send, 413, error_body(message, "invalid_request_error"))

    def _may_enter(self, path: str, shown: bytes) -> bool:
        """Compare keys in constant time."""
        if self._expected is None or not path.startswith(_LOCKED):
            return True
        return hmac.compare_digest(shown, self._expected)


class _Body:
    """The body of a request, up to the limit."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive, self._left = receive, max_bytes

    @property
    def is_too_large(self) -> bool:
        return self._left < 0

    async def receive(self) -> Message:
        """Return the next message.

        Raises:
            _TooLarge: the messages so far exceed the limit.
        """
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self.is_too_large:
            raise _TooLarge
        return message


async def answer(send: Send, status: int, body: dict[str, Any]) -> None:
    """Send a JSON response."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
