"""Which hosts and origins are answered, over a real socket, DNS rebinding included."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.cli import main
from cogitate.errors import UsageError
from cogitate.serve import Known, ModelRegistry, make_app
from cogitate.serve.origins import host_of
from serving import listening

FRIEND = "http://localhost:3000"
KNOWN = Known.of(
    hosts=["Box.LAN", "192.168.7.7", "fe80::7"], origins=[FRIEND, "chrome-extension://abc"]
)
ROUTES = [
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/x"),
    ("GET", "/nowhere"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/responses"),
    ("HEAD", "/"),
    ("OPTIONS", "/v1/chat/completions"),
    ("DELETE", "/v1/models"),
]


def serving(**settings: Any) -> AbstractContextManager[int]:
    """Serve no model, on a free port; a guard has nothing to do with models."""
    return listening(make_app(ModelRegistry(), **settings))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(known=KNOWN) as port:
        yield port


@pytest.fixture(scope="module")
def locked() -> Iterator[int]:
    with serving(api_key="secret", known=Known.of(origins=[FRIEND], any_host=True)) as port:
        yield port


def sent(port: int, *lines: str) -> http.client.HTTPResponse:
    """Return the answer to a request whose lines are sent as they are."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))
        response = http.client.HTTPResponse(connection, method=lines[0].split()[0])
        response.begin()
        response.body = response.read()
        return response


def asked(port: int, method: str = "GET", path: str = "/v1/models", **headers: str):
    """Ask with headers, named with _ for -."""
    named = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return sent(port, f"{method} {path} HTTP/1.1", *named)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.0.0.53", "127.255.255.254", "[::1]",
     "[0:0:0:0:0:0:0:1]", "box.lan", "BOX.lan", "192.168.7.7", "[FE80:0::7]"],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["", ":8000", ":1", ":"])
def test_loopback_and_named_hosts_are_answered(port, host, suffix):
    assert asked(port, Host=host + suffix).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.nip.io",
        "127.0.0.1.evil.example", "evil-localhost", "localhost-evil", "xlocalhost", "localhost..",
        ".localhost",
        "evil.localhost", "localhost@evil.example", "evil.example@localhost", "user:pw@localhost",
        "localhost:80@evil.example", "localhost:8000:8000", "localhost:http", "localhost/evil",
        "localhost?x", "localhost#x", "localhost\\@evil.example", "localhost, evil.example",
        "evil.example, localhost", "localhost evil.example", "localhost\tx", "128.0.0.1",
        "0.0.0.0", "10.0.0.1",
        "192.168.7.8", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "::1", "[::1", "::1]",
        "[::2]",
        "[::]", "[localhost]", "[::1]evil.example", "[::1%25lo]", "[fe80::8]", "a.box.lan",
        "box.lan.evil.example",
        "box", "lan", "l\xf6calhost", "localhost\xa0", "*", "null",
    ],
)  # fmt: skip
def test_other_hosts_are_not(port, host):
    response = asked(port, Host=host)
    assert response.status in (400, 403)
    assert b"data" not in response.body
    if response.status == 403:
        assert "--allow-host" in json.loads(response.body)["error"]["message"]


@given(st.text(st.characters(max_codepoint=0xFF), max_size=30))
def test_nothing_but_a_port_stands_beside_a_name(text):
    if host_of(f"localhost{text}") == "localhost":
        assert re.fullmatch(r"\.?(:[0-9]*)?", text)
    assert text == "" or host_of(f"{text}localhost") != "localhost"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_is_guarded(port, method, path):
    assert asked(port, method, path, Host="evil.example").status == 403
    assert asked(port, method, path, Host="localhost", Origin="http://evil.example").status == 403
    assert asked(port, method, path, Host="localhost").status != 403


def test_a_host_is_named_once(port):
    assert sent(port, "GET /health HTTP/1.0").status == 403
    assert sent(port, "GET /health HTTP/1.1").status == 400
    assert sent(port, "GET /health HTTP/1.0", "Host: localhost").status == 200
    for pair in (("localhost", "evil.example"), ("evil.example", "localhost")):
        lines = [f"Host: {host}" for host in pair]
        assert sent(port, "GET /health HTTP/1.1", *lines).status in (400, 403)
        assert sent(port, "GET /health HTTP/1.0", *lines).status in (400, 403)


def test_a_whole_address_as_the_target_is_no_way_round(port):
    for target, host in [("evil.example", "localhost"), ("localhost", "evil.example")]:
        response = sent(port, f"GET http://{target}/v1/models HTTP/1.1", f"Host: {host}")
        assert response.status in (400, 403, 404)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://localhost.:8000", "localhost.:8000"),
        ("http://localhost", "localhost"),
        ("http://localhost", "localhost:80"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://box.lan:8000", "box.lan:8000"),
    ],
)
def test_the_servers_own_page_may_ask(port, origin, host):
    assert asked(port, Host=host, Origin=origin).status == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://localhost:8001", "https://localhost:8000", "http://localhost",
     "http://127.0.0.1:8000", "http://localhost:8000.evil.example",
     "http://evil.example@localhost:8000",
     "localhost:8000", "http://localhost:8000/", "file://", "chrome-extension://abcd",
     "http://localhost:3000.evil.example", "http://localhost:30000", "https://localhost:3000",
     "http://localhost:3000 http://evil.example", "http://box.lan:8000"],
)  # fmt: skip
def test_foreign_origins_are_refused(port, origin):
    response = asked(port, Host="localhost:8000", Origin=origin)
    assert response.status == 403
    assert "--allow-origin" in json.loads(response.body)["error"]["message"]
    assert response.headers["Access-Control-Allow-Origin"] is None


