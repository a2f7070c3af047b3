"""A real server with OpenAI's API, whose replies a test writes."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar


class Replying(ABC, ThreadingHTTPServer):
    """A server whose subclass says what is replied to a request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    @abstractmethod
    def reply(self, body: dict[str, Any]) -> str:
        """The text of the answer."""


class _Handler(BaseHTTPRequestHandler):
    server: Replying

    def do_POST(self) -> None:
        text = self.server.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        data = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(OSError):  # the client was stopped
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


Server = TypeVar("Server", bound=Replying)


@contextmanager
def replying(server: Server) -> Iterator[Server]:
    """Serves until the end of the block."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
