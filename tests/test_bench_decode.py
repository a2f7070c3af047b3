"""The benchmark of decoding, with servers that answer at once."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from cogitate import models
from cogitate.models import gguf
from vocabularies import merging

BENCH = Path(__file__).resolve().parent.parent / "bench"


@pytest.fixture(autouse=True)
def bench(monkeypatch):
    """Let tests import the benchmarks' modules."""
    monkeypatch.syspath_prepend(str(BENCH))


SERVER = f"""#!{sys.executable}
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with open(__file__ + ".log", "a") as log:
            log.write(json.dumps(body) + "\\n")
        tokens = min(body["max_tokens"], 3)
        prompt = len(body["messages"][0]["content"].split()) + 10
        known = {{"cached_tokens": self.server.cached}}
        usage = {{"prompt_tokens": prompt, "prompt_tokens_details": known}}
        usage["completion_tokens"] = tokens
        self.server.cached = 7 - self.server.cached
        self.send_response(200)
        self.end_headers()
        text = {{"choices": [{{"delta": {{"content": "x"}}}}]}}
        for one in text, {{"choices": [], "usage": usage}}:
            self.wfile.write(f"data: {{json.dumps(one)}}\\n\\n".encode())
        self.wfile.write(b"data: [DONE]\\n\\n")

    def log_message(self, *arguments):
        pass

if "--version" in sys.argv:
    print("version: 1")
else:
    port = int(sys.argv[sys.argv.index("--port") + 1])
    ThreadingHTTPServer.cached = 0
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
"""A chat server whose answers have three tokens at most; it writes down what it is asked.

