"""The load test of servers: what is started, and how tokens are counted."""

import asyncio
import json
import sys
from pathlib import Path

import httpx2 as httpx
import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import serve

    return serve


def parsed(serve, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["serve", "--clients", "1", "8", *words])
    return serve.parse()


def test_llama_cpp_is_the_package_or_a_server_of_ones_own(serve, monkeypatch, tmp_path):
    monkeypatch.setattr(serve.subprocess, "run", lambda *_, **__: None)
    options = parsed(serve, monkeypatch)
    command, model = serve.command_of("llama-f16", options, tmp_path, 80)
    file = str(tmp_path / "llama-f16.gguf")
    threads = command[5]
    assert model == "it"
    assert command[0] == sys.executable
    assert command[2:] == [file, "8", "80", threads, "1024", "auto", "512", "on"]
    options = parsed(serve, monkeypatch, "--llama-server", "build/llama-server")
    command, _ = serve.command_of("llama-f16", options, tmp_path, 80)
    assert command[:3] == ["build/llama-server", "-m", file]
    assert command[command.index("-np") + 1] == "8"


def counted(serve, lines, seconds=60.0):
    """Return what a client sees of a stream."""

    def handle(request):
        assert json.loads(request.content)["stream_options"] == {"include_usage": True}
        text = "".join(f"data: {json.dumps(line)}\n\n" for line in lines)
        return httpx.Response(200, text=text + "data: [DONE]\n\n")

    async def ask():
        seen, end = serve.Seen(), serve.time.perf_counter() + seconds
        transport = httpx.MockTransport(handle)
        async with httpx.AsyncClient(transport=transport, base_url="http://it") as http:
            await serve.ask(http, "it", "?", 96, end, seen)
        return seen

    return asyncio.run(ask())


PIECE = {"choices": [{"delta": {"content": "two words"}}], "usage": None}
USAGE = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 7}}


def test_tokens_are_those_of_the_usage_or_pieces_of_text(serve):
    assert counted(serve, [PIECE, PIECE, USAGE]).tokens == 7
    assert counted(serve, [PIECE, PIECE]).tokens == 2
    seen = counted(serve, [PIECE, PIECE, USAGE], seconds=-1)
    assert (seen.tokens, seen.whole_s) == (0, [])
