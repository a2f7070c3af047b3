"""A failing shop, and a scripted server with OpenAI's API that is asked to mend it."""

import io
import os
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from cogitate.cli import main
from replying import Replying, replying
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


class Scripted(Replying):
    """A server that gives these answers in turn, once it need not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.answers, self.waits = [GOOD], threading.Event()
        self.asked: list[str] = []
        self.waits.set()

    def reply(self, body: dict[str, Any]) -> str:
        text = self.answers[len(self.asked) % len(self.answers)]
        self.asked.append(body["messages"][-1]["content"])
        self.waits.wait(20)
        return text


def serving() -> AbstractContextManager[Scripted]:
    return replying(Scripted())


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