It says of every other prompt that seven tokens were cached.
"""


@pytest.fixture
def server(tmp_path):
    path = tmp_path / "server"
    path.write_text(SERVER)
    path.chmod(0o755)
    return path


def asked(server):
    return [json.loads(line) for line in Path(f"{server}.log").read_text().splitlines()]


def test_decoding_is_compared_with_each_server_alone(server, monkeypatch, tmp_path, capsys):
    import decode

    def command(self, role, port):
        return [str(server), "--port", str(port)]

    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF" * 5000)
    monkeypatch.setattr(decode.Cogitate, "command", command)
    monkeypatch.setattr(decode, "QUIET", 99)
    speeds = {"prefill.50": 100.0, "prefill.200": 200.0}
    monkeypatch.setattr(decode, "machine", lambda bench: dict(speeds))
    monkeypatch.setattr(decode, "ways", lambda model, clients: dict.fromkeys(map(str, clients)))
    monkeypatch.setattr(sys, "argv", [
        "decode", "--model", str(model), "--llama-server", str(server), "--rounds", "1",
        *("--clients", "1", "2", "--prompts", "50", "200", "--tokens", "5"),
    ])  # fmt: skip
    decode.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    both = {"cogitate", "llama.cpp"}
    assert result["ratio_1"] > 0
    assert result["ratio_2"] > 0
    prefill = result["prefill"]["cogitate"]
    shares = {length: prefill[length] / speeds[f"prefill.{length}"] for length in ("50", "200")}
    assert result["prefill_share"] == {"cogitate": pytest.approx(shares, abs=1e-3)}
    assert {*result["first_token"]["llama.cpp"]} == {"1", "2", "prompt_50", "prompt_200"}
    assert all({*result[k]} == both for k in ("resident_gb", "start_cold_s", "start_warm_s"))
    assert result["versions"]["llama.cpp"] == ["version: 1"]
    assert result["products"].keys() == {"1", "2"}
    assert result["flags"].keys() == {"all"}


def test_the_machine_multiplies_for_a_prompt_what_is_useful(monkeypatch, tmp_path):
    import decode
    import measure

    class Worker:
        def __init__(self, script, options):
            self.a_row_s = 1e-3 if options["dtype"] == "bf16" else 2e-3

        def ask(self, rows, passes):
            assert rows <= 512
            return dict.fromkeys(("qkv", "out", "gate_up", "down", "head"), rows * self.a_row_s)

        def close(self):
            pass

    model = tmp_path / "model.gguf"
    gguf.save(models.initialise("nano", merging(), seed=0), model)
    monkeypatch.setattr(measure, "Worker", Worker)
    monkeypatch.setattr("cogitate.models.kernels.onednn.has", lambda dtype: True)
    monkeypatch.setattr(sys, "argv", ["decode", "--model", str(model), "--prompts", "50", "2000"])
    speeds = decode.machine(decode.Bench(options=decode.parse(), folder=tmp_path))
    sizes = measure.Sizes.read(tmp_path)
    for length in (50, 2000):
        attention = 5 * sizes.attention(1, length) / sizes.multiplications(1, 1)
        seconds = 1e-3 * (4 * length + 1 + attention)
        assert speeds[f"prefill.{length}"] == pytest.approx(length / seconds)
    assert speeds["prefill.2000"] < speeds["prefill.50"]


def test_a_sweep_keeps_each_flag_that_helps(monkeypatch, capsys):
    import decode

    def trial_s(bench, llama, role):
        flags = llama.flags
        return 9 - (flags.program == "b") - (flags.flash == "off") + (flags.repack == "off")

    monkeypatch.setattr(decode, "trial_s", trial_s)
    llama = decode.Llama(file=Path("x.gguf"), flags=decode.Flags(program="a", threads=2))
    changes = [{"program": "b"}, {"repack": "off"}, {"flash": "off"}, {"ubatch": 128}]
    best = decode.swept(None, llama, decode.Role(slots=1), changes)
    assert best == decode.Flags(program="b", threads=2, flash="off")
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_what_was_disturbed_is_measured_again(monkeypatch, capsys):
    import decode

    def measured(others_s):
        clock, others = iter([0, 1] * 9), iter([x for s in others_s for x in (0, s)])
        monkeypatch.setattr(decode.time, "perf_counter", lambda: next(clock))
        monkeypatch.setattr(decode.clients, "others_s", lambda: next(others))
        monkeypatch.setattr(decode.clients, "wait_for_quiet", lambda cores: None)
        speeds = iter(range(9))
        return decode.undisturbed(lambda: {"speed": next(speeds)})

    assert measured([0.9, 0.05, 0.0]) == {"speed": 1, "others_cores": 0.05}
    assert not capsys.readouterr().out
    assert measured([0.9, 0.8, 0.5, 0.6, 0.7]) == {"speed": 2, "others_cores": 0.5}
    assert "0.50 cores" in capsys.readouterr().out


def test_each_client_gets_its_quota_whenever_answers_end(server):
    import clients
    import serve

    port = serve.free_port()
    command = [str(server), "--port", str(port)]
    with clients.running(command, port, server.with_name("log")) as running:
        asyncio.run(clients.load(port, 2, 8))
        assert 0 < clients.resident_gb(running.pid) < 1
    bodies = asked(server)[1:]  # the first one is that of the start
    assert sorted(body["max_tokens"] for body in bodies) == [2, 2, 5, 5, 8, 8]
    assert len({body["messages"][0]["content"] for body in bodies}) == 6
    assert all(body["temperature"] == 0 for body in bodies)


def test_prompts_have_about_the_length_that_is_asked_for(server):
    import clients
    import serve

    port = serve.free_port()
    with clients.running([str(server), "--port", str(port)], port, server.with_name("log")):
        asyncio.run(clients.prefill(port, [50, 200], "a"))
    words = [len(body["messages"][0]["content"].split()) for body in asked(server)[3:]]
    assert words == [40, 190]


def test_a_server_that_stops_is_told_with_its_log(tmp_path):
    import clients

    command = [sys.executable, "-c", "raise SystemExit('no such model')"]
    with (
        pytest.raises(SystemExit, match="no such model"),
        clients.running(command, 1, tmp_path / "log"),
    ):
        pass


def test_a_start_is_cold_or_said_not_to_be(tmp_path, capsys):
    import clients

    file = tmp_path / "weights"
    file.write_bytes(bytes(10_000_000))
    assert clients.cached_share(file) == 1
    clients.forget([file])
    is_cold = clients.cached_share(file) < 0.5
    assert is_cold != ("still in memory" in capsys.readouterr().out)
