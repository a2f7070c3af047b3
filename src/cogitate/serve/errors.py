"""Errors of requests, in OpenAI's form."""

from typing import Any


class BadRequest(Exception):
    """The request is invalid or not supported: a 400 or 404 that names the field."""

    def __init__(
        self, message: str, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        """Take the message, the field and OpenAI's code."""
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status

    def body(self) -> dict[str, Any]:
        """Return the JSON that OpenAI would send."""
        return error_body(self.message, "invalid_request_error", self.param, self.code)


class EngineFailed(Exception):
    """The engine failed, a 503; it is replaced by another, if one can be made."""


class ClientLeft(Exception):
    """The client has disconnected."""


def error_body(
    message: str, kind: str, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """Return an error in OpenAI's form.

    Example: error_body("no such model", "invalid_request_error", "model", "model_not_found")
    """
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
