"""A failing shop, and a scripted server with OpenAI's API that is asked to mend it."""

import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cogitate.cli import main
from test_sandbox_suite import FASTER

SHOP = """PRICES = {"apple": 2, "pear": 3}


def price(name):
    return PRICES[name]


def total(order):
    return sum(price(nick) for name in order)


if __name__ == "__main__":
    print(total(["apple", "pear"]))
"""
FIXED = SHOP.replace("price(nick)", "price(name)")
SAID = "The name nick is not defined in total. It should be name."
GOOD = f"{SAID}\n\n```python\n{FIXED}```\nNow it works."
HIDES = f"It fails.\n```python\n{SHOP.replace('    print(total', '    exit() or print(total')}```"
SAME = f"It fails.\n```python\n{SHOP.replace('total(order)', 'total(order, n=0)')}```"
TESTS = "from shop import total\n\n\ndef test_total():\n    assert total(['apple']) == 2\n"


class Scripted(ThreadingHTTPServer):
    """A server with OpenAI's API that gives these answers in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked, self.waits = [GOOD], [], threading.Event()
        self.waits.set()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = self.server.answers[len(self.server.asked) % len(self.server.answers)]
        self.server.asked.append(body["messages"][-1]["content"])
        self.server.waits.wait(20)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        data = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def lay_shop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which commands are run, and its path."""
    shop = folder / "shop"
    shop.mkdir()
    (shop / "shop.py").write_text(SHOP)
    (shop / "pytest.ini").write_text(f"[pytest]\naddopts = {FASTER} -p no:hypothesispytest\n")
    monkeypatch.chdir(shop)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return shop


def typed(text: str) -> io.TextIOWrapper:
    """Standard input with a text."""
    return io.TextIOWrapper(io.BytesIO(text.encode()))


def debug(server: Scripted, *more: str, command: tuple[str, ...] = ("python", "shop.py")) -> int:
    options = ["--url", server.url, "--model", "m", "--samples", "2", *more]
    return main(["debug", *options, *(["--", *command] if command else [])])


def files(folder: Path) -> dict[str, str]:
    texts = {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
    return {name: text for name, text in texts.items() if name != "pytest.ini"}
