"""`ask --url` and servers that misbehave: half an answer, or none, never passes for a whole."""

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogitate.cli import main
from cogitate.cli.asking import remote

EVENTS, JSON = "Content-Type: text/event-stream", "Content-Type: application/json"
DONE = b"data: [DONE]\n\n"


def event(content: Any = None, finish: str | None = None, **delta: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content, **delta}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


HALF, REST, END = event("The answer"), event(" is 42"), event(finish="stop")
WHOLE = HALF + REST + END + DONE
MESSAGE = {"role": "assistant", "content": "The answer is 42", "reasoning_content": "6 * 7"}
COMPLETION = {"choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}]}


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def chunked(*parts: bytes, last: bool = True) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return response(body + b"0\r\n\r\n" * last, EVENTS, "Transfer-Encoding: chunked")


class Server:
    """Answers each request with the given bytes, whatever is asked."""

    def __init__(self, listening: socket.socket) -> None:
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        self.answers: list[bytes] = []
        self.then: Callable[[socket.socket], object] = socket.socket.close
        self.asked = b""
        self.held: list[socket.socket] = []

    def run(self, listening: socket.socket) -> None:
        while True:
            try:
                connection = listening.accept()[0]
            except OSError:
                return
            self.asked = self.request(connection)
            for answer in self.answers:
                connection.sendall(answer)
            self.then(connection)

    @staticmethod
    def request(connection: socket.socket) -> bytes:
        """Read all of it: what is left unread when a socket is closed resets the connection."""
        got = b""
        while b"\r\n\r\n" not in got:
            got += connection.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        sizes = [
            line.split(b":")[1]
            for line in head.split(b"\r\n")
            if line[:15].lower() == b"content-length:"
        ]
        while len(body) < int(sizes[0] if sizes else 0):
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


@contextmanager
def served() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(listening)
        thread = threading.Thread(target=server.run, args=[listening], daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in server.held:
            connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as server:
        yield server


def reset(connection: socket.socket) -> None:
    time.sleep(0.1)  # else what was sent is lost with the connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def ask(server: Server, *args: str) -> int:
    return main(["ask", "What is 6 * 7?", "--url", server.address, "--model", "m", *args])


GOOD = {
    "a stream": WHOLE,
    "without [DONE]": HALF + REST + END,
    "without finish_reason": HALF + REST + DONE,
    "a finish with the last text": HALF + event(" is 42", "stop"),
    "a finish with every text": event("The answer", "stop") + event(" is 42", "stop") + DONE,
    "a finish with every text, without [DONE]": event("The answer", "stop")
    + event(" is 42", "stop"),
    "another server's finish": HALF + REST + event(finish="eos_token"),
    "pings and comments": b": ping\n\n" + HALF + b":\n\n: x: y\n\n" + REST + END + DONE,
    "CRLF": WHOLE.replace(b"\n", b"\r\n"),
    "CR": WHOLE.replace(b"\n", b"\r"),
    "a byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "no space after data": WHOLE.replace(b"data: ", b"data:"),
    "data over several lines": WHOLE.replace(b'{"choices": ', b'{"choices":\ndata: '),
    "names, ids and retries": b"retry: 10\nid: 1\n"
    + WHOLE.replace(b"data", b"event: chunk\ndata", 1),
    "no blank line at the end": HALF + REST + DONE.strip(),
    "chunks without choices": b'data: {"choices": []}\n\n'
    + HALF
    + b'data: {"x": 1}\n\n'
    + REST
    + END,
    "usage behind it": HALF + REST + END + b'data: {"choices": [], "usage": {"a": 1}}\n\n' + DONE,
    "an error that is null": WHOLE.replace(b'{"choices"', b'{"error": null, "choices"'),
    "a choice without a delta": b'data: {"choices": [{"index": 0}]}\n\n' + WHOLE,
    "empty finish reasons": WHOLE.replace(b"null}]", b'""}]'),
    "a message in a stream": b"data: " + json.dumps(COMPLETION).encode() + b"\n\n" + DONE,
}


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("way", ["length", "close", "chunks", "bytes"])
def test_a_whole_answer_is_printed(server, capsys, body, way):
    match way:
        case "length":
            server.answers = [response(body, EVENTS, f"Content-Length: {len(body)}")]
        case "close":
            server.answers = [response(body, EVENTS)]
        case "chunks":
            server.answers = [chunked(body[:30], body[30:])]
        case _:
            server.answers = [chunked(*(body[i : i + 1] for i in range(len(body))))]
    assert ask(server) == 0
    assert capsys.readouterr().out.strip().endswith("The answer is 42")


def test_thoughts_of_either_name_are_printed_once(server, capsys):
    both = event(reasoning="6 * ", reasoning_content="6 * ") + event(reasoning="7")
    server.answers = [response(both + WHOLE, EVENTS)]
    assert ask(server, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["thought"], said["answer"]) == ("6 * 7", "The answer is 42")


def test_what_might_have_been_a_tag_is_printed(server, capsys):
    for end in (END, DONE):
        server.answers = [response(event("\n<th") + end, EVENTS)]
        assert ask(server) == 0
        assert capsys.readouterr().out.strip() == "<th"


def test_a_thought_between_tags_is_no_answer(server, capsys):
    server.answers = [response(event("\n<th") + event("ink>6 * 7</think>\n") + WHOLE, EVENTS)]
    assert ask(server, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["thought"], said["answer"].strip()) == ("6 * 7", "The answer is 42")
    server.answers = [response(event("<think>6 * 7") + END + DONE, EVENTS)]
    assert ask(server) == 1
    assert "no answer" in capsys.readouterr().err


def test_other_choices_are_not_part_of_the_answer(server, capsys):
    other = {"choices": [{"index": 1, "delta": {"content": "a second answer"}}]}
    server.answers = [response(f"data: {json.dumps(other)}\n\n".encode() + WHOLE, EVENTS)]
    assert ask(server) == 0
    assert capsys.readouterr().out.strip() == "The answer is 42"


@pytest.mark.parametrize("kind", [JSON, JSON + "; charset=utf-8"])
def test_a_server_that_does_not_stream_is_understood(server, capsys, kind):
    server.answers = [response(json.dumps(COMPLETION, indent=1).encode(), kind)]
    assert ask(server, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["thought"], said["answer"]) == ("6 * 7", "The answer is 42")


def test_a_compressed_answer_is_understood(server, capsys):
    server.answers = [response(gzip.compress(WHOLE), EVENTS, "Content-Encoding: gzip")]
    assert ask(server) == 0
    assert "The answer is 42" in capsys.readouterr().out


def test_what_comes_is_shown_at_once(server, capsys):
    server.answers = [response(HALF, EVENTS)]
    server.then = server.held.append
    pieces = remote.answerer(
        server.address, model="m", think=None, deadline_s=None, temperature=0, answer=None
    )([{"role": "user", "content": "?"}])
    assert next(pieces).text == "The answer"
    pieces.close()


BROKEN = {
    "nothing": (b"", EVENTS, "ended before"),
    "a role alone": (event("", role="assistant"), EVENTS, "ended before"),
    "pings alone": (b": ping\n\n" * 3, EVENTS, "ended before"),
    "a cut stream": (HALF, EVENTS, "ended before"),
    "a stream cut in an event": (HALF + REST[:-9], EVENTS, "no chunk"),
    "a page": (b"<html>Please log in</html>", "Content-Type: text/html; charset=utf-8", "web page"),
    "a page that is called events": (b"<html>Please\n\nlog in</html>", EVENTS, "ended before"),
    "a page that is called JSON": (b"<html>", JSON, "no chunk"),
    "text": (b"hello", "Content-Type: text/plain", "ended before"),
    "no type": (b"hello", "X-A: b", "ended before"),
    "JSON that is cut": (json.dumps(COMPLETION).encode()[:-20], JSON, "no chunk"),
    "JSON of another kind": (b'{"message": {"content": "42"}, "done": true}', JSON, "ended before"),
    "JSON in lines": (
        b'{"response": "42"}\n{"done": true}\n',
        "Content-Type: application/x-ndjson",
        "no chunk",
    ),
    "a list": (b"[]", JSON, "no chunk"),
    "null": (b"null", JSON, "no chunk"),
    "a word": (b'"42"', JSON, "no chunk"),
    "nothing called JSON": (b"", JSON, "no chunk"),
    "an error called 200": (b'{"error": {"message": "too\\nbusy"}}', JSON, "failed: too busy"),
    "an error in words": (b'{"error": "busy"}', JSON, "failed: busy"),
    "an error in a stream": (
        HALF + b'data: {"error": {"message": "out of memory"}}\n\n',
        EVENTS,
        "out of memory",
    ),
    "an error event": (
        HALF + b'event: error\ndata: {"message": "overloaded"}\n\n' + DONE,
        EVENTS,
        "overloaded",
    ),
    "an error event in words": (
        HALF + b"event: error\ndata: overloaded\n\n" + DONE,
        EVENTS,
        "overloaded",
    ),
    "an empty error": (HALF + b"event: error\ndata: {}\n\n", EVENTS, "ended before"),
    "no JSON": (HALF + b"data: {oops\n\n" + END + DONE, EVENTS, "no chunk"),
    "no text": (
        HALF + b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n' + END,
        EVENTS,
        "no chunk",
    ),
    "half a character": (HALF + event("\ud83d") + END + DONE, EVENTS, "no chunk"),
    "content in parts": (event([{"type": "text", "text": "42"}], "stop"), EVENTS, "no chunk"),
    "content that is a number": (event(42, "stop"), EVENTS, "no chunk"),
    "choices that are none": (b'data: {"choices": {"a": 1}}\n\n' + DONE, EVENTS, "no chunk"),
    "a finish that is no word": (event("42", {"a": 1}), EVENTS, "the server ended it for"),
    "JSON without end": (b"data: " + b"[" * 99999 + b"\n\n", EVENTS, "no chunk"),
    "choices that are text": (b'data: {"choices": "ab"}\n\n' + DONE, EVENTS, "no chunk"),
    "a cut at the limit": (HALF + event(finish="length") + DONE, EVENTS, "cut off at its limit"),
    "a filter": (HALF + event(finish="content_filter") + DONE, EVENTS, "'content_filter'"),
    "a tool": (event(finish="tool_calls") + DONE, EVENTS, "'tool_calls'"),
    "a finish of no name": (HALF + event(finish="error") + DONE, EVENTS, "'error'"),
    "an empty answer": (END + DONE, EVENTS, "no answer"),
    "white space": (event("\n\n") + END + DONE, EVENTS, "no answer"),
    "only a thought": (event(reasoning="hm") + END + DONE, EVENTS, "no answer"),
    "only [DONE]": (DONE, EVENTS, "no answer"),
    "a refusal": (event(refusal="I will not", finish="stop") + DONE, EVENTS, "no answer"),
    "gzip that is cut": (
        gzip.compress(WHOLE)[:40],
        EVENTS + "\r\nContent-Encoding: gzip",
        "broke off",
    ),
    "gzip that is none": (WHOLE, EVENTS + "\r\nContent-Encoding: gzip", "broke off"),
    "another packing": (
        b"\x28\xb5\x2f\xfd" + WHOLE[:9],
        EVENTS + "\r\nContent-Encoding: zstd",
        "ended before",
    ),
    "less than was promised": (WHOLE, EVENTS + "\r\nContent-Length: 9", "no chunk"),
    "JSON shorter than promised": (b"{", JSON + "\r\nContent-Length: 99", "broke off"),
    "events without an end": (WHOLE.replace(b"\n\n", b"\n"), EVENTS, "no chunk"),
    "no chunks": (b"zzz\r\n" + WHOLE, EVENTS + "\r\nTransfer-Encoding: chunked", "broke off"),
    "no HTTP": (None, b"hello\r\n\r\n", "cannot be reached"),
    "hung up": (None, b"", "cannot be reached"),
    "a moved address": (
        b"",
        "Location: https://login.example/",
        "it redirects to https://login.example/",
    ),
    "a key that is wrong": (b'{"error": {"message": "bad key"}}', JSON, "refused: bad key"),
    "an error that is a page": (
        b"<html>\xff",
        "Content-Type: text/html",
        "refused: 502 Bad Gateway",
    ),
    "an error of its own shape": (b'{"detail": "no"}', JSON, "refused: 404 Not Found"),
}
STATUS = {
    "a moved address": "302 Found",
    "a key that is wrong": "401 Unauthorized",
    "an error that is a page": "502 Bad Gateway",
    "an error of its own shape": "404 Not Found",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_whole_answer_is_an_error(server, capsys, name):
    body, header, said = BROKEN[name]
    whole = header if body is None else response(body, header, status=STATUS.get(name, "200 OK"))
    server.answers = [whole]
    assert ask(server) == 1
    out, err = capsys.readouterr()
    assert said in err
    assert len(err.strip().splitlines()) == 1
    if header == EVENTS and body.startswith(HALF):
        assert out.strip() == "The answer"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirection_is_followed(server, capsys, status):
    server.answers = [response(b"", f"Location: {server.address}/x", status=f"{status} Moved")]
    assert ask(server) == 1
    assert "it redirects to" in capsys.readouterr().err
    assert server.asked.startswith(b"POST /v1/chat/completions ")


@pytest.mark.parametrize("sent", [b"", HALF, HALF + REST])
@pytest.mark.parametrize("then", [reset, socket.socket.close])
def test_a_connection_that_breaks_is_an_error(server, capsys, sent, then):
    server.answers, server.then = [chunked(sent, last=False) if sent else b""], then
    assert ask(server) == 1
    out, err = capsys.readouterr()
    assert len(err.strip().splitlines()) == 1
    assert out.strip() == "The answer is 42"[: len(out.strip())]
    assert bool(out.strip()) == bool(sent)


ENDLESS = [response(b"data: " + b"x" * 1000, kind) for kind in (EVENTS, JSON)]


@pytest.mark.parametrize("sent", [b"", response(HALF, EVENTS), *ENDLESS])
def test_a_server_that_hangs_is_an_error(server, capsys, monkeypatch, sent):
    server.answers, server.then = [sent], server.held.append
    monkeypatch.setattr(remote, "PATIENCE_S", 0.3)
    monkeypatch.setattr(remote, "_MOST_CHARS", 1000)
    assert ask(server) == 1
    said = "data without end" if sent in ENDLESS else "timed out"
    assert said in capsys.readouterr().err


def test_in_a_conversation_too(server, capsys, monkeypatch):
    server.answers = [response(HALF, EVENTS)]
    monkeypatch.setattr("builtins.input", lambda _: "well?")
    assert main(["ask", "--url", server.address, "--model", "m"]) == 1
    assert "ended before" in capsys.readouterr().err


def test_an_error_is_no_json(server, capsys):
    server.answers = [response(HALF, EVENTS)]
    assert ask(server, "--json") == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("key", ["two\nlines", "ключ", "key\r\nX-A: b"])
def test_a_key_that_cannot_be_sent_is_refused(server, capsys, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    assert ask(server) != 0
    assert "OPENAI_API_KEY cannot be sent" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://[::1/v1", "http://", "http://a:b/v1", "http://\u2100/v1"])
def test_addresses_that_are_none_are_refused(capsys, url):
    assert main(["ask", "x", "--url", url, "--model", "m"]) != 0
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, len(WHOLE)), data=st.data())
def test_no_cut_of_a_stream_passes_for_the_whole(place, data):
    with served() as server:
        server.answers = [response(WHOLE[:place], EVENTS)]
        pieces = remote.answerer(
            server.address, model="m", think=None, deadline_s=None, temperature=0, answer=None
        )([{"role": "user", "content": "?"}])
        text = ""
        try:
            for piece in pieces:
                text += piece.text
        except remote.CogitateError:
            assert "The answer is 42".startswith(text)
        else:
            assert text == "The answer is 42"