def test_two_origins_are_no_way_round(port):
    origins = [f"Origin: {FRIEND}", "Origin: http://evil.example"]
    for pair in (origins, origins[::-1]):
        assert sent(port, "GET /health HTTP/1.1", "Host: localhost", *pair).status == 403


@pytest.mark.parametrize("origin", [FRIEND, "chrome-extension://abc"])
def test_an_allowed_origin_may_ask_and_read(port, origin):
    response = asked(port, Host="localhost", Origin=origin)
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert "Origin" in response.headers["Vary"]
    assert "x-cogitate-ignored" in response.headers["Access-Control-Expose-Headers"]
    assert asked(port, Host="evil.example", Origin=origin).status == 403


def preflight(port: int, origin: str, host: str = "localhost"):
    return asked(
        port, "OPTIONS", "/v1/chat/completions", Host=host, Origin=origin,
        Access_Control_Request_Method="POST", Access_Control_Request_Private_Network="true",
        Access_Control_Request_Headers="authorization,content-type,x-stainless-os",
    )  # fmt: skip


def test_preflights_say_what_an_allowed_origin_may_send(port, locked):
    for server in (port, locked):
        headers = preflight(server, FRIEND).headers
        assert headers["Access-Control-Allow-Origin"] == FRIEND
        assert "POST" in headers["Access-Control-Allow-Methods"]
        assert "authorization" in headers["Access-Control-Allow-Headers"].lower()
        assert headers["Access-Control-Allow-Private-Network"] == "true"
        refused = preflight(server, "http://evil.example")
        assert refused.status == 403
        assert refused.headers["Access-Control-Allow-Origin"] is None
    assert preflight(port, FRIEND, "evil.example").status == 403


def test_a_key_decides_about_hosts_and_not_about_origins(locked):
    key = {"Authorization": "Bearer secret"}
    assert asked(locked, Host="any.example", **key).status == 200
    assert asked(locked, Host="any.example").status == 401
    assert asked(locked, Host="any.example", Authorization="Bearer x").status == 401
    assert asked(locked, Host="any.example", Origin="http://any.example", **key).status == 200
    assert asked(locked, Host="any.example", Origin="http://evil.example", **key).status == 403
    wrong = asked(locked, Host="any.example", Origin=FRIEND)
    assert wrong.status == 401
    assert wrong.headers["Access-Control-Allow-Origin"] == FRIEND


def test_without_names_only_loopback_is_answered():
    with serving() as port:
        assert asked(port, Host="localhost:1").status == 200
        assert asked(port, Host="box.lan").status == 403
        assert asked(port, Host="localhost", Origin=FRIEND).status == 403


@pytest.mark.parametrize(
    "name", ["http://box.lan", "box.lan:80", "*", "*.lan", "", "a b", "a@b", "bücher.example"]
)
def test_hosts_that_are_none_are_refused(name):
    with pytest.raises(UsageError, match="a host is a name"):
        Known.of(hosts=[name])


@pytest.mark.parametrize("name", ["*", "box.lan", "http://", "http://box.lan/", "http://a@b", ""])
def test_origins_that_are_none_are_refused(name):
    with pytest.raises(UsageError, match="an origin is"):
        Known.of(origins=[name])


@pytest.mark.parametrize("name", ["null", "file://", "app://.", "chrome-extension://abcdef"])
def test_origins_of_programs_can_be_named(name):
    assert Known.of(hosts=["localhost"], origins=[name]).fault("http", ["localhost"], [name]) == ""
    assert Known.of(hosts=["localhost"]).fault("http", ["localhost"], [name])


def test_origins_are_compared_as_browsers_write_them():
    assert Known.of(origins=["HTTPS://Box.lan:443"]) == Known.of(origins=["https://box.lan"])
    assert Known.of(origins=["http://x:443"]) != Known.of(origins=["http://x"])


def test_names_are_given_singly_or_together(monkeypatch, capsys):
    given: dict[str, Any] = {}

    def stop(_, **settings: Any) -> None:
        given.update(settings)
        raise UsageError("enough")

    monkeypatch.setattr("cogitate.cli.serve._registry", lambda _: None)
    monkeypatch.setattr("cogitate.serve.make_app", stop)
    args = ["--allow-host", "a,b", "c", "--allow-host", "d", "--allow-origin", "null"]
    assert main(["serve", "--host", "::", *args]) != 0
    assert given["known"] == Known.of(hosts=["::", "a", "b", "c", "d"], origins=["null"])
    assert main(["serve", "--allow-host", "http://x"]) != 0
    assert "without scheme or port" in capsys.readouterr().err
