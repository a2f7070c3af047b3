"""What goes wrong with a request, in OpenAI's own words and shapes."""

from typing import Any


class BadRequest(Exception):
    """The request cannot be done as it is: a 400 or 404 that names the field."""

    def __init__(
        self, message: str, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        """Say what is wrong with which field."""
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status

    def body(self) -> dict[str, Any]:
        """Return the JSON that OpenAI would send."""
        return error_body(self.message, "invalid_request_error", self.param, self.code)


class EngineFailed(Exception):
    """The engine met an error of its own, a 503; another took its place, if one could be made."""


class ClientLeft(Exception):
    """Nobody waits for the answer any more."""


def error_body(
    message: str, kind: str, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """Return an error as OpenAI's clients read it.

    Example: error_body("no such model", "invalid_request_error", "model", "model_not_found")
    """
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
